"""Limits on tries, in the database, so that they hold over all processes and nodes.

A try is counted before the password is looked at, so tries at the same moment all count. Waiting
has an end, and a one-time link from an admin opens the door at once: nobody is locked out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts.rows import SignInTryRow
from referral.directory.context import Directory
from referral.records.accounts import AccountRefusedError, Refusal

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_FIRST_WAIT_SECONDS = 30
_LONGEST_WAIT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class TryKey:
    """Who tries: the keyed hash of an account or an address.

    Attributes:
        free_tries: how many need no waiting.
        remembered: how long after the last try.
    """

    key: str
    free_tries: int
    remembered: timedelta = _DAY


def account_key(directory: Directory, account: str) -> TryKey:
    """Tries on one account; the same for an account that does not exist."""
    return TryKey(_keyed(directory, "account", account), 5)


def code_key(directory: Directory, account_id: str) -> TryKey:
    """Tries of the second factor of one account."""
    return TryKey(_keyed(directory, "code", account_id), 5)


def client_key(directory: Directory, client: str) -> TryKey:
    """Tries from one network address, which a whole library may share."""
    return TryKey(_keyed(directory, "client", client), 20, _HOUR)


def asking_key(directory: Directory, client: str) -> TryKey:
    """Mails asked for from one network address."""
    return TryKey(_keyed(directory, "asking", client), 5, _HOUR)


def slip_key(directory: Directory, client: str) -> TryKey:
    """Codes of slips that were tried from one network address and stand for none."""
    return TryKey(_keyed(directory, "slip", client), 20, _HOUR)


def reporting_keys(directory: Directory, client: str, service_id: str) -> tuple[TryKey, TryKey]:
    """Reports from one network address, and about one service, on which many may fall at once."""
    return (
        TryKey(_keyed(directory, "reporting", client), 5, _HOUR),
        TryKey(_keyed(directory, "reported", service_id), 20, _HOUR),
    )


def proposing_keys(directory: Directory, client: str) -> tuple[TryKey, TryKey]:
    """Proposals of places from one network address, and from all together."""
    return (
        TryKey(_keyed(directory, "proposing", client), 5, _HOUR),
        TryKey(_keyed(directory, "proposed", ""), 40, _HOUR),
    )


def answering_key(directory: Directory, client: str) -> TryKey:
    """Links of providers tried from one network address."""
    return TryKey(_keyed(directory, "answering", client), 20, _HOUR)


def keeping_key(directory: Directory, client: str) -> TryKey:
    """Lists kept under a code from one network address, which many terminals may share."""
    return TryKey(_keyed(directory, "keeping", client), 100, _HOUR)


def mailing_keys(directory: Directory, client: str, address: str) -> tuple[TryKey, ...]:
    """Lists mailed from one network address, and to one mail address."""
    return (
        TryKey(_keyed(directory, "mailing", client), 30, _HOUR),
        TryKey(_keyed(directory, "mailed", address.strip().casefold()), 3, _HOUR),
    )


def count_try(directory: Directory, keys: Sequence[TryKey]) -> None:
    """Count a try for each key.

    Raises:
        AccountRefusedError: one of them has to wait; nothing was counted.
    """
    now = directory.now()
    for _ in range(3):  # another process may make the same row at the same moment
        try:
            with directory.store.write() as session:
                session.execute(delete(SignInTryRow).where(SignInTryRow.last_at < now - _DAY))
                _count(session, keys, now)
        except IntegrityError:
            continue
        return
    raise AccountRefusedError(Refusal.WAIT, _FIRST_WAIT_SECONDS)


def refuse_waiting(directory: Directory, keys: Sequence[TryKey]) -> None:
    """Count nothing, for pages where only a wrong try counts: a right one then writes nothing.

    Raises:
        AccountRefusedError: one of them has to wait.
    """
    with directory.store.read() as session:
        for each in keys:
            row = session.get(SignInTryRow, each.key)
            if row is not None:
                _refuse_too_early(row, each, directory.now())


def uncount_try(session: Session, key: TryKey) -> None:
    """Uncount one try that was right, and leave the wrong ones."""
    row = session.get(SignInTryRow, key.key, with_for_update=True)
    if row:
        row.count = max(row.count - 1, 0)


def clear_tries(session: Session, key: TryKey) -> None:
    """Forget all tries of this key, after a right one."""
    session.execute(delete(SignInTryRow).where(SignInTryRow.key == key.key))


def wait_seconds(count: int, free_tries: int) -> int:
    """How long to wait after so many tries: 30 s, doubled each time, at most 15 minutes."""
    if count < free_tries:
        return 0
    return min(_FIRST_WAIT_SECONDS << min(count - free_tries, 10), _LONGEST_WAIT_SECONDS)


def _count(session: Session, keys: Sequence[TryKey], now: datetime) -> None:
    for each in sorted(keys, key=lambda each: each.key):  # in one order, so that nobody deadlocks
        row = session.get(SignInTryRow, each.key, with_for_update=True)
        if row is None:
            row = SignInTryRow(key=each.key, count=0, last_at=now)
            session.add(row)
        if now - row.last_at > each.remembered:
            row.count = 0
        _refuse_too_early(row, each, now)
        row.count += 1
        row.last_at = now
        session.flush()


def _refuse_too_early(row: SignInTryRow, tried: TryKey, now: datetime) -> None:
    count = 0 if now - row.last_at > tried.remembered else row.count
    allowed_at = row.last_at + timedelta(seconds=wait_seconds(count, tried.free_tries))
    if now < allowed_at:
        raise AccountRefusedError(Refusal.WAIT, int((allowed_at - now).total_seconds()) + 1)


def _keyed(directory: Directory, kind: str, value: str) -> str:
    """Not to be turned back into an address without the key of the instance."""
    key = directory.settings.secret_key.encode()
    return hmac.new(key, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()
