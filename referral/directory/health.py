"""Numbers of this node: services, changes that wait, the daily job, listings checked lately."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.directory.view_models import CheckedCount
from referral.errors import IndexUnavailableError
from referral.records.edits import MadeBy
from referral.records.listing import NATIONAL_SOURCE
from referral.records.visibility import Audience
from referral.store.change_log import store_state
from referral.store.checkpoints import set_checkpoint
from referral.store.rows import ServiceRow
from referral.store.rows_log import CheckpointRow, DailyJobRow, RecordEditRow
from referral.store.visibility import shown_services

TIDY_JOB = "tidy"  # its row in the table of daily jobs
_UNNAMED_PROXY = "unnamed proxy"  # its row in the table of checkpoints
_MANY_CHANGES = 500  # more than staff make while the index rests
CHECKED_WITHIN = timedelta(days=183)  # six months


def count_services(directory: Directory) -> int:
    """How many services the public sees."""
    with directory.store.read() as session:
        return directory.listings.count(
            "services", _count_services, session, store_state(session).point
        )


def index_lag(directory: Directory) -> int:
    """How many changes are not yet searchable; none where that is not known."""
    try:
        return directory.index.status().lag
    except (SQLAlchemyError, IndexUnavailableError):
        return 0


def is_index_behind(directory: Directory) -> bool:
    """Whether the changes of a list or more are not searchable yet."""
    return index_lag(directory) > _MANY_CHANGES


def _count_services(session: Session) -> int:
    shown = shown_services(Audience.PUBLIC)
    return session.scalar(select(func.count()).where(shown).select_from(ServiceRow)) or 0


def read_last_tidy_date(directory: Directory) -> date | None:
    """The day on which the job was last done; None for never."""
    with directory.store.read() as session:
        return session.get_one(DailyJobRow, TIDY_JOB).done_on


def write_unnamed_proxy(directory: Directory) -> None:
    """Record that requests came through a proxy that the settings do not name, if any did."""
    if directory.unnamed_proxy.is_set():
        directory.unnamed_proxy.clear()
        with directory.store.write() as session:
            set_checkpoint(session, _UNNAMED_PROXY, 0, directory.now())


def has_unnamed_proxy(directory: Directory) -> bool:
    """Return whether such a proxy was seen in the last day, on any node."""
    since = directory.now() - timedelta(days=1)
    with directory.store.read() as session:
        mark = session.get(CheckpointRow, _UNNAMED_PROXY)
        return mark is not None and mark.done_at >= since


def count_checked(directory: Directory) -> CheckedCount | None:
    """How many public listings somebody here has checked lately, the seeded help lines apart.

    Only days that staff gave by hand count: not those of an import, nor the answer of a provider.
    None when the database does not answer: the footer stands on error pages.
    """
    row, edit = ServiceRow, RecordEditRow
    since = directory.now() - CHECKED_WITHIN
    listed = shown_services(Audience.PUBLIC), row.source != NATIONAL_SOURCE
    by_hand = select(edit.record_id).where(
        edit.kind == "service",
        edit.made_by == MadeBy.HAND.value,
        edit.account_id != "",
        edit.happened_at >= since,
        cast(edit.fields, String).contains('"assured_date"'),
    )
    checked = row.assured_date.between(since.date(), directory.now().date()), row.id.in_(by_hand)
    count = select(func.count()).select_from(row).where(*listed)
    try:
        with directory.store.read() as session:
            return CheckedCount(
                checked=session.scalar(count.where(*checked)) or 0,
                listings=session.scalar(count) or 0,
            )
    except SQLAlchemyError:
        return None
