"""Limits on tries, in the database, so that they hold over all processes and nodes.

A try is counted before the password is looked at, so tries at the same moment all count. Waiting
has an end, and nobody's tries shut another person out: a browser that signed in
before has tries of its own, and a one-time link makes the browser that opens it such a one.

A network address is "" where many people share what is known of it (``client_address``):
nothing is then limited by address.
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
from referral.directory.instance import Instance
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


def account_key(instance: Instance, account: str, browser: str = "") -> TryKey:
    """Return the rate limit key of sign-ins to an account; unknown accounts have one too.

    Args:
        browser: the id of a browser that signed in to it before; "" for all others together.
    """
    return TryKey(_keyed(instance, "account", f"{account}\n{browser}" if browser else account), 5)


def code_key(instance: Instance, account_id: str, browser: str = "") -> TryKey:
    """Return the rate limit key of an account's second factor, by kind of browser."""
    value = f"{account_id}\n{browser}" if browser else account_id
    return TryKey(_keyed(instance, "code", value), 5)


def present_key(instance: Instance, account_id: str) -> TryKey:
    """Return the rate limit key of checks of the current password."""
    return TryKey(_keyed(instance, "present", account_id), 5)


def client_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of sign-ins from a network address."""
    return _by_address(instance, "client", client, 20)


def asking_key(instance: Instance, account_id: str) -> TryKey:
    """Return the rate limit key of link mails that are requested for an account."""
    return TryKey(_keyed(instance, "asking", account_id), 4, _HOUR)


def reporting_keys(instance: Instance, client: str, service_id: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of problem reports: by network address and by service."""
    return (
        *_by_address(instance, "reporting", client, 5),
        TryKey(_keyed(instance, "reported", service_id), 20, _HOUR),
    )


def proposing_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of proposed listings, by network address."""
    together = TryKey(_keyed(instance, "proposed", ""), 40, _HOUR)
    return _by_address(instance, "proposing", client, 5) or (together,)


def keeping_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of lists that are stored under a code, by network address."""
    together = TryKey(_keyed(instance, "kept", ""), 1000, _HOUR)
    return _by_address(instance, "keeping", client, 100) or (together,)


def mailing_keys(instance: Instance, client: str, address: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of mailed lists: by network address and by recipient."""
    together = TryKey(_keyed(instance, "mailing all", ""), 100, _HOUR)
    return (
        *(_by_address(instance, "mailing", client, 30) or (together,)),
        TryKey(_keyed(instance, "mailed", address.strip().casefold()), 3, _HOUR),
    )


def count_try(instance: Instance, keys: Sequence[TryKey]) -> None:
    """Count a try for each key.

    Raises:
        AccountRefusedError: one of them has to wait; nothing was counted.
    """
    now = instance.now()
    for _ in range(3):  # another process may make the same row at the same moment
        try:
            with instance.store.write() as session:
                session.execute(delete(SignInTryRow).where(SignInTryRow.last_at < now - _DAY))
                _count(session, keys, now)
        except IntegrityError:
            continue
        return
    raise AccountRefusedError(Refusal.WAIT, _FIRST_WAIT_SECONDS)


def uncount_try(session: Session, keys: Sequence[TryKey]) -> None:
    """Remove one successful attempt from the count; failed ones stay."""
    for key in keys:
        row = session.get(SignInTryRow, key.key, with_for_update=True)
        if row:
            row.count = max(row.count - 1, 0)


def clear_tries(session: Session, key: TryKey) -> None:
    """Forget all tries of this key, after a right one."""
    session.execute(delete(SignInTryRow).where(SignInTryRow.key == key.key))


def wait_seconds(count: int, free_tries: int) -> int:
    """Return the seconds to wait after failed attempts: 30, doubled each time, at most 900."""
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
        allowed_at = row.last_at + timedelta(seconds=wait_seconds(row.count, each.free_tries))
        if now < allowed_at:
            raise AccountRefusedError(Refusal.WAIT, int((allowed_at - now).total_seconds()) + 1)
        row.count += 1
        row.last_at = now


def _by_address(instance: Instance, kind: str, client: str, free_tries: int) -> tuple[TryKey, ...]:
    if not client:
        return ()
    return (TryKey(_keyed(instance, kind, client), free_tries, _HOUR),)


def _keyed(instance: Instance, kind: str, value: str) -> str:
    """Return a keyed digest of an address, which cannot be reversed without the instance key."""
    key = instance.settings.secret_key.encode()
    return hmac.new(key, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()
