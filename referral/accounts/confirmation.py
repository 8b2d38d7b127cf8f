"""Confirmation: before links, exports and roles a person proves again who they are."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.passkey_challenges import take_passkey_answer
from referral.accounts.passwords import is_right_password
from referral.accounts.rate_limits import clear_tries, code_key, count_try, present_key
from referral.accounts.rows import AccountRow, AccountSessionRow
from referral.accounts.second_factor import is_right_code
from referral.directory.instance import Instance
from referral.records.accounts import Account, AccountRefusedError, Refusal

CONFIRMED_FOR = timedelta(minutes=15)
"""How long a password or code counts before links, exports and changes of roles."""


def is_confirmed(instance: Instance, token: str) -> bool:
    """Return whether a session was confirmed recently by password or passkey."""
    row = AccountSessionRow
    with instance.store.read() as session:
        found = session.execute(
            select(row.is_trial, row.confirmed_at).where(row.token_hash == token_hash(token))
        ).one_or_none()
    if found is None:
        return False
    is_trial, confirmed_at = found
    return is_trial or (confirmed_at is not None and instance.now() - confirmed_at < CONFIRMED_FOR)


def confirm_by_password(instance: Instance, account: Account, token: str, password: str) -> None:
    """Note that the person of this session gave the password again.

    Raises:
        AccountRefusedError: it is wrong, or WAIT after too many tries.
    """
    check_present_password(instance, account, password)
    note_confirmation(instance, account, token)


def confirm_by_code(instance: Instance, account: Account, token: str, code: str) -> None:
    """Note that the person of this session gave a code of the second factor.

    Raises:
        AccountRefusedError: it is wrong, or WAIT after too many tries.
    """
    tries = code_key(instance, account.id, "signed in")
    count_try(instance, [tries])
    with instance.store.write() as session:
        row = session.get_one(AccountRow, account.id, with_for_update=True)
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        clear_tries(session, tries)
    note_confirmation(instance, account, token)


def confirm_by_passkey(instance: Instance, account: Account, token: str, answer: str) -> None:
    """Note that the person of this session answered with a passkey.

    Raises:
        AccountRefusedError: the answer does not fit, or WAIT after too many tries.
    """
    tries = code_key(instance, account.id, "signed in")
    count_try(instance, [tries])
    with instance.store.write() as session:
        take_passkey_answer(instance, session, answer, confirming(token), account_id=account.id)
        clear_tries(session, tries)
    note_confirmation(instance, account, token)


def confirming(token: str) -> str:
    """Return the purpose of a passkey challenge that confirms a session."""
    return f"confirm {token_hash(token)}"


def check_present_password(instance: Instance, account: Account, present: str) -> None:
    """Check the current password of a signed-in user; attempts are rate limited.

    Raises:
        AccountRefusedError: it is wrong, or WAIT after too many tries.
    """
    tries = present_key(instance, account.id)
    count_try(instance, [tries])
    with instance.store.read() as session:
        kept = session.get_one(AccountRow, account.id).password_hash
    if not is_right_password(kept, present):
        raise AccountRefusedError(Refusal.WRONG_PASSWORD)
    with instance.store.write() as session:
        clear_tries(session, tries)


def note_confirmation(instance: Instance, account: Account, token: str) -> None:
    """Note that the person of this session showed just now who it is."""
    row = AccountSessionRow
    begun = update(row).where(row.token_hash == token_hash(token))
    with instance.store.write() as session:
        session.execute(begun.values(confirmed_at=instance.now()))
        record_audit(session, account.actor, "confirmed", "account", account.id)
