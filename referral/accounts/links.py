"""Secret links for all purposes, among them links to set a password; only token hashes are stored.

A token is valid for its purpose only: code that reads a link names the purposes that it accepts.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Delete, delete
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.passwords import check_new_password, hash_password
from referral.accounts.rate_limits import account_key, clear_tries
from referral.accounts.rows import AccountRow, LinkRow, account_from
from referral.directory.instance import Instance
from referral.records.accounts import Account, AccountRefusedError, Actor, Refusal

_DAY = timedelta(days=1)


class LinkPurpose(StrEnum):
    """The purpose of a secret link; the comments describe whether the link works once."""

    INVITE = "invite"  # once
    RESET = "reset"  # once
    PROVIDER = "provider"  # once: an organization checks its listing
    CAPACITY = "capacity"  # many times: a provider reports the free capacity in one unit
    MARK = "mark"  # once: the browser that opens it becomes a terminal
    UNMARK = "unmark"  # once


ACCOUNT_PURPOSES = frozenset({LinkPurpose.INVITE, LinkPurpose.RESET})
TERMINAL_PURPOSES = frozenset({LinkPurpose.MARK, LinkPurpose.UNMARK})
LIFETIMES = {
    LinkPurpose.INVITE: 7 * _DAY,
    LinkPurpose.RESET: _DAY,
    LinkPurpose.PROVIDER: 30 * _DAY,
    LinkPurpose.CAPACITY: 365 * _DAY,
    LinkPurpose.MARK: _DAY,
    LinkPurpose.UNMARK: _DAY,
}


def token_hash(token: str) -> str:
    """Hash the token of a secret link for storage. One pass is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_link(
    session: Session, purpose: LinkPurpose, now: datetime, *, subject_id: str = "", detail: str = ""
) -> tuple[str, datetime]:
    """Store a new secret link, and return its token and the instant when it expires.

    The token itself is not stored.
    """
    token, expires_at = secrets.token_urlsafe(32), now + LIFETIMES[purpose]
    session.add(
        LinkRow(
            token_hash=token_hash(token),
            purpose=purpose.value,
            subject_id=subject_id,
            detail=detail,
            expires_at=expires_at,
        )
    )
    return token, expires_at


def usable_link(
    session: Session,
    token: str,
    purposes: Collection[LinkPurpose],
    now: datetime,
    *,
    for_update: bool = False,
) -> LinkRow | None:
    """Return the secret link of a token; None if it expired or has another purpose.

    A capacity link can be used many times, other links once.
    """
    link = session.get(LinkRow, token_hash(token), with_for_update=for_update)
    if link is None or link.purpose not in purposes or link.expires_at <= now:
        return None
    is_used = link.used_at is not None and link.purpose != LinkPurpose.CAPACITY
    return None if is_used else link


def links_deleted(purposes: Collection[LinkPurpose], subject_id: str) -> Delete:
    """Return the SQL statement that deletes the secret links of a subject.

    Callers may narrow it.
    """
    return delete(LinkRow).where(LinkRow.purpose.in_(purposes), LinkRow.subject_id == subject_id)


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A new link to set a staff account's password; ``token`` is not stored.

    Attributes:
        expires_at: UTC instant.
    """

    token: str
    account: Account
    purpose: LinkPurpose
    expires_at: datetime


def make_link(
    instance: Instance,
    session: Session,
    row: AccountRow,
    purpose: LinkPurpose,
    *,
    keep_earlier: bool = False,
) -> OneTimeLink:
    """Create a link to set a staff account's password, in the caller's transaction.

    Earlier links of the account end.

    Args:
        keep_earlier: whether earlier links that have not expired continue to work.
    """
    deletion = links_deleted(ACCOUNT_PURPOSES, row.id)
    if keep_earlier:
        deletion = deletion.where(LinkRow.expires_at <= instance.now())
    session.execute(deletion)
    token, expires_at = add_link(session, purpose, instance.now(), subject_id=row.id)
    return OneTimeLink(token, account_from(row), purpose, expires_at)


def read_link(instance: Instance, token: str) -> Account:
    """Return the staff account whose password a link sets.

    Reading does not use it up: mail programs open links too.

    Raises:
        AccountRefusedError: the link was used, has expired or is unknown.
    """
    with instance.store.read() as session:
        return account_from(_account_of_link(instance, session, token, for_update=False))


def take_link(instance: Instance, token: str, password: str) -> Account:
    """Set the password of the account of a link.

    The link is used up, and the account's sessions end.

    Raises:
        AccountRefusedError: the link is invalid, or the password is not allowed.
    """
    check_new_password(instance, password, read_link(instance, token).email)
    hashed = hash_password(password)
    with instance.store.write() as session:
        row = _account_of_link(instance, session, token, for_update=True)
        session.execute(links_deleted(ACCOUNT_PURPOSES, row.id))
        row.password_hash = hashed
        row.session_stamp += 1
        clear_tries(session, account_key(instance, row.email_key))
        account = account_from(row)
        record_audit(session, account.actor, "password-set", "account", row.id)
        return account


def make_reset_link(
    instance: Instance, actor: Actor, account_id: str, *, keep_earlier: bool = False
) -> OneTimeLink:
    """Create a password reset link, or an invitation if the account has no password yet.

    Args:
        keep_earlier: whether earlier links continue to work. They must if a stranger may have
            requested this one, since that must not end the link of an admin.

    Raises:
        AccountRefusedError: there is no such account, or it is disabled.
    """
    with instance.store.write() as session:
        row = session.get(AccountRow, account_id)
        if row is None:
            raise AccountRefusedError(Refusal.NOT_FOUND)
        if row.disabled_at:
            raise AccountRefusedError(Refusal.DISABLED)
        purpose = LinkPurpose.RESET if row.password_hash else LinkPurpose.INVITE
        record_audit(session, actor, f"{purpose.value}-link-made", "account", row.id)
        return make_link(instance, session, row, purpose, keep_earlier=keep_earlier)


def _account_of_link(
    instance: Instance, session: Session, token: str, *, for_update: bool
) -> AccountRow:
    link = usable_link(session, token, ACCOUNT_PURPOSES, instance.now(), for_update=for_update)
    if link is None:
        raise AccountRefusedError(Refusal.LINK_GONE)
    row = session.get_one(AccountRow, link.subject_id, with_for_update=for_update)
    if row.disabled_at:
        raise AccountRefusedError(Refusal.LINK_GONE)
    return row
