"""Health of this node (database, index, daily job) and when the list was last checked."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory
from referral.directory.view_models import Health
from referral.errors import IndexUnavailableError
from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from referral.store.rows_log import DailyJobRow
from referral.store.visibility import shown_services

TIDY_JOB = "tidy"  # its row in the table of daily jobs


def check_health(directory: Directory) -> Health:
    """Ask the database and the index; never raises for what they answer."""
    try:
        with directory.store.read() as session:
            services = session.scalar(
                select(func.count()).where(shown_services(Audience.PUBLIC)).select_from(ServiceRow)
            )
        status = directory.index.status()
    except (SQLAlchemyError, IndexUnavailableError):
        return Health(
            database=False, index=False, index_lag=0, services=0, checked_at=directory.now()
        )
    return Health(
        database=True,
        index=status.available,
        index_lag=status.lag,
        services=services or 0,
        checked_at=directory.now(),
    )


def read_last_tidy_date(directory: Directory) -> date | None:
    """The day on which the job was last done; None for never."""
    with directory.store.read() as session:
        return session.get_one(DailyJobRow, TIDY_JOB).done_on


def last_assured_date(directory: Directory) -> date | None:
    """The last day on which somebody checked a public listing.

    None when nobody did, or when the database does not answer: the footer stands on error pages.
    """
    row = ServiceRow
    try:
        with directory.store.read() as session:
            return session.scalar(
                select(func.max(row.assured_date)).where(
                    shown_services(Audience.PUBLIC), row.assured_date <= directory.now().date()
                )
            )
    except SQLAlchemyError:
        return None
