"""What was said lately of the room of public services, for the filter of searches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.directory import ServiceCapacity
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.conversion import field_columns, record_of_kind
from referral.store.listings import ChildReader, read_sites
from referral.store.rows import ServiceCapacityRow, ServiceRow
from referral.store.visibility import shown, shown_services

_PUBLIC = Audience.PUBLIC
_IN_A_QUERY = 500


def read_said_capacities(session: Session, since: str) -> Mapping[str, Sequence[ServiceCapacity]]:
    """Service id → its capacities that were updated since an ISO day, as everybody may see them.

    Nothing is told of a service with a place that is withheld, as in its listing.
    """
    row, found = ServiceCapacityRow, defaultdict(list)
    statement = (
        select(*field_columns(row.__tablename__))
        .join(ServiceRow, ServiceRow.id == row.service_id)
        .where(row.available.is_not(None), row.updated >= since)
        .where(shown(row, _PUBLIC), shown_services(_PUBLIC))
        .order_by(row.origin_line, row.id)
    )
    for each in session.execute(statement):
        record = record_of_kind(row.__tablename__, each)
        if isinstance(record, ServiceCapacity):
            found[record.service_id].append(record)
    reader = ChildReader(session, _PUBLIC)
    for ids in in_batches(list(found), _IN_A_QUERY):
        for service_id in read_sites(reader, ids).withheld:
            found.pop(service_id, None)
    return found
