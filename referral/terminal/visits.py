"""Visits at shared computers: when one ends, by the server's clock.

A visit is a random key. Its cookie also has the time of the last page that was asked for, signed.
So every node can tell whether the visit is over, without a row, and nobody's search writes one. A
visit that a person ends earlier is noted as a keyed hash of its key until its time is over: an old
copy of the cookie, say of a restored session, opens nothing either.
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

from referral.directory.context import CLOCK_SKEW_SECONDS, Directory
from referral.records.terminal_visits import START_PAGE_SECONDS, VISIT_SECONDS
from referral.terminal.rows import EndedVisitRow

_KEY_BYTES = 32
_WRITE_WAIT_SECONDS = 2  # a long import may keep SQLite from writing; nobody waits for that


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's use of a shared computer.

    Attributes:
        key: random letters; addresses and session of the visit are sealed under it.
        is_used: whether more than the start page was opened. A start page that waits for somebody
            has nothing to forget, and may wait longer.
        is_first: whether no page was shown in it yet: the first was asked for in the open, and the
            browser was sent to its sealed address.
    """

    key: str
    is_used: bool
    is_first: bool


def new_visit(*, is_used: bool = False) -> Visit:
    """A visit that begins now."""
    return Visit(secrets.token_urlsafe(_KEY_BYTES), is_used, is_first=is_used)


class Visits:
    """The visits of a site."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._cookies = URLSafeSerializer(directory.settings.secret_key, salt="terminal visit")
        self._ended: dict[str, datetime] = {}  # hash → when it need not be remembered any more

    def cookie_of(self, visit: Visit) -> str:
        """The cookie of a visit that was seen just now."""
        seen = int(self._directory.now().timestamp())
        return str(self._cookies.dumps([visit.key, visit.is_used, visit.is_first, seen]))

    def read(self, cookie: str) -> Visit | None:
        """The visit of a cookie; None when it is over, or the cookie is not ours."""
        try:
            key, is_used, is_first, seen = self._cookies.loads(cookie)
        except (BadData, TypeError, ValueError):
            return None
        visit = Visit(key, is_used, is_first)
        age = self._directory.now().timestamp() - seen
        is_live = -CLOCK_SKEW_SECONDS <= age < self._longest(visit).total_seconds()
        return visit if is_live and not self._was_ended(visit) else None

    def end(self, visit: Visit) -> None:
        """End a visit now, on every node; while the database is away, on this one only."""
        if not visit.is_used:
            return  # nobody opened anything
        now = self._directory.now()
        name, forget_at = self._hash(visit), now + self._longest(visit)
        self._ended = {each: at for each, at in self._ended.items() if at > now}
        self._ended[name] = forget_at
        writing = Thread(target=self._write, args=(name, forget_at), daemon=True)
        writing.start()
        writing.join(_WRITE_WAIT_SECONDS)

    def secret(self, visit: Visit, purpose: str) -> str:
        """What a thing of this visit is sealed with; nobody has it who has the cookie only."""
        return self._keyed(f"{purpose} {visit.key}")

    def _longest(self, visit: Visit) -> timedelta:
        return timedelta(seconds=VISIT_SECONDS if visit.is_used else START_PAGE_SECONDS)

    def _was_ended(self, visit: Visit) -> bool:
        if not visit.is_used:
            return False
        name = self._hash(visit)
        if name in self._ended:
            return True
        # Help lines need no database; without it the clock alone ends visits.
        with suppress(SQLAlchemyError), self._directory.store.read() as session:
            return bool(session.scalar(select(exists().where(EndedVisitRow.visit_hash == name))))
        return False

    def _write(self, name: str, forget_at: datetime) -> None:
        over = delete(EndedVisitRow).where(EndedVisitRow.forget_at < self._directory.now())
        with suppress(SQLAlchemyError), self._directory.store.write() as session:
            session.execute(over)
            if session.get(EndedVisitRow, name) is None:
                session.add(EndedVisitRow(visit_hash=name, forget_at=forget_at))

    def _hash(self, visit: Visit) -> str:
        return self._keyed(f"ended {visit.key}")

    def _keyed(self, text: str) -> str:
        key = self._directory.settings.secret_key.encode()
        return hmac.new(key, f"terminal visit {text}".encode(), hashlib.sha256).hexdigest()
