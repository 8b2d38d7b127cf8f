"""Visits at shared computers, which end by the server's clock.

A visit is a random key. Its signed cookie also contains the time of the last page. So every node
can check whether the visit is over without a database row, and searches write none. A visit that a
person ends early is stored as a keyed hash of its key until it would have expired: an old copy of
the cookie, as in a restored browser session, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.instance import CLOCK_SKEW_SECONDS, Instance
from referral.records.terminal_visits import START_PAGE_SECONDS, VISIT_SECONDS
from referral.terminal.rows import EndedVisitRow

_KEY_BYTES = 32
_WRITE_WAIT_SECONDS = 2  # at most, since a long import may block writes to SQLite


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's use of a shared computer.

    Attributes:
        key: random letters; addresses and session of the visit are encrypted under a key made from
            it.
        is_used: whether more than the start page was opened. A start page contains nothing private,
            and may wait longer.
        is_first: whether no page was shown yet: the first was requested unsealed, and the browser
            was redirected to its sealed address.
    """

    key: str
    is_used: bool
    is_first: bool


def new_visit(*, is_used: bool = False) -> Visit:
    """Return a visit at a shared computer that begins now."""
    return Visit(secrets.token_urlsafe(_KEY_BYTES), is_used, is_first=is_used)


class Visits:
    """The visits at a site's shared computers, with their cookies and early ends."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._cookies = URLSafeSerializer(instance.settings.secret_key, salt="terminal visit")
        self._ended: dict[str, datetime] = {}  # hash → when it can be forgotten

    def cookie_of(self, visit: Visit) -> str:
        """Return the cookie of a terminal visit, with the current time as its last use."""
        seen_at = int(self._instance.now().timestamp())
        return str(self._cookies.dumps([visit.key, visit.is_used, visit.is_first, seen_at]))

    def read(self, cookie: str) -> Visit | None:
        """Return the terminal visit of a cookie; None if it is over or the cookie is invalid."""
        try:
            key, is_used, is_first, seen_at = self._cookies.loads(cookie)
        except (BadData, TypeError, ValueError):
            return None
        visit = Visit(key, is_used, is_first)
        age = self._instance.now().timestamp() - seen_at
        is_live = -CLOCK_SKEW_SECONDS <= age < self._lifetime(visit).total_seconds()
        return visit if is_live and not self._was_ended(visit) else None

    def end(self, visit: Visit) -> None:
        """End a terminal visit on every node, or only on this one if there is no database."""
        if not visit.is_used:
            return  # no page was opened
        now = self._instance.now()
        visit_hash, forget_at = self._visit_hash(visit), now + self._lifetime(visit)
        self._ended = {ended: until for ended, until in self._ended.items() if until > now}
        self._ended[visit_hash] = forget_at
        writer = Thread(target=self._write_ended, args=(visit_hash, forget_at), daemon=True)
        writer.start()
        writer.join(_WRITE_WAIT_SECONDS)

    def secret(self, visit: Visit, purpose: str) -> str:
        """Return the key of a terminal visit for one purpose, derived from the server's secret."""
        return self._digest(f"{purpose} {visit.key}")

    def _lifetime(self, visit: Visit) -> timedelta:
        return timedelta(seconds=VISIT_SECONDS if visit.is_used else START_PAGE_SECONDS)

    def _was_ended(self, visit: Visit) -> bool:
        if not visit.is_used:
            return False
        visit_hash = self._visit_hash(visit)
        if visit_hash in self._ended:
            return True
        # Pages of help lines need no database; without it visits end by the clock alone.
        with suppress(SQLAlchemyError), self._instance.store.read() as session:
            is_ended = select(exists().where(EndedVisitRow.visit_hash == visit_hash))
            return bool(session.scalar(is_ended))
        return False

    def _write_ended(self, visit_hash: str, forget_at: datetime) -> None:
        expired = delete(EndedVisitRow).where(EndedVisitRow.forget_at < self._instance.now())
        with suppress(SQLAlchemyError), self._instance.store.write() as session:
            session.execute(expired)
            if session.get(EndedVisitRow, visit_hash) is None:
                session.add(EndedVisitRow(visit_hash=visit_hash, forget_at=forget_at))

    def _visit_hash(self, visit: Visit) -> str:
        return self._digest(f"ended {visit.key}")

    def _digest(self, text: str) -> str:
        key = self._instance.settings.secret_key.encode()
        return hmac.new(key, f"terminal visit {text}".encode(), hashlib.sha256).hexdigest()
