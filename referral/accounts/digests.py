"""Who of staff wants a summary by mail of what waits, and when the last one went."""

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
    """How often somebody wants it."""

    NEVER = ""
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A summary that is to be sent today, and in which language."""

    account: Account
    language: str


def read_digest_pace(instance: Instance, account: Account) -> DigestPace:
    """Read how often an account wants the digest by mail; never by default."""
    with instance.store.read() as session:
        row = session.get(StaffDigestRow, account.id)
        return DigestPace(row.pace) if row else DigestPace.NEVER


def set_digest_pace(instance: Instance, account: Account, pace: DigestPace, language: str) -> None:
    """Send it so often from now on, in the language of the page where it was chosen.

    The day of the last one stays, so that no second one goes out on it.
    """
    with instance.store.write() as session:
        row = session.get(StaffDigestRow, account.id)
        if row is None:
            row = StaffDigestRow(account_id=account.id)
            session.add(row)
        row.pace, row.language = pace.value, language


def take_due_digests(instance: Instance) -> tuple[DueDigest, ...]:
    """Return the digests due today, marked as sent: one that fails is not repeated."""
    today = local_today(instance)
    row = StaffDigestRow
    with instance.store.write() as session:
        session.execute(delete(row).where(row.account_id.not_in(select(AccountRow.id))))
        found = session.execute(
            update(row)
            .where(_is_due(today))
            .values(sent_on=today)
            .returning(row.account_id, row.language)
        ).all()
        languages = {account_id: language for account_id, language in found}  # noqa: C416  # rows
        accounts = session.scalars(
            select(AccountRow)
            .where(AccountRow.id.in_(languages), AccountRow.disabled_at.is_(None))
            .order_by(AccountRow.id)
        )
        return tuple(DueDigest(account_from(each), languages[each.id]) for each in accounts)


def _is_due(today: date) -> ColumnElement[bool]:
    row = StaffDigestRow
    return or_(
        and_(
            row.pace == DigestPace.DAILY.value,
            or_(row.sent_on.is_(None), row.sent_on < today),
        ),
        and_(
            row.pace == DigestPace.WEEKLY.value,
            or_(row.sent_on.is_(None), row.sent_on <= today - _WEEK),
        ),
    )
