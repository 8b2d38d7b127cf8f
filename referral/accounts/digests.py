"""Digests by mail of waiting work: how often staff get them, and which are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from referral.accounts.rows import AccountRow, StaffDigestRow, account_from
from referral.directory.instance import Instance, local_today
from referral.records.accounts import Account

_WEEK = timedelta(days=7)


class DigestPace(StrEnum):
    """How often a user gets the mailed digest of waiting work."""

    NEVER = ""
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest of waiting work to mail today, with its language."""

    account: Account
    language: str


def read_digest_pace(instance: Instance, account: Account) -> DigestPace:
    """Return how often an account gets the digest of waiting work by mail; never by default."""
    with instance.store.read() as session:
        row = session.get(StaffDigestRow, account.id)
        return DigestPace(row.pace) if row else DigestPace.NEVER


def set_digest_pace(instance: Instance, account: Account, pace: DigestPace, language: str) -> None:
    """Store how often an account gets the mailed digest of waiting work, and its language.

    The day of the last digest is kept, so that no second one is sent on it.
    """
    with instance.store.write() as session:
        row = session.get(StaffDigestRow, account.id)
        if row is None:
            row = StaffDigestRow(account_id=account.id)
            session.add(row)
        row.pace, row.language = pace.value, language


def take_due_digests(instance: Instance) -> tuple[DueDigest, ...]:
    """Return the digests of waiting work to mail today, and mark them as sent.

    One whose mail fails is not repeated.
    """
    today = local_today(instance)
    with instance.store.write() as session:
        session.execute(
            delete(StaffDigestRow).where(StaffDigestRow.account_id.not_in(select(AccountRow.id)))
        )
        claimed = session.execute(
            update(StaffDigestRow)
            .where(_is_due(today))
            .values(sent_on=today)
            .returning(StaffDigestRow.account_id, StaffDigestRow.language)
        ).all()
        languages = {account_id: language for account_id, language in claimed}  # noqa: C416  # rows
        accounts = session.scalars(
            select(AccountRow)
            .where(AccountRow.id.in_(languages), AccountRow.disabled_at.is_(None))
            .order_by(AccountRow.id)
        )
        return tuple(
            DueDigest(account_from(account), languages[account.id]) for account in accounts
        )


def _is_due(today: date) -> ColumnElement[bool]:
    return or_(
        and_(
            StaffDigestRow.pace == DigestPace.DAILY.value,
            or_(StaffDigestRow.sent_on.is_(None), StaffDigestRow.sent_on < today),
        ),
        and_(
            StaffDigestRow.pace == DigestPace.WEEKLY.value,
            or_(StaffDigestRow.sent_on.is_(None), StaffDigestRow.sent_on <= today - _WEEK),
        ),
    )
