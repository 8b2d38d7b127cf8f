"""What the library says itself (settings, notice, policy, questions), and taxonomy notices, cached.

They are in memory, since pages show them that must not wait for the database, nor fail with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.settings import Settings
from referral.store import Store
from referral.store.availability import log_failure
from referral.store.change_log import LogPoint, any_changed, follows_from, store_state
from referral.store.rows_texts import LibrarySettingRow, SiteTextRow, TaxonomyNoticeRow

_log = logging.getLogger(__name__)

NOTICE, POLICY = "notice", "inclusion-policy"
QUESTIONS = "questions:"
"""With the code of a topic: what is asked about it at the desk (``topic_questions``)."""
LIBRARY_SETTING = "library_setting"
HOME = "home"
"""The library's own setting beside those of ``Settings``: its ZIP code or town."""
_KINDS = ("site_text", LIBRARY_SETTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteText:
    """A text in both languages; ``until`` is the last day on which it shows, None for no end."""

    english: str = ""
    spanish: str = ""
    until: date | None = None

    def shows_on(self, day: date) -> bool:
        """Whether there is something to show on this day."""
        return bool(self.english or self.spanish) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyNotice:
    """What is said where terms of a taxonomy are shown; a licensed one is not handed on whole."""

    notice: str = ""
    is_licensed: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    texts: Mapping[str, SiteText] = field(default_factory=dict)
    notices: Mapping[str, TaxonomyNotice] = field(default_factory=dict)
    library: Mapping[str, str] = field(default_factory=dict)
    point: LogPoint = field(default_factory=LogPoint)


_NOTHING = _Known()
_PAUSE_SECONDS = 1.0  # between two tries to read from a database that cannot be read


class SiteTexts:
    """Reads them once, and again after they have changed; threads may share one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: _Known | None = None
        self._try_at = 0.0
        self._merged: tuple[Settings, Mapping[str, str], Settings] | None = None

    def text(self, name: str) -> SiteText:
        """A text; an empty one where nobody wrote any."""
        return self._get().texts.get(name, SiteText())

    def named(self, prefix: str) -> Mapping[str, SiteText]:
        """The texts whose names begin like this, by the rest of their names."""
        texts = self._get().texts
        return {name[len(prefix) :]: texts[name] for name in texts if name.startswith(prefix)}

    def taxonomy_notices(self) -> Mapping[str, TaxonomyNotice]:
        """Name of a taxonomy → what is to be said of it."""
        return self._get().notices

    def library_settings(self) -> Mapping[str, str]:
        """The settings of the library's own, as texts by their names."""
        return self._get().library

    def settings(self, given: Settings) -> Settings:
        """These settings of the environment with the library's own."""
        library, merged = self._get().library, self._merged
        if merged is None or merged[0] is not given or merged[1] is not library:
            merged = self._merged = (given, library, given.with_library(library))
        return merged[2]

    @property
    def point(self) -> LogPoint:
        """How far the change log was followed; a background thread looks every second."""
        return self._get().point

    def follow(self) -> None:
        """Read again when they changed since; without a database, what is known stays."""
        try:
            with self._store.read() as session:
                state = store_state(session)
                known = self._known
                if known is None or not follows_from(session, state, known.point):
                    self._known = _read(session)
                elif known.point != state.point:
                    is_same = not any_changed(session, known.point.sequence, _KINDS)
                    self._known = replace(known, point=state.point) if is_same else _read(session)
        except SQLAlchemyError as error:
            log_failure(_log, "texts of the site not read: %s", error)

    def _get(self) -> _Known:
        if self._known is None and time.monotonic() >= self._try_at:
            self._try_at = time.monotonic() + _PAUSE_SECONDS
            self.follow()
        return self._known or _NOTHING


def _read(session: Session) -> _Known:
    point = store_state(session).point
    return _Known(
        {row.name: _text(row) for row in session.scalars(select(SiteTextRow))},
        {
            row.taxonomy: TaxonomyNotice(notice=row.notice, is_licensed=row.is_licensed)
            for row in session.scalars(select(TaxonomyNoticeRow))
        },
        {row.name: row.value for row in session.scalars(select(LibrarySettingRow))},
        point,
    )


def _text(row: SiteTextRow) -> SiteText:
    until = date.fromisoformat(row.until) if row.until else None
    return SiteText(english=row.text_en, spanish=row.text_es, until=until)
