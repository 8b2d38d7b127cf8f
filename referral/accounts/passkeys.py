"""The passkeys of an account: devices that prove who holds them, beside or in place of codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import Select, select

from referral.accounts.audit import record_audit
from referral.accounts.links import token_hash
from referral.accounts.own_account import own_row, refuse_sample
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
    """A passkey as its owner sees it; ``last_used_on`` is None before the first time."""

    id: str
    name: str
    added_on: date
    last_used_on: date | None


def list_passkeys(instance: Instance, account: Account) -> list[Passkey]:
    """List the passkeys of an account, oldest first."""
    with instance.store.read() as session:
        return [
            Passkey(row.id, row.name, row.added_on, row.last_used_on)
            for row in session.scalars(_of(account.id))
        ]


def has_passkeys(instance: Instance) -> bool:
    """Return whether any account has a passkey."""
    with instance.store.read() as session:
        return session.scalars(select(PasskeyRow.id).limit(1)).first() is not None


def ask_for_new_passkey(instance: Instance, account: Account, token: str) -> str:
    """Return the WebAuthn options to create a passkey in this session, as JSON."""
    with instance.store.read() as session:
        row = session.get_one(AccountRow, account.id)
        known = [each.credential_id for each in session.scalars(_of(account.id))]
        return options_to_add(instance, row, known, _adding(token))


def ask_for_passkey(instance: Instance, account: Account, use: str) -> str:
    """Return the WebAuthn options to answer with a passkey of an account, as JSON."""
    with instance.store.read() as session:
        known = [each.credential_id for each in session.scalars(_of(account.id))]
    return options_to_use(instance, known, use)


def add_passkey(
    instance: Instance, account: Account, token: str, name: str, answer: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Keep a passkey that the browser of this session made; other browsers are signed out.

    Returns:
        Recovery codes, where the account has none yet, and the session that goes on.

    Raises:
        AccountRefusedError: the answer does not fit, or there are as many as may be; or it is a
            sample account.
    """
    refuse_sample(instance, account)
    made = read_new_passkey(instance, answer, _adding(token))
    with instance.store.write() as session:
        row = own_row(session, account)
        known = list(session.scalars(_of(row.id)))
        if len(known) >= MOST_PASSKEYS:
            raise AccountRefusedError(Refusal.MANY_PASSKEYS)
        taken = select(PasskeyRow.id).where(PasskeyRow.credential_id == made.credential_id)
        if session.scalars(taken).first() is not None:
            raise AccountRefusedError(Refusal.WRONG_PASSKEY)
        made.id, made.account_id = str(uuid4()), row.id
        made.name = printable_line(name)[:LONGEST_PASSKEY_NAME]
        session.add(made)
        codes = () if row.recovery_hashes else make_recovery_codes(row)
        record_audit(session, account.actor, "passkey-added", "account", row.id)
        session.flush()
        session.expire(row, ["passkey_count"])
        return codes, restart_session(instance, session, row)


def remove_passkey(instance: Instance, account: Account, passkey_id: str) -> SignedIn:
    """Let nobody in by this passkey any more; other browsers are signed out.

    Raises:
        AccountRefusedError: the person has no such passkey.
    """
    with instance.store.write() as session:
        row = own_row(session, account)
        gone = session.get(PasskeyRow, passkey_id)
        if gone is None or gone.account_id != row.id:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        session.delete(gone)
        session.flush()
        session.expire(row, ["passkey_count"])
        if not row.passkey_count and row.second_factor_at is None:
            row.recovery_hashes = []
        record_audit(session, account.actor, "passkey-removed", "account", row.id)
        return restart_session(instance, session, row)


def _adding(token: str) -> str:
    return f"add {token_hash(token)}"


def _of(account_id: str) -> Select[PasskeyRow]:
    return (
        select(PasskeyRow)
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.added_on, PasskeyRow.id)
    )
