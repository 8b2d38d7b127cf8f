"""Services with current capacity, cached until a listing changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.current_capacity import CAPACITY_LASTS, current_capacities, has_room
from referral.records.hsds import ServiceCapacity
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.change_log import LogPoint
from referral.store.conversion import field_columns, record_of_kind
from referral.store.listings import ChildReader, read_sites
from referral.store.rows import ServiceCapacityRow, ServiceRow
from referral.store.visibility import shown, shown_services

_PUBLIC = Audience.PUBLIC
_IN_A_QUERY = 500


def services_with_room(instance: Instance, session: Session, point: LogPoint) -> frozenset[str]:
    """Return the ids of services with room by a public capacity that has not expired.

    Args:
        point: result of the listing cache's ``catch_up`` for this session.
    """
    now, zone = instance.now(), instance.settings.timezone
    since = (now - CAPACITY_LASTS - timedelta(days=1)).date().isoformat()  # in every time zone
    load = partial(_read_capacities, since=since)
    by_service = instance.listings.count("capacities", load, session, point)
    return frozenset(
        service_id
        for service_id, capacities in by_service.items()
        if has_room(current_capacities(capacities, now, zone))
    )


def _read_capacities(session: Session, since: str) -> Mapping[str, Sequence[ServiceCapacity]]:
    """Return the public capacities that were updated since an ISO day, by service id.

    Services with a withheld location are left out, as their listings show no capacity.
    """
    by_service = defaultdict(list)
    statement = (
        select(*field_columns(ServiceCapacityRow.__tablename__))
        .join(ServiceRow, ServiceRow.id == ServiceCapacityRow.service_id)
        .where(ServiceCapacityRow.available.is_not(None), ServiceCapacityRow.updated >= since)
        .where(shown(ServiceCapacityRow, _PUBLIC), shown_services(_PUBLIC))
        .order_by(ServiceCapacityRow.origin_line, ServiceCapacityRow.id)
    )
    for row in session.execute(statement):
        record = record_of_kind(ServiceCapacityRow.__tablename__, row)
        if isinstance(record, ServiceCapacity):
            by_service[record.service_id].append(record)
    reader = ChildReader.of(session, _PUBLIC)
    for ids in in_batches(list(by_service), _IN_A_QUERY):
        for service_id in read_sites(reader, ids).withheld:
            by_service.pop(service_id, None)
    return by_service
