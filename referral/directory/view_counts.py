"""Page views of services per month, gathered in memory and written in the background.

Only service, month and number are stored: no day, search, address or order.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.gathered_counts import GatheredCounts
from referral.store.database import Store
from referral.store.rows_log import ViewCountRow

MONTHS_COUNTED = 3
_MONTHS_KEPT = 13


class ViewCounts:
    """The page views of a process that are not written yet."""

    def __init__(self) -> None:
        self._gathered: GatheredCounts[tuple[str, str]] = GatheredCounts()

    def note(self, service_id: str, now: datetime) -> None:
        """Count a page view of a service."""
        self._gathered.note((service_id, month_of(now.date())))

    def write(self, store: Store) -> None:
        """Write the gathered counts; keep them in memory if the database fails."""
        gathered = self._gathered.take()
        if gathered and not _write(store, gathered):
            self._gathered.put_back(gathered)


def month_of(day: date) -> str:
    """Return the month of a day, as ``2026-11``."""
    return f"{day:%Y-%m}"


def months_before(day: date, months: int) -> str:
    """Return the month a number of months before that of a day, as ``2026-11``."""
    index = day.year * 12 + day.month - 1 - months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def count_views(session: Session, today: date) -> dict[str, int]:
    """Return the page views by service id in this month and the two before."""
    rows = session.execute(
        select(ViewCountRow.service_id, func.sum(ViewCountRow.count))
        .where(ViewCountRow.month >= months_before(today, MONTHS_COUNTED - 1))
        .group_by(ViewCountRow.service_id)
    )
    return {service_id: int(number) for service_id, number in rows}


def _write(store: Store, gathered: Counter[tuple[str, str]]) -> bool:
    """Add counts to those in the database; return whether they were written."""
    oldest = _oldest_kept_month(max(month for _, month in gathered))
    for _ in range(2):  # another process may insert the same row at the same moment
        try:
            with store.write() as session:
                session.execute(delete(ViewCountRow).where(ViewCountRow.month < oldest))
                for (service_id, month), number in sorted(gathered.items()):
                    _add(session, service_id, month, number)
        except IntegrityError:
            continue
        except SQLAlchemyError:
            return False
        return True
    return False


def _add(session: Session, service_id: str, month: str, number: int) -> None:
    result = session.execute(
        update(ViewCountRow)
        .where(ViewCountRow.service_id == service_id, ViewCountRow.month == month)
        .values(count=ViewCountRow.count + number)
    )
    if not result.rowcount:  # type: ignore[attr-defined]  # an update gives it
        session.add(ViewCountRow(service_id=service_id, month=month, count=number))


def _oldest_kept_month(month: str) -> str:
    return months_before(date.fromisoformat(f"{month}-01"), _MONTHS_KEPT)
