"""The listing day: the date by which listings appear and end, stored in the database.

The visibility rule compares ``Service.listed_from`` and ``listed_until`` with it. When the day
changes, the services that appear or end are logged as changed in the same transaction, so that the
index and caches follow.

Comparing with the clock at each read would give every cache and the index an expiry, and two nodes
whose clocks differ would show different listings. A nightly job that hides services would write to
each of them, and the next import would overwrite it.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, or_, select, update

from referral.store.change_log import log_changes, log_neighbors
from referral.store.database import Store
from referral.store.rows import ServiceRow
from referral.store.rows_log import StoreStateRow

_LISTING_DAY = select(StoreStateRow.listing_day).where(StoreStateRow.id == 1)


def move_to_day(store: Store, today: date) -> int:
    """Set the day by which listings appear and end; return how many services did by this change."""
    with store.read() as session:
        if session.scalar(_LISTING_DAY) == today:
            return 0
    with store.write() as session:
        before = session.scalar(_LISTING_DAY.with_for_update())
        if before == today:
            return 0
        first, last = sorted((before or date.min, today))
        crossing = or_(
            and_(ServiceRow.listed_from > first, ServiceRow.listed_from <= last),
            and_(ServiceRow.listed_until >= first, ServiceRow.listed_until < last),
        )
        ids = session.scalars(select(ServiceRow.id).where(crossing)).all()
        crossed = {("service", service_id) for service_id in ids}
        log_changes(session, crossed)
        log_neighbors(session, crossed)
        session.execute(
            update(StoreStateRow).where(StoreStateRow.id == 1).values(listing_day=today)
        )
        return len(ids)
