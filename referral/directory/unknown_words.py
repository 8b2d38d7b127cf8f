"""Words that no dictionary of ours has: keyed hashes that nobody can read, for one month.

A word becomes readable when somebody types it on a fifth day of the month: only then is it at hand,
and is stored for a curator to keep or drop. The key is made of a salt in the database, which is
deleted with all hashes when the month is over, and of the key of the instance, so that a copy of
the database alone is not enough. While a month lasts, whoever has both can test a word they guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from referral.settings import Settings
from referral.store.rows_log import UnknownWordKeyRow, UnknownWordRow

DAYS_UNTIL_READABLE = 5


class WordState(StrEnum):
    """Whether a word that we do not know can be read."""

    HIDDEN = "hidden"
    READABLE = "readable"
    DROPPED = "dropped"  # by a curator; it is not shown again this month


@dataclass(frozen=True, slots=True)
class _Known:
    """What requests need: the key of a month, hashes that may be read, words that were kept."""

    month: str = ""
    key: bytes = b""
    readable: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


class UnknownWords:
    """The key and the lists as this process last read them; no request reads or writes them."""

    def __init__(self) -> None:
        self._known = _Known()

    def digest(self, word: str, month: str) -> str | None:
        """The keyed hash of a word; None before the key of the month is known here."""
        known = self._known
        return _digest(known.key, word) if known.month == month else None

    def is_readable(self, digest: str) -> bool:
        """Whether the word of this hash was typed on enough days, today included."""
        return digest in self._known.readable

    def is_kept(self, word: str) -> bool:
        """Whether a curator kept this word."""
        return word in self._known.kept

    @property
    def month(self) -> str:
        """The month whose key this process has; "" for none."""
        return self._known.month

    def read(self, session: Session, settings: Settings, today: date, kept: frozenset[str]) -> None:
        """Read the key and the lists again.

        Args:
            kept: the words that a curator kept.
        """
        month = f"{today:%Y-%m}"
        salt = session.scalar(
            select(UnknownWordKeyRow.salt).where(UnknownWordKeyRow.month == month)
        )
        if salt is None:
            self._known = _Known(kept=kept)
            return
        row = UnknownWordRow
        is_enough = or_(
            row.state == WordState.READABLE,
            row.days >= DAYS_UNTIL_READABLE,
            and_(row.days == DAYS_UNTIL_READABLE - 1, row.last_on < today),
        )
        readable = session.scalars(
            select(row.digest).where(row.state != WordState.DROPPED, is_enough)
        )
        key = hmac.digest(settings.secret_key.encode(), salt.encode(), hashlib.sha256)
        self._known = _Known(month, key, frozenset(readable), kept)


def is_key_due(session: Session, today: date) -> bool:
    """Whether the key is not that of this month."""
    months = session.scalars(select(UnknownWordKeyRow.month)).all()
    return list(months) != [f"{today:%Y-%m}"]


def change_key(session: Session, today: date) -> None:
    """Delete the keys of other months with all their hashes, and make one for this month."""
    month = f"{today:%Y-%m}"
    session.execute(delete(UnknownWordKeyRow).where(UnknownWordKeyRow.month != month))
    session.execute(delete(UnknownWordRow))
    session.add(UnknownWordKeyRow(month=month, salt=secrets.token_hex(32)))
    session.flush()


def count_typed(session: Session, digest: str, number: int, today: date) -> UnknownWordRow:
    """Count a word by its hash, and the day if it is another."""
    row = session.get(UnknownWordRow, digest, with_for_update=True)
    if row is None:
        row = UnknownWordRow(
            digest=digest, count=0, days=0, last_on=date.min, state=WordState.HIDDEN
        )
        session.add(row)
    if row.last_on < today:
        row.days += 1
        row.last_on = today
    row.count += number
    return row


def _digest(key: bytes, word: str) -> str:
    return hmac.new(key, word.encode(), hashlib.sha256).hexdigest()
