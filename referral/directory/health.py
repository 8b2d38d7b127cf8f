"""Health of this node (database, index, daily job) and how much of the list was checked."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.directory.view_models import CheckedCount, Health
from referral.errors import IndexUnavailableError
from referral.records.edits import MadeBy
from referral.records.listing import NATIONAL_SOURCE
from referral.records.visibility import Audience
from referral.store.change_log import store_state
from referral.store.rows import ServiceRow
from referral.store.rows_log import DailyJobRow, RecordEditRow
from referral.store.visibility import shown_services

TIDY_JOB = "tidy"  # its row in the table of daily jobs
_MANY_CHANGES = 500  # more than staff make while the index rests
CHECKED_WITHIN = timedelta(days=183)  # six months


def check_health(directory: Directory) -> Health:
    """Ask database, index and disk; never raises for what they answer."""
    health = Health(checked_at=directory.now(), disk_free=_disk_free(directory))
    if directory.store.availability.is_damaged:
        return health
    try:
        if not directory.store.is_usable():
            return replace(health, database=True)
        with directory.store.read() as session:
            services = directory.listings.count(
                "services", _count_services, session, store_state(session).point
            )
        status = directory.index.status()
        directory.index.warm_up()
    except (SQLAlchemyError, IndexUnavailableError):
        return health
    return replace(
        health,
        database=True,
        schema=True,
        index=status.available,
        index_lag=status.lag,
        services=services,
    )


def is_index_behind(directory: Directory) -> bool:
    """Whether the changes of a list or more are not searchable yet; no where that is not known."""
    try:
        return directory.index.status().lag > _MANY_CHANGES
    except (SQLAlchemyError, IndexUnavailableError):
        return False


def _count_services(session: Session) -> int:
    shown = shown_services(Audience.PUBLIC)
    return session.scalar(select(func.count()).where(shown).select_from(ServiceRow)) or 0


def _disk_free(directory: Directory) -> int:
    try:
        return shutil.disk_usage(directory.settings.instance_path).free
    except OSError:
        return 0


def read_last_tidy_date(directory: Directory) -> date | None:
    """The day on which the job was last done; None for never."""
    with directory.store.read() as session:
        return session.get_one(DailyJobRow, TIDY_JOB).done_on


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
