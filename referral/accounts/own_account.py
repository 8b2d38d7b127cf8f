"""Changes that users make to their own accounts: the password and the second factor."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.confirmation import check_current_password
from referral.accounts.passwords import check_new_password, hash_password
from referral.accounts.rate_limits import IN_SESSION, clear_tries, code_key, count_try
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


def change_password(
    instance: Instance, account: Account, current_password: str, new_password: str
) -> SignedIn:
    """Change a user's own password. All sessions end, and this browser gets a new one.

    Raises:
        AccountRefusedError: the current password is wrong, or the new one is not allowed.
    """
    check_new_password(instance, new_password, account.email)
    check_current_password(instance, account, current_password)
    hashed = hash_password(new_password)
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        row.password_hash = hashed
        record_audit(session, account.actor, "password-changed", "account", row.id)
        return restart_session(instance, session, row)


def start_second_factor(instance: Instance, account: Account) -> SecondFactorStart:
    """Start setting up an authenticator app with a new secret.

    Codes are required only after a first correct one.

    Raises:
        AccountRefusedError: the account is a sample account.
    """
    refuse_sample(instance, account)
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        if row.second_factor_at is None:
            row.second_factor_seed = secrets.token_hex(16)
        return describe_second_factor(instance, row)


def read_second_factor_start(instance: Instance, account: Account) -> SecondFactorStart | None:
    """Return the authenticator app's secret that is not yet confirmed by a code, or None."""
    with instance.store.read() as session:
        row = session.get_one(AccountRow, account.id)
        if row.second_factor_at is not None or not row.second_factor_seed:
            return None
        return describe_second_factor(instance, row)


def confirm_second_factor(
    instance: Instance, account: Account, code: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Turn a user's second factor on by the first code of their authenticator app.

    Returns:
        The recovery codes, which are shown only once, and the new session of this browser.

    Raises:
        AccountRefusedError: the code is wrong, there is no secret, or it is a sample account.
    """
    refuse_sample(instance, account)
    try_key = code_key(instance, account.id, IN_SESSION)
    count_try(instance, [try_key])
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        if not row.second_factor_seed or row.second_factor_at is not None:
            raise AccountRefusedError(Refusal.NOTHING_STARTED)
        row.recovery_hashes = []
        if not is_right_code(instance, row, code):
            raise AccountRefusedError(Refusal.WRONG_CODE)
        row.second_factor_at = instance.now()
        clear_tries(session, try_key)
        record_audit(session, account.actor, "second-factor-on", "account", row.id)
        return make_recovery_codes(row), restart_session(instance, session, row)


def stop_second_factor(instance: Instance, account: Account, current_password: str) -> SignedIn:
    """Turn a user's authenticator app off, after a check of the password; passkeys stay.

    Raises:
        AccountRefusedError: the password is wrong.
    """
    check_current_password(instance, account, current_password)
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        row.second_factor_at = None
        row.second_factor_seed = ""
        if not row.passkey_count:
            row.recovery_hashes = []
        record_audit(session, account.actor, "second-factor-off", "account", row.id)
        return restart_session(instance, session, row)


def refuse_sample(instance: Instance, account: Account) -> None:
    """Refuse a second factor for a demo's sample account, since it would lock other users out."""
    if is_sample(instance, account):
        raise AccountRefusedError(Refusal.SAMPLE)


def lock_own_row(session: Session, account: Account) -> AccountRow:
    """Lock and return the database row of a signed-in account.

    An account that was disabled meanwhile is refused.
    """
    row = session.get_one(AccountRow, account.id, with_for_update=True)
    if row.disabled_at:
        raise AccountRefusedError(Refusal.SIGNED_OUT)
    return row
