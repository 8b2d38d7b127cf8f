"""What people change in their own accounts: the password, the second factor."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.confirmation import check_present_password
from referral.accounts.passwords import check_new_password, hash_password
from referral.accounts.rate_limits import clear_tries, code_key, count_try
from referral.accounts.rows import AccountRow
from referral.accounts.sample_accounts import is_sample
from referral.accounts.second_factor import (
    SecondFactorStart,
    describe_second_factor,
    is_right_code,
    make_recovery_codes,
)
from referral.accounts.sessions import SignedIn, restart_session
from referral.directory.instance import Instance
from referral.records.accounts import Account, AccountRefusedError, Refusal


def change_password(instance: Instance, account: Account, present: str, password: str) -> SignedIn:
    """Set another password; all sessions end, and this browser gets a new one.

    Raises:
        AccountRefusedError: the present password is wrong, or the new one may not be used.
    """
    check_new_password(instance, password, account.email)
    check_present_password(instance, account, present)
    hashed = hash_password(password)
    with instance.store.write() as session:
        row = own_row(session, account)
        row.password_hash = hashed
        record_audit(session, account.actor, "password-changed", "account", row.id)
        return restart_session(instance, session, row)


def start_second_factor(instance: Instance, account: Account) -> SecondFactorStart:
    """Start a second factor with a new secret; it is required only after a first correct code.

    Raises:
        AccountRefusedError: it is a sample account.
    """
    refuse_sample(instance, account)
    with instance.store.write() as session:
        row = own_row(session, account)
        if row.second_factor_at is None:
            row.second_factor_seed = secrets.token_hex(16)
        return describe_second_factor(instance, row)


def read_second_factor_start(instance: Instance, account: Account) -> SecondFactorStart | None:
    """Read the second factor that was started and is not confirmed yet."""
    with instance.store.read() as session:
        row = session.get_one(AccountRow, account.id)
        if row.second_factor_at is not None or not row.second_factor_seed:
            return None
        return describe_second_factor(instance, row)


def confirm_second_factor(
    instance: Instance, account: Account, code: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Turn the second factor on by a code of the app.

    Returns:
        The recovery codes, which are shown this once, and the session that goes on.

    Raises:
        AccountRefusedError: the code is wrong, or no secret was started; or it is a sample account.
    """
    refuse_sample(instance, account)
    count_try(instance, [code_key(instance, account.id, "signed in")])
    with instance.store.write() as session:
        row = own_row(session, account)
        if not row.second_factor_seed or row.second_factor_at is not None:
            raise AccountRefusedError(Refusal.NOTHING_STARTED)
        row.recovery_hashes = []
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        row.second_factor_at = instance.now()
        clear_tries(session, code_key(instance, row.id, "signed in"))
        record_audit(session, account.actor, "second-factor-on", "account", row.id)
        return make_recovery_codes(row), restart_session(instance, session, row)


def stop_second_factor(instance: Instance, account: Account, present: str) -> SignedIn:
    """Turn the second factor off, by the password.

    Raises:
        AccountRefusedError: the password is wrong.
    """
    check_present_password(instance, account, present)
    with instance.store.write() as session:
        row = own_row(session, account)
        row.second_factor_at = None
        row.second_factor_seed = ""
        if not row.passkey_count:
            row.recovery_hashes = []
        record_audit(session, account.actor, "second-factor-off", "account", row.id)
        return restart_session(instance, session, row)


def refuse_sample(instance: Instance, account: Account) -> None:
    """Refuse a second factor to an account of the demo, which would lock everybody else out."""
    if is_sample(instance, account):
        raise AccountRefusedError(Refusal.SAMPLE)


def own_row(session: Session, account: Account) -> AccountRow:
    """Lock and return the row of a signed-in account; raise if it was disabled meanwhile."""
    row = session.get_one(AccountRow, account.id, with_for_update=True)
    if row.disabled_at:
        raise AccountRefusedError(Refusal.SIGNED_OUT)
    return row
