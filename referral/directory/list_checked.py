"""When the list as a whole was last checked."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.directory import Directory
from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services


def list_checked_on(directory: Directory) -> date | None:
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
