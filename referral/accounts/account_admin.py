"""Administration of staff accounts: invite, change, disable. The last admin cannot be removed."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import LinkPurpose, OneTimeLink, make_link
from referral.accounts.rows import AccountRow, PasskeyRow, account_from
from referral.directory.instance import Instance
from referral.records.accounts import (
    Account,
    AccountRefusedError,
    Actor,
    Refusal,
    Role,
    clean_email,
    clean_name,
    email_key,
)


def list_accounts(instance: Instance) -> list[Account]:
    """List all accounts, enabled ones first, by name."""
    with instance.store.read() as session:
        accounts = [account_from(row) for row in session.scalars(select(AccountRow))]
    return sorted(
        accounts, key=lambda each: (each.is_disabled, (each.name or each.email).casefold())
    )


def has_accounts(instance: Instance) -> bool:
    """Return whether there is any account."""
    with instance.store.read() as session:
        return session.scalars(select(AccountRow.id).limit(1)).first() is not None


def read_account(instance: Instance, account_id: str) -> Account:
    """Read one account by id.

    Raises:
        AccountRefusedError: there is none of this id.
    """
    with instance.store.read() as session:
        row = session.get(AccountRow, account_id)
        if row is None:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        return account_from(row)


def find_account(instance: Instance, email: str) -> Account:
    """Find the account with an email address.

    Raises:
        AccountRefusedError: there is none.
    """
    with instance.store.read() as session:
        key = email_key(email)
        row = session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()
        if row is None:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        return account_from(row)


def invite(
    instance: Instance, actor: Actor, email: str, name: str, roles: Iterable[Role]
) -> OneTimeLink:
    """Make an account without a password, and the link by which the person sets one.

    Raises:
        AccountRefusedError: the e-mail is none or is taken, or there is no role.
    """
    email, name, held = clean_email(email), clean_name(name), sorted(set(roles))
    if not held:
        raise AccountRefusedError(Refusal.NO_ROLE)
    row = AccountRow(
        id=str(uuid4()),
        email=email,
        email_key=email_key(email),
        name=name,
        roles=[role.value for role in held],
        password_hash="",
        created_at=instance.now(),
    )
    try:
        with instance.store.write() as session:
            session.add(row)
            session.flush()
            record_audit(
                session, actor, "account-invited", "account", row.id, roles=",".join(row.roles)
            )
            return make_link(instance, session, row, LinkPurpose.INVITE)
    except IntegrityError as error:
        raise AccountRefusedError(Refusal.EMAIL_TAKEN) from error


def change_account(
    instance: Instance, actor: Actor, account_id: str, name: str, roles: Iterable[Role]
) -> Account:
    """Set the name and the roles; other roles end the person's sessions.

    Raises:
        AccountRefusedError: no role is left, or the last admin would go.
    """
    name, held = clean_name(name), sorted(role.value for role in set(roles))
    if not held:
        raise AccountRefusedError(Refusal.NO_ROLE)
    with instance.store.write() as session:
        row = _locked(session, account_id, keeps_admin=Role.ADMIN.value in held)
        if row.name != name:
            row.name = name
            record_audit(session, actor, "account-renamed", "account", row.id)
        if sorted(row.roles) != held:
            row.roles = held
            row.session_stamp += 1
            record_audit(session, actor, "roles-changed", "account", row.id, roles=",".join(held))
        return account_from(row)


def disable_account(instance: Instance, actor: Actor, account_id: str) -> None:
    """Let nobody in by this account; its sessions end at once.

    Raises:
        AccountRefusedError: it is the last admin's.
    """
    with instance.store.write() as session:
        row = _locked(session, account_id, keeps_admin=False)
        if row.disabled_at is None:
            row.disabled_at = instance.now()
            row.session_stamp += 1
            record_audit(session, actor, "account-disabled", "account", row.id)


def enable_account(instance: Instance, actor: Actor, account_id: str) -> None:
    """Let the person in again, with the password there was."""
    with instance.store.write() as session:
        row = _locked(session, account_id, keeps_admin=True)
        if row.disabled_at is not None:
            row.disabled_at = None
            record_audit(session, actor, "account-enabled", "account", row.id)


def drop_second_factor(instance: Instance, actor: Actor, account_id: str) -> None:
    """Turn the second factor off for somebody who lost it, passkeys too; the sessions end."""
    with instance.store.write() as session:
        row = _locked(session, account_id, keeps_admin=True)
        if account_from(row).has_second_factor:
            session.execute(delete(PasskeyRow).where(PasskeyRow.account_id == row.id))
            session.expire(row, ["passkey_count"])
            row.second_factor_at = None
            row.second_factor_seed = ""
            row.recovery_hashes = []
            row.session_stamp += 1
            record_audit(session, actor, "second-factor-off", "account", row.id)


def _locked(session: Session, account_id: str, *, keeps_admin: bool) -> AccountRow:
    """Lock all accounts and return one: two admins cannot remove each other at once."""
    rows = session.scalars(select(AccountRow).order_by(AccountRow.id).with_for_update()).all()
    admins = {row.id for row in rows if Role.ADMIN.value in row.roles and not row.disabled_at}
    if not keeps_admin and admins == {account_id}:
        raise AccountRefusedError(Refusal.LAST_ADMIN)
    for row in rows:
        if row.id == account_id:
            return row
    raise AccountRefusedError(Refusal.NOT_FOUND)
