"""Cache of the library's own settings and texts (notice, policy, questions) and taxonomy notices.

They are in memory, since pages that show them must not wait for the database, or fail with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

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
"""Prefix of the texts with questions for the desk (``topic_questions``), before a topic code."""
LIBRARY_SETTING = "library_setting"
HOME = "home"
"""Name of the library's ZIP code or town, a setting that is not in ``Settings``."""
_KINDS = ("site_text", LIBRARY_SETTING)
_PAUSE_SECONDS = 1.0  # between two tries to read from a database that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteText:
    """A text of the library in English and Spanish.

    ``until`` is the last day on which the text is shown, None for no end.
    """

    english: str = ""
    spanish: str = ""
    until: date | None = None

    def shows_on(self, day: date) -> bool:
        """Return whether the text is not empty and is shown on a day."""
        return bool(self.english or self.spanish) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyNotice:
    """The notice that is shown with the terms of a taxonomy.

    ``is_licensed`` means that the terms must not be published as a whole.
    """

    notice: str = ""
    is_licensed: bool = False


@dataclass(frozen=True, slots=True)
class _LoadedTexts:
    texts: Mapping[str, SiteText] = field(default_factory=dict)
    notices: Mapping[str, TaxonomyNotice] = field(default_factory=dict)
    library: Mapping[str, str] = field(default_factory=dict)
    point: LogPoint = field(default_factory=LogPoint)


class _MergedSettings(NamedTuple):
    """The settings of the environment, the library's own, and both merged."""

    given: Settings
    library: Mapping[str, str]
    settings: Settings


_NOTHING = _LoadedTexts()


class SiteTexts:
    """Cache of the library's texts, settings and taxonomy notices, reloaded after changes.

    Safe to share between threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loaded: _LoadedTexts | None = None
        self._retry_at = 0.0
        self._merged: _MergedSettings | None = None

    def text(self, name: str) -> SiteText:
        """Return the text with a name, an empty one if there is none."""
        return self._get().texts.get(name, SiteText())

    def named(self, prefix: str) -> Mapping[str, SiteText]:
        """Return the texts whose names begin with a prefix, by the rest of their names."""
        texts = self._get().texts
        return {name[len(prefix) :]: texts[name] for name in texts if name.startswith(prefix)}

    def taxonomy_notices(self) -> Mapping[str, TaxonomyNotice]:
        """Return the notices of taxonomies by the name of the taxonomy."""
        return self._get().notices

    def library_settings(self) -> Mapping[str, str]:
        """Return the library's own settings as texts, by name."""
        return self._get().library

    def settings(self, given: Settings) -> Settings:
        """Return settings of the environment, overridden by the library's own."""
        library, merged = self._get().library, self._merged
        if merged is None or merged.given is not given or merged.library is not library:
            merged = _MergedSettings(given, library, given.with_library(library))
            self._merged = merged
        return merged.settings

    @property
    def point(self) -> LogPoint:
        """Return the position in the change log up to which the texts are current."""
        return self._get().point

    def refresh(self) -> None:
        """Reload the texts and settings if they changed; keep them if the database fails."""
        try:
            with self._store.read() as session:
                state = store_state(session)
                loaded = self._loaded
                if loaded is None or not follows_from(session, state, loaded.point):
                    self._loaded = _load(session)
                elif loaded.point != state.point:
                    is_same = not any_changed(session, loaded.point.sequence, _KINDS)
                    self._loaded = replace(loaded, point=state.point) if is_same else _load(session)
        except SQLAlchemyError as error:
            log_failure(_log, "texts of the site not read: %s", error)

    def _get(self) -> _LoadedTexts:
        if self._loaded is None and time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + _PAUSE_SECONDS
            self.refresh()
        return self._loaded or _NOTHING


def _load(session: Session) -> _LoadedTexts:
    point = store_state(session).point
    return _LoadedTexts(
        {row.name: _text_from_row(row) for row in session.scalars(select(SiteTextRow))},
        {
            row.taxonomy: TaxonomyNotice(notice=row.notice, is_licensed=row.is_licensed)
            for row in session.scalars(select(TaxonomyNoticeRow))
        },
        {row.name: row.value for row in session.scalars(select(LibrarySettingRow))},
        point,
    )


def _text_from_row(row: SiteTextRow) -> SiteText:
    until = date.fromisoformat(row.until) if row.until else None
    return SiteText(english=row.text_en, spanish=row.text_es, until=until)
