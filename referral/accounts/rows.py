"""Tables of staff: accounts, sessions, links of all purposes, counted tries, and the audit log.

Secrets are stored as hashes: passwords by argon2, tokens and codes by SHA-256.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from referral.records.accounts import Account, Role
from referral.store.base import Base, Code, Instant, Str, UtcInstant


class PasskeyRow(Base):
    """A passkey of a staff account; ``public_key`` verifies its signatures.

    ``asked_at`` (milliseconds) is the time of the last challenge that the passkey answered; answers
    to earlier challenges are refused.
    """

    __tablename__ = "passkey"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("account.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[Code]
    added_on: Mapped[date]
    last_used_on: Mapped[date | None] = mapped_column(default=None)


class AccountRow(Base):
    """A staff account (``records.accounts.Account``) with its secrets.

    ``session_stamp`` increases when a password or role changes or the account is disabled: sessions
    with another stamp have ended. ``second_factor_step`` is the time step of the last code, which
    cannot be used twice; the secret is derived from the seed and the instance's key. ``openid_key``
    is a hash of the subject at the OpenID provider.
    """

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(255))
    email_key: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[Code]
    roles: Mapped[list[str]] = mapped_column(JSON)
    password_hash: Mapped[Str]
    session_stamp: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[Instant]
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    second_factor_seed: Mapped[Code]
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    second_factor_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    recovery_hashes: Mapped[list[str]] = mapped_column(JSON, default=list)
    openid_key: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    passkey_count: Mapped[int] = column_property(
        select(func.count(PasskeyRow.id))
        .where(PasskeyRow.account_id == id)  # noqa: A003  # the column
        .correlate_except(PasskeyRow)
        .scalar_subquery()
    )


class AccountSessionRow(Base):
    """A session: a browser signed in to an account.

    ``waits_for_code`` is set until the second factor is verified.

    A session begun at a shared computer (``at_terminal``) ends with the visit there. A session of
    the demo (``is_trial``) began without a password and needs no confirmation. With
    ``factor_elsewhere`` the OpenID provider required a second factor. ``confirmed_at`` is when the
    user last proved their identity.
    """

    __tablename__ = "account_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("account.id"), index=True)
    stamp: Mapped[int]
    started_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    waits_for_code: Mapped[bool]
    at_terminal: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_trial: Mapped[bool] = mapped_column(default=False, server_default=false())
    factor_elsewhere: Mapped[bool] = mapped_column(default=False, server_default=false())
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class LinkRow(Base):
    """A secret link, stored as the hash of its token. See ``accounts.links``.

    Attributes:
        subject_id: account, organization or service of the link; "" for terminals.
        detail: the unit of capacity, or the label of a terminal.
    """

    __tablename__ = "link"
    __table_args__ = (Index(None, "purpose", "subject_id"),)
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    detail: Mapped[Code]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)


class StaffDigestRow(Base):
    """How often an account gets a digest of waiting work by mail, and the day of the last."""

    __tablename__ = "staff_digest"
    account_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    pace: Mapped[str] = mapped_column(String(8), default="", server_default="")
    language: Mapped[str] = mapped_column(String(16), default="en", server_default="en")
    sent_on: Mapped[date | None]


class SignInTryRow(Base):
    """The number of recent tries for a rate limit.

    ``key`` is a keyed hash of an account or an address.
    """

    __tablename__ = "sign_in_try"
    __table_args__ = (Index(None, "last_at"),)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[Instant]


class AuditEntryRow(Base):
    """An entry of the audit log; ``detail`` has ids, codes and counts, never words."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "kind", "record_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    account_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("account.id"), index=True, default=None
    )
    actor_name: Mapped[Code]
    action: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[Code]
    record_id: Mapped[Code]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def account_from(row: AccountRow) -> Account:
    """Build a staff account from its database row."""
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=frozenset(role for role in Role if role in row.roles),  # a later release has others
        has_password=bool(row.password_hash),
        by_openid=row.openid_key is not None,
        is_disabled=row.disabled_at is not None,
        has_code_app=row.second_factor_at is not None,
        passkeys=row.passkey_count,
        recovery_codes_left=len(row.recovery_hashes),
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )
