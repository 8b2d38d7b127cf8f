"""Rate limits of tries, stored in the database, so that they apply to all processes and nodes.

A try is counted before the password is checked, so that simultaneous tries all count. Waiting ends,
and tries of one person do not lock another out: a browser that signed in before, or that opened a
one-time link, has its own limit.

If many people share the known network address, it is "" (``client_address``), and nothing is
limited by address.
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
IN_SESSION = "signed in"
"""In place of a browser's id: tries within a session are counted apart from sign-ins."""


@dataclass(frozen=True, slots=True)
class TryKey:
    """A rate limit key under which tries are counted: a keyed hash of an account or address.

    Attributes:
        free_tries: number of tries without waiting.
        remembered: time after the last try until the count starts again.
    """

    key: str
    free_tries: int
    remembered: timedelta = _DAY


def account_key(instance: Instance, account: str, browser: str = "") -> TryKey:
    """Return the rate limit key of sign-ins to an account; unknown accounts have one too.

    Args:
        browser: id of a browser that signed in to the account before; "" for all other browsers.
    """
    return TryKey(
        _keyed_digest(instance, "account", f"{account}\n{browser}" if browser else account), 5
    )


def code_key(instance: Instance, account_id: str, browser: str = "") -> TryKey:
    """Return the rate limit key of an account's second factor, by kind of browser."""
    value = f"{account_id}\n{browser}" if browser else account_id
    return TryKey(_keyed_digest(instance, "code", value), 5)


def current_password_key(instance: Instance, account_id: str) -> TryKey:
    """Return the rate limit key for checks of a signed-in user's current password."""
    return TryKey(_keyed_digest(instance, "present", account_id), 5)


def client_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of sign-ins from a network address."""
    return _address_keys(instance, "client", client, 20)


def reset_mail_key(instance: Instance, account_id: str) -> TryKey:
    """Return the rate limit key of mailed password links that are requested for an account."""
    return TryKey(_keyed_digest(instance, "asking", account_id), 4, _HOUR)


def reporting_keys(instance: Instance, client: str, service_id: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of problem reports: by network address and by service."""
    return (
        *_address_keys(instance, "reporting", client, 5),
        TryKey(_keyed_digest(instance, "reported", service_id), 20, _HOUR),
    )


def proposing_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of proposed listings, by network address."""
    together = TryKey(_keyed_digest(instance, "proposed", ""), 40, _HOUR)
    return _address_keys(instance, "proposing", client, 5) or (together,)


def stored_list_keys(instance: Instance, client: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys, by network address, of patrons' lists stored under a code."""
    together = TryKey(_keyed_digest(instance, "kept", ""), 1000, _HOUR)
    return _address_keys(instance, "keeping", client, 100) or (together,)


def mailing_keys(instance: Instance, client: str, address: str) -> tuple[TryKey, ...]:
    """Return the rate limit keys of patrons' mailed lists: by network address and by recipient."""
    together = TryKey(_keyed_digest(instance, "mailing all", ""), 100, _HOUR)
    return (
        *(_address_keys(instance, "mailing", client, 30) or (together,)),
        TryKey(_keyed_digest(instance, "mailed", address.strip().casefold()), 3, _HOUR),
    )


def count_try(instance: Instance, keys: Sequence[TryKey]) -> None:
    """Count a try for each rate limit key.

    Raises:
        AccountRefusedError: one of the keys has to wait; nothing was counted.
    """
    now = instance.now()
    for _ in range(3):  # another process may add the same row at the same moment
        try:
            with instance.store.write() as session:
                session.execute(delete(SignInTryRow).where(SignInTryRow.last_at < now - _DAY))
                _count(session, keys, now)
        except IntegrityError:
            continue
        return
    raise AccountRefusedError(Refusal.WAIT, _FIRST_WAIT_SECONDS)


def uncount_try(session: Session, keys: Sequence[TryKey]) -> None:
    """Take a successful try off the count of each rate limit key. Failed tries stay."""
    for key in keys:
        row = session.get(SignInTryRow, key.key, with_for_update=True)
        if row:
            row.count = max(row.count - 1, 0)


def clear_tries(session: Session, key: TryKey) -> None:
    """Reset the count of tries of a rate limit key, after a successful try."""
    session.execute(delete(SignInTryRow).where(SignInTryRow.key == key.key))


def wait_seconds(tries: int, free_tries: int) -> int:
    """Return a rate limit's seconds to wait after failed tries: 30, doubled each time, to 900."""
    if tries < free_tries:
        return 0
    return min(_FIRST_WAIT_SECONDS << min(tries - free_tries, 10), _LONGEST_WAIT_SECONDS)


def _count(session: Session, keys: Sequence[TryKey], now: datetime) -> None:
    for try_key in sorted(
        keys, key=lambda try_key: try_key.key
    ):  # always in this order: no deadlock
        row = session.get(SignInTryRow, try_key.key, with_for_update=True)
        if row is None:
            row = SignInTryRow(key=try_key.key, count=0, last_at=now)
            session.add(row)
        if now - row.last_at > try_key.remembered:
            row.count = 0
        allowed_at = row.last_at + timedelta(seconds=wait_seconds(row.count, try_key.free_tries))
        if now < allowed_at:
            raise AccountRefusedError(Refusal.WAIT, int((allowed_at - now).total_seconds()) + 1)
        row.count += 1
        row.last_at = now


def _address_keys(
    instance: Instance, kind: str, client: str, free_tries: int
) -> tuple[TryKey, ...]:
    if not client:
        return ()
    return (TryKey(_keyed_digest(instance, kind, client), free_tries, _HOUR),)


def _keyed_digest(instance: Instance, kind: str, value: str) -> str:
    """Return a keyed digest of a network or email address, to count tries under.

    It cannot be reversed without the instance key.
    """
    key = instance.settings.secret_key.encode()
    return hmac.new(key, f"{kind}\n{value}".encode(), hashlib.sha256).hexdigest()
