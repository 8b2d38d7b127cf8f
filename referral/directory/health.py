"""Health of a node in numbers: services, index lag, the daily job, recently checked listings."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
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

TIDY_JOB = "tidy"  # key in the table of daily jobs
_UNNAMED_PROXY = "unnamed proxy"  # key in the table of checkpoints
_MANY_CHANGES = 500  # more than staff make between two updates of the index
CHECKED_WITHIN = timedelta(days=183)  # six months


def count_services(instance: Instance) -> int:
    """Return the number of services that the public sees."""
    with instance.store.read() as session:
        return instance.listings.count(
            "services", _count_services, session, store_state(session).point
        )


def index_lag(instance: Instance) -> int:
    """Return the number of changes that are not searchable yet, 0 if it is unknown."""
    try:
        return instance.index.status().lag
    except (SQLAlchemyError, IndexUnavailableError):
        return 0


def is_index_behind(instance: Instance) -> bool:
    """Return whether more changes wait for the index than staff make between two updates."""
    return index_lag(instance) > _MANY_CHANGES


def _count_services(session: Session) -> int:
    shown = shown_services(Audience.PUBLIC)
    return session.scalar(select(func.count()).where(shown).select_from(ServiceRow)) or 0


def read_last_tidy_date(instance: Instance) -> date | None:
    """Return the day on which the daily tidy job was last completed; None for never."""
    with instance.store.read() as session:
        return session.get_one(DailyJobRow, TIDY_JOB).done_on


def write_unnamed_proxy(instance: Instance) -> None:
    """Store the time if requests came through a proxy that the settings do not name."""
    if instance.unnamed_proxy.is_set():
        instance.unnamed_proxy.clear()
        with instance.store.write() as session:
            set_checkpoint(session, _UNNAMED_PROXY, 0, instance.now())


def has_unnamed_proxy(instance: Instance) -> bool:
    """Return whether any node saw a proxy in the last day that the settings do not name."""
    since = instance.now() - timedelta(days=1)
    with instance.store.read() as session:
        mark = session.get(CheckpointRow, _UNNAMED_PROXY)
        return mark is not None and mark.done_at >= since


def count_checked(instance: Instance) -> CheckedCount | None:
    """Return how many public listings staff have checked recently, without the national ones.

    Only dates of a check that staff set by hand count, not those of imports or providers. It is
    None when the database does not answer, since the footer shows it on error pages too.
    """
    since = instance.now() - CHECKED_WITHIN
    listed = shown_services(Audience.PUBLIC), ServiceRow.source != NATIONAL_SOURCE
    by_hand = select(RecordEditRow.record_id).where(
        RecordEditRow.kind == "service",
        RecordEditRow.made_by == MadeBy.HAND.value,
        RecordEditRow.account_id != "",
        RecordEditRow.happened_at >= since,
        cast(RecordEditRow.fields, String).contains('"assured_date"'),
    )
    checked = (
        ServiceRow.assured_date.between(since.date(), instance.now().date()),
        ServiceRow.id.in_(by_hand),
    )
    count = select(func.count()).select_from(ServiceRow).where(*listed)
    try:
        with instance.store.read() as session:
            return CheckedCount(
                checked=session.scalar(count.where(*checked)) or 0,
                listings=session.scalar(count) or 0,
            )
    except SQLAlchemyError:
        return None
