"""Sign-in by the county's own service (OpenID Connect): whose account, and which roles.

What the service says of a person was checked before it comes here (``web/openid_views.py``). Its
claim decides the roles at each sign-in; an account that was turned off here stays off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.confirmation import CONFIRMED_FOR, note_confirmation
from referral.accounts.rows import AccountRow, account_from
from referral.accounts.sessions import SignedIn, begin_proved_session
from referral.directory.instance import Instance
from referral.records.accounts import (
    LONGEST_NAME,
    Account,
    AccountRefusedError,
    Refusal,
    Role,
    clean_email,
    email_key,
    printable_line,
)
from referral.settings import Settings

Claims = Mapping[str, Any]
_CLOCKS_DIFFER = timedelta(minutes=2)


def sign_in_by_openid(instance: Instance, claims: Claims) -> SignedIn:
    """Begin a session of the person that the service names; make the account the first time.

    Raises:
        AccountRefusedError: no claim gives a role, the account is turned off, or its e-mail
            address is another's.
    """
    roles = roles_of(instance.settings, claims)
    with instance.store.write() as session:
        rows = list(session.scalars(select(AccountRow).order_by(AccountRow.id).with_for_update()))
        row = _find(rows, openid_key(instance.settings, claims), claims)
        if row is not None and row.disabled_at:
            raise AccountRefusedError(Refusal.TURNED_OFF)
        if row is not None:
            _set_roles(session, rows, row, roles)
        elif roles:
            row = _make(instance, session, claims, roles)
        if row is not None and roles:
            has_factor = "mfa" in _texts(claims.get("amr"))
            return begin_proved_session(instance, session, row, second_factor=has_factor)
    # Only now, so that the sessions of somebody who has no role any more end.
    raise AccountRefusedError(Refusal.NO_CLAIM)


def confirm_by_openid(
    instance: Instance, account: Account, token: str, key: str, shown_at: datetime
) -> None:
    """Note that the person of this session showed the service again who it is.

    Args:
        key: of the person who did, see ``openid_key``.
        shown_at: when, as the service says.

    Raises:
        AccountRefusedError: that was somebody else, or was not now.
    """
    with instance.store.read() as session:
        own = session.get_one(AccountRow, account.id).openid_key
    if own != key or abs(instance.now() - shown_at) > CONFIRMED_FOR + _CLOCKS_DIFFER:
        raise AccountRefusedError(Refusal.NOT_SHOWN)
    note_confirmation(instance, account, token)


def roles_of(settings: Settings, claims: Claims) -> list[Role]:
    """Return the roles that an OpenID claim grants, by the settings."""
    value: Any = claims
    name = settings.openid_claim
    for part in [name] if name in claims else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    said = _texts(value)
    return sorted({Role(role) for named, role in settings.openid_roles if named in said})


def openid_key(settings: Settings, claims: Claims) -> str:
    """Return the keyed digest under which an account stores its OpenID subject."""
    return hashlib.sha256(f"{settings.openid_issuer}\n{claims['sub']}".encode()).hexdigest()


def shown_at(claims: Claims) -> datetime | None:
    """Return when the user authenticated at the OpenID provider; None if it does not say."""
    at = claims.get("auth_time")
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int) and 0 <= at < 1 << 40 else None


def _find(rows: Iterable[AccountRow], key: str, claims: Claims) -> AccountRow | None:
    """Find the account of an OpenID user: by its subject, or invited under its email address."""
    said = str(claims.get("email", ""))
    for row in rows:
        if row.openid_key == key:
            return row
    for row in rows:
        if row.email_key == email_key(said):
            # Elsewhere letters that look alike may be another address, and prove nothing here.
            is_same = row.email.casefold() == said.casefold()
            if row.openid_key or not is_same or claims.get("email_verified") is not True:
                raise AccountRefusedError(Refusal.OPENID_EMAIL)
            row.openid_key = key
            return row
    return None


def _make(instance: Instance, session: Session, claims: Claims, roles: list[Role]) -> AccountRow:
    email = clean_email(str(claims.get("email", "")))
    row = AccountRow(
        id=str(uuid4()),
        email=email,
        email_key=email_key(email),
        name=printable_line(str(claims.get("name", "")))[:LONGEST_NAME],
        roles=[role.value for role in roles],
        password_hash="",
        created_at=instance.now(),
        openid_key=openid_key(instance.settings, claims),
    )
    session.add(row)
    session.flush()
    actor, said = account_from(row).actor, ",".join(row.roles)
    record_audit(session, actor, "account-made-by-openid", "account", row.id, roles=said)
    return row


def _set_roles(
    session: Session, rows: Iterable[AccountRow], row: AccountRow, roles: list[Role]
) -> None:
    """Give the roles of the claim; without any all sessions end. The last admin stays one."""
    actor = account_from(row).actor
    if not roles:
        row.session_stamp += 1
        record_audit(session, actor, "openid-gave-no-role", "account", row.id)
        return
    admins = {each.id for each in rows if Role.ADMIN in each.roles and not each.disabled_at}
    held = sorted({*roles, Role.ADMIN} if admins == {row.id} else set(roles))
    if sorted(row.roles) != held:
        row.roles = [role.value for role in held]
        row.session_stamp += 1
        record_audit(session, actor, "roles-changed", "account", row.id, roles=",".join(row.roles))


def _texts(value: object) -> set[str]:
    """Return a claim as a list of texts."""
    several = value if isinstance(value, list) else [value]
    return {each for each in several if isinstance(each, str)}
