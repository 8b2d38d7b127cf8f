"""Confirmation of a session: users prove their identity again before links, exports and roles."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.passkey_challenges import take_passkey_answer
from referral.accounts.passwords import is_right_password
from referral.accounts.rate_limits import (
    IN_SESSION,
    clear_tries,
    code_key,
    count_try,
    current_password_key,
)
from referral.accounts.rows import AccountRow, AccountSessionRow
from referral.accounts.second_factor import is_right_code
from referral.directory.instance import Instance
from referral.records.accounts import Account, AccountRefusedError, Refusal

CONFIRMED_FOR = timedelta(minutes=15)
"""How long a confirmation is valid for links, exports and changes of roles."""


def is_confirmed(instance: Instance, token: str) -> bool:
    """Return whether the user of a session proved their identity again recently."""
    with instance.store.read() as session:
        found = session.execute(
            select(AccountSessionRow.is_trial, AccountSessionRow.confirmed_at).where(
                AccountSessionRow.token_hash == token_hash(token)
            )
        ).one_or_none()
    if found is None:
        return False
    is_trial, confirmed_at = found
    return is_trial or (confirmed_at is not None and instance.now() - confirmed_at < CONFIRMED_FOR)


def confirm_by_password(instance: Instance, account: Account, token: str, password: str) -> None:
    """Confirm the identity of a signed-in user by the password of their account.

    Raises:
        AccountRefusedError: the password is wrong, or WAIT after too many tries.
    """
    check_current_password(instance, account, password)
    note_confirmation(instance, account, token)


def confirm_by_code(instance: Instance, account: Account, token: str, code: str) -> None:
    """Confirm the identity of a signed-in user by a code of the second factor.

    Raises:
        AccountRefusedError: the code is wrong, or WAIT after too many tries.
    """
    try_key = code_key(instance, account.id, IN_SESSION)
    count_try(instance, [try_key])
    with instance.store.write() as session:
        row = session.get_one(AccountRow, account.id, with_for_update=True)
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        clear_tries(session, try_key)
    note_confirmation(instance, account, token)


def confirm_by_passkey(instance: Instance, account: Account, token: str, answer: str) -> None:
    """Confirm the identity of a signed-in user by the answer of their passkey.

    Raises:
        AccountRefusedError: the answer is invalid, or WAIT after too many tries.
    """
    try_key = code_key(instance, account.id, IN_SESSION)
    count_try(instance, [try_key])
    with instance.store.write() as session:
        take_passkey_answer(
            instance, session, answer, confirmation_purpose(token), account_id=account.id
        )
        clear_tries(session, try_key)
    note_confirmation(instance, account, token)


def confirmation_purpose(token: str) -> str:
    """Return the purpose of a passkey challenge that confirms the identity of a signed-in user."""
    return f"confirm {token_hash(token)}"


def check_current_password(instance: Instance, account: Account, password: str) -> None:
    """Check the current password that a signed-in user typed, with rate limits.

    Raises:
        AccountRefusedError: the password is wrong, or WAIT after too many tries.
    """
    try_key = current_password_key(instance, account.id)
    count_try(instance, [try_key])
    with instance.store.read() as session:
        stored_hash = session.get_one(AccountRow, account.id).password_hash
    if not is_right_password(stored_hash, password):
        raise AccountRefusedError(Refusal.WRONG_PASSWORD)
    with instance.store.write() as session:
        clear_tries(session, try_key)


def note_confirmation(instance: Instance, account: Account, token: str) -> None:
    """Store that a signed-in user proved their identity again just now."""
    statement = update(AccountSessionRow).where(AccountSessionRow.token_hash == token_hash(token))
    with instance.store.write() as session:
        session.execute(statement.values(confirmed_at=instance.now()))
        record_audit(session, account.actor, "confirmed", "account", account.id)
