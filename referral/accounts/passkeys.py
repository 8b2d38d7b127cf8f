"""The passkeys of an account, which are used beside or instead of codes and passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import Select, select

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.own_account import lock_own_row, refuse_sample
from referral.accounts.passkey_challenges import options_to_add, options_to_use, read_new_passkey
from referral.accounts.rows import AccountRow, PasskeyRow
from referral.accounts.second_factor import make_recovery_codes
from referral.accounts.sessions import SignedIn, restart_session
from referral.directory.instance import Instance
from referral.records.accounts import Account, AccountRefusedError, Refusal, printable_line

LONGEST_PASSKEY_NAME = 60
MOST_PASSKEYS = 20


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it; ``last_used_on`` is None before the first use."""

    id: str
    name: str
    added_on: date
    last_used_on: date | None


def list_passkeys(instance: Instance, account: Account) -> list[Passkey]:
    """List the passkeys of a staff account, oldest first."""
    with instance.store.read() as session:
        return [
            Passkey(row.id, row.name, row.added_on, row.last_used_on)
            for row in session.scalars(_passkeys_of(account.id))
        ]


def has_passkeys(instance: Instance) -> bool:
    """Return whether any staff account has a passkey."""
    with instance.store.read() as session:
        return session.scalars(select(PasskeyRow.id).limit(1)).first() is not None


def ask_for_new_passkey(instance: Instance, account: Account, token: str) -> str:
    """Return the WebAuthn options to create a passkey for the signed-in user, as JSON."""
    with instance.store.read() as session:
        row = session.get_one(AccountRow, account.id)
        credential_ids = [
            passkey.credential_id for passkey in session.scalars(_passkeys_of(account.id))
        ]
        return options_to_add(instance, row, credential_ids, _adding_purpose(token))


def ask_for_passkey(instance: Instance, account: Account, purpose: str) -> str:
    """Return the WebAuthn options to identify a user by a passkey, as JSON."""
    with instance.store.read() as session:
        credential_ids = [
            passkey.credential_id for passkey in session.scalars(_passkeys_of(account.id))
        ]
    return options_to_use(instance, credential_ids, purpose)


def add_passkey(
    instance: Instance, account: Account, token: str, name: str, answer: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Store a passkey that the browser of this session created; other browsers are signed out.

    Returns:
        Recovery codes, if the account had none, and the new session of this browser.

    Raises:
        AccountRefusedError: the answer is invalid, the account has too many passkeys, or it is a
            sample account.
    """
    refuse_sample(instance, account)
    passkey = read_new_passkey(instance, answer, _adding_purpose(token))
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        existing = list(session.scalars(_passkeys_of(row.id)))
        if len(existing) >= MOST_PASSKEYS:
            raise AccountRefusedError(Refusal.MANY_PASSKEYS)
        same_credential = select(PasskeyRow.id).where(
            PasskeyRow.credential_id == passkey.credential_id
        )
        if session.scalars(same_credential).first() is not None:
            raise AccountRefusedError(Refusal.WRONG_PASSKEY)
        passkey.id, passkey.account_id = str(uuid4()), row.id
        passkey.name = printable_line(name)[:LONGEST_PASSKEY_NAME]
        session.add(passkey)
        codes = () if row.recovery_hashes else make_recovery_codes(row)
        record_audit(session, account.actor, "passkey-added", "account", row.id)
        session.flush()
        session.expire(row, ["passkey_count"])
        return codes, restart_session(instance, session, row)


def remove_passkey(instance: Instance, account: Account, passkey_id: str) -> SignedIn:
    """Delete a passkey of an account; other browsers are signed out.

    Raises:
        AccountRefusedError: the account has no such passkey.
    """
    with instance.store.write() as session:
        row = lock_own_row(session, account)
        passkey = session.get(PasskeyRow, passkey_id)
        if passkey is None or passkey.account_id != row.id:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        session.delete(passkey)
        session.flush()
        session.expire(row, ["passkey_count"])
        if not row.passkey_count and row.second_factor_at is None:
            row.recovery_hashes = []
        record_audit(session, account.actor, "passkey-removed", "account", row.id)
        return restart_session(instance, session, row)


def _adding_purpose(token: str) -> str:
    return f"add {token_hash(token)}"


def _passkeys_of(account_id: str) -> Select[PasskeyRow]:
    return (
        select(PasskeyRow)
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.added_on, PasskeyRow.id)
    )
