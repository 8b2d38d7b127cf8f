"""When services last changed for the public: as the publication ledger knows it.

Of what the ledger does not have yet, the times of the rows say it: of the service, of what is told
inside of it, and at its places. What everybody may see counts, and what everybody could see before
its list dropped it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.open_data.ledger.entries import modified_at_of
from referral.open_data.public_records import PublicRecords
from referral.records.kinds import KINDS
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.conversion import ROWS
from referral.store.rows import ServiceAtLocationRow, ServiceRow

_IDS_AT_A_TIME = 500
_Owners = Mapping[str, Mapping[str, set[str]]]


def last_modified(session: Session, services: Collection[str]) -> dict[str, datetime]:
    """When each of these public services last changed."""
    known = modified_at_of(session, "service")
    found = {each: known[each] for each in services if each in known}
    missing = sorted(each for each in services if each not in known)
    return found | times_of_records(session, missing)


def times_of_records(session: Session, services: Iterable[str]) -> dict[str, datetime]:
    """The same for each by the times of its rows, whatever the ledger knows."""
    found: dict[str, datetime] = {}
    for some in in_batches(services, _IDS_AT_A_TIME):
        owners = _owners(session, some)
        for kind in KINDS:
            for name, services_of in owners.items():
                for owner, at in _updates(session, kind, name, services_of):
                    for service in services_of[owner]:
                        found[service] = max(at, found.get(service, at))
        row = ServiceRow
        days = select(row.id, row.listed_from).where(row.listed_from.is_not(None))
        for service, day in session.execute(days.where(row.id.in_(some))):
            if service in found and day:  # it appeared by itself
                found[service] = max(datetime.combine(day, time(), UTC), found[service])
    return found


def _owners(session: Session, services: Collection[str]) -> _Owners:
    """Column → id of whose rows count → the services that they count for."""
    link = ServiceAtLocationRow
    links = session.execute(
        select(link.id, link.service_id, link.location_id).where(link.service_id.in_(services))
    ).all()
    shown = PublicRecords(session).leaving("service_at_location", [each.id for each in links])
    owners: dict[str, dict[str, set[str]]] = {
        "service_id": {each: {each} for each in services},
        "service_at_location_id": defaultdict(set),
        "location_id": defaultdict(set),
    }
    for each in links:
        if each.id in shown and each.service_id:
            owners["service_at_location_id"][each.id].add(each.service_id)
            owners["location_id"][each.location_id or ""].add(each.service_id)
    return owners


def _updates(
    session: Session, kind: str, owner: str, ids: Collection[str]
) -> Iterable[tuple[str, datetime]]:
    """Owners and times of the rows of a kind that are or were public; none without that field."""
    columns = ROWS[kind].__table__.c
    name = "id" if owner == f"{kind}_id" else owner
    if name not in columns or kind == "service_heading":
        return
    for some in in_batches(ids, _IDS_AT_A_TIME):
        statement = select(columns[name], func.max(columns.updated_at)).where(
            columns.visibility == Visibility.PUBLIC.value, columns[name].in_(some)
        )
        for row in session.execute(statement.group_by(columns[name])):
            yield row[0], row[1]
