"""Sign-in by OpenID Connect: accounts and roles for the claims of the provider.

``web/openid_views.py`` has verified the claims. They determine the roles at each sign-in; an
account that was disabled here stays disabled.
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
_CLOCK_TOLERANCE = timedelta(minutes=2)


def sign_in_by_openid(instance: Instance, claims: Claims) -> SignedIn:
    """Begin a session of an OpenID Connect user. The first sign-in creates the account.

    Raises:
        AccountRefusedError: no claim grants a role, the account is disabled, or another account
            has its e-mail address.
    """
    roles = roles_of(instance.settings, claims)
    with instance.store.write() as session:
        rows = list(session.scalars(select(AccountRow).order_by(AccountRow.id).with_for_update()))
        row = _find_account(rows, openid_key(instance.settings, claims), claims)
        if row is not None and row.disabled_at:
            raise AccountRefusedError(Refusal.TURNED_OFF)
        if row is not None:
            _set_roles(session, rows, row, roles)
        elif roles:
            row = _create_account(instance, session, claims, roles)
        if row is not None and roles:
            has_factor = "mfa" in _texts(claims.get("amr"))
            return begin_proved_session(instance, session, row, second_factor=has_factor)
    # After the transaction, so that the sessions of a user who has lost all roles end.
    raise AccountRefusedError(Refusal.NO_CLAIM)


def confirm_by_openid(
    instance: Instance, account: Account, token: str, key: str, authenticated_at: datetime
) -> None:
    """Confirm the identity of a signed-in user by a new sign-in at the OpenID provider.

    Args:
        key: ``openid_key`` of the user who authenticated.
        authenticated_at: when the user authenticated, by the provider's clock.

    Raises:
        AccountRefusedError: another user authenticated, or not recently.
    """
    with instance.store.read() as session:
        own = session.get_one(AccountRow, account.id).openid_key
    if own != key or abs(instance.now() - authenticated_at) > CONFIRMED_FOR + _CLOCK_TOLERANCE:
        raise AccountRefusedError(Refusal.NOT_SHOWN)
    note_confirmation(instance, account, token)


def roles_of(settings: Settings, claims: Claims) -> list[Role]:
    """Return the staff roles that an OpenID Connect claim grants, by the settings."""
    value: Any = claims
    name = settings.openid_claim
    for part in [name] if name in claims else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    claimed = _texts(value)
    return sorted(
        {Role(role) for claimed_text, role in settings.openid_roles if claimed_text in claimed}
    )


def openid_key(settings: Settings, claims: Claims) -> str:
    """Return the keyed digest under which an account stores its OpenID subject."""
    return hashlib.sha256(f"{settings.openid_issuer}\n{claims['sub']}".encode()).hexdigest()


def authentication_time(claims: Claims) -> datetime | None:
    """Return when the user authenticated at the OpenID provider; None without a valid claim."""
    seconds = claims.get("auth_time")
    return (
        datetime.fromtimestamp(seconds, UTC)
        if isinstance(seconds, int) and 0 <= seconds < 1 << 40
        else None
    )


def _find_account(rows: Iterable[AccountRow], key: str, claims: Claims) -> AccountRow | None:
    """Find the account of an OpenID user, by its subject or by an invited email address."""
    email = str(claims.get("email", ""))
    for row in rows:
        if row.openid_key == key:
            return row
    for row in rows:
        if row.email_key == email_key(email):
            # The key also matches other spellings (NFKC), which may be another address elsewhere.
            is_same = row.email.casefold() == email.casefold()
            if row.openid_key or not is_same or claims.get("email_verified") is not True:
                raise AccountRefusedError(Refusal.OPENID_EMAIL)
            row.openid_key = key
            return row
    return None


def _create_account(
    instance: Instance, session: Session, claims: Claims, roles: list[Role]
) -> AccountRow:
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
    actor, role_codes = account_from(row).actor, ",".join(row.roles)
    record_audit(session, actor, "account-made-by-openid", "account", row.id, roles=role_codes)
    return row


def _set_roles(
    session: Session, rows: Iterable[AccountRow], row: AccountRow, roles: list[Role]
) -> None:
    """Set the roles of an OpenID user's account; without roles its sessions end.

    The last admin stays admin.
    """
    actor = account_from(row).actor
    if not roles:
        row.session_stamp += 1
        record_audit(session, actor, "openid-gave-no-role", "account", row.id)
        return
    admins = {other.id for other in rows if Role.ADMIN in other.roles and not other.disabled_at}
    new_roles = sorted({*roles, Role.ADMIN} if admins == {row.id} else set(roles))
    if sorted(row.roles) != new_roles:
        row.roles = [role.value for role in new_roles]
        row.session_stamp += 1
        record_audit(session, actor, "roles-changed", "account", row.id, roles=",".join(row.roles))


def _texts(value: object) -> set[str]:
    """Return the texts of an OpenID Connect claim that is a text or a list."""
    values = value if isinstance(value, list) else [value]
    return {text for text in values if isinstance(text, str)}
