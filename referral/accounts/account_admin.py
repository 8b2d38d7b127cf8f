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
    """List all staff accounts, enabled ones first, by name."""
    with instance.store.read() as session:
        accounts = [account_from(row) for row in session.scalars(select(AccountRow))]
    return sorted(
        accounts,
        key=lambda account: (account.is_disabled, (account.name or account.email).casefold()),
    )


def has_accounts(instance: Instance) -> bool:
    """Return whether there is any staff account."""
    with instance.store.read() as session:
        return session.scalars(select(AccountRow.id).limit(1)).first() is not None


def read_account(instance: Instance, account_id: str) -> Account:
    """Return a staff account by its id.

    Raises:
        AccountRefusedError: there is no account with this id.
    """
    with instance.store.read() as session:
        row = session.get(AccountRow, account_id)
        if row is None:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        return account_from(row)


def find_account(instance: Instance, email: str) -> Account:
    """Return the staff account with an email address.

    Raises:
        AccountRefusedError: there is no such account.
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
    """Create a staff account without a password, and return the link to set one.

    Raises:
        AccountRefusedError: the e-mail address is invalid or taken, or there is no role.
    """
    email, name, role_list = clean_email(email), clean_name(name), sorted(set(roles))
    if not role_list:
        raise AccountRefusedError(Refusal.NO_ROLE)
    row = AccountRow(
        id=str(uuid4()),
        email=email,
        email_key=email_key(email),
        name=name,
        roles=[role.value for role in role_list],
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
    """Set the name and roles of a staff account. A change of roles ends its sessions.

    Raises:
        AccountRefusedError: there is no role, or no admin would be left.
    """
    name, new_roles = clean_name(name), sorted(role.value for role in set(roles))
    if not new_roles:
        raise AccountRefusedError(Refusal.NO_ROLE)
    with instance.store.write() as session:
        row = _lock_account(session, account_id, stays_admin=Role.ADMIN.value in new_roles)
        if row.name != name:
            row.name = name
            record_audit(session, actor, "account-renamed", "account", row.id)
        if sorted(row.roles) != new_roles:
            row.roles = new_roles
            row.session_stamp += 1
            record_audit(
                session, actor, "roles-changed", "account", row.id, roles=",".join(new_roles)
            )
        return account_from(row)


def disable_account(instance: Instance, actor: Actor, account_id: str) -> None:
    """Disable a staff account; its sessions end at once.

    Raises:
        AccountRefusedError: the account is the last admin's.
    """
    with instance.store.write() as session:
        row = _lock_account(session, account_id, stays_admin=False)
        if row.disabled_at is None:
            row.disabled_at = instance.now()
            row.session_stamp += 1
            record_audit(session, actor, "account-disabled", "account", row.id)


def enable_account(instance: Instance, actor: Actor, account_id: str) -> None:
    """Enable a disabled staff account again, with its earlier password."""
    with instance.store.write() as session:
        row = _lock_account(session, account_id, stays_admin=True)
        if row.disabled_at is not None:
            row.disabled_at = None
            record_audit(session, actor, "account-enabled", "account", row.id)


def drop_second_factor(instance: Instance, actor: Actor, account_id: str) -> None:
    """Delete the second factor and passkeys of a staff account, whose sessions end."""
    with instance.store.write() as session:
        row = _lock_account(session, account_id, stays_admin=True)
        if account_from(row).has_second_factor:
            session.execute(delete(PasskeyRow).where(PasskeyRow.account_id == row.id))
            session.expire(row, ["passkey_count"])
            row.second_factor_at = None
            row.second_factor_seed = ""
            row.recovery_hashes = []
            row.session_stamp += 1
            record_audit(session, actor, "second-factor-off", "account", row.id)


def _lock_account(session: Session, account_id: str, *, stays_admin: bool) -> AccountRow:
    """Lock all staff accounts and return one, so that two admins cannot remove each other."""
    rows = session.scalars(select(AccountRow).order_by(AccountRow.id).with_for_update()).all()
    admins = {row.id for row in rows if Role.ADMIN.value in row.roles and not row.disabled_at}
    if not stays_admin and admins == {account_id}:
        raise AccountRefusedError(Refusal.LAST_ADMIN)
    for row in rows:
        if row.id == account_id:
            return row
    raise AccountRefusedError(Refusal.NOT_FOUND)
