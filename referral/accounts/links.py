"""Links that are handed to somebody, of all purposes; only a hash of each token is kept.

A token opens nothing but what its purpose says: whoever reads a link names the purposes that count.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Delete, delete
from sqlalchemy.orm import Session

from referral.accounts.rows import LinkRow

_DAY = timedelta(days=1)


class LinkPurpose(StrEnum):
    """What a link is for, and in its comment whether it works once."""

    INVITE = "invite"  # once
    RESET = "reset"  # once
    PROVIDER = "provider"  # once: an organization looks its listing over
    CAPACITY = "capacity"  # many times: a provider says how much of one unit is free
    MARK = "mark"  # once: makes the browser that opens it a terminal
    UNMARK = "unmark"  # once


OF_ACCOUNTS = frozenset({LinkPurpose.INVITE, LinkPurpose.RESET})
OF_TERMINALS = frozenset({LinkPurpose.MARK, LinkPurpose.UNMARK})
LIFETIMES = {
    LinkPurpose.INVITE: 7 * _DAY,
    LinkPurpose.RESET: _DAY,
    LinkPurpose.PROVIDER: 30 * _DAY,
    LinkPurpose.CAPACITY: 365 * _DAY,
    LinkPurpose.MARK: _DAY,
    LinkPurpose.UNMARK: _DAY,
}


def token_hash(token: str) -> str:
    """What the database keeps of a token: it has 256 random bits, so one pass is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_link(
    session: Session, purpose: LinkPurpose, now: datetime, *, subject_id: str = "", detail: str = ""
) -> tuple[str, datetime]:
    """Add a link; gives its token, which is kept nowhere, and the instant when it ends."""
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
    """The link of this token; None where it has another purpose, has ended, or never was one.

    A link of capacity works until its day; the others until they are used.
    """
    link = session.get(LinkRow, token_hash(token), with_for_update=for_update or None)
    if link is None or link.purpose not in purposes or link.expires_at <= now:
        return None
    is_used = link.used_at is not None and link.purpose != LinkPurpose.CAPACITY
    return None if is_used else link


def links_deleted(purposes: Collection[LinkPurpose], subject_id: str) -> Delete:
    """The statement that deletes the links of a subject; the caller may narrow it."""
    return delete(LinkRow).where(LinkRow.purpose.in_(purposes), LinkRow.subject_id == subject_id)
