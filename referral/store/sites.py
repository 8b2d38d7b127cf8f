"""Reads places. Where any street address of a place is withheld, the whole place is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.records.directory import Address, Location
from referral.records.listing import ListingSite
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.base import RecordRow
from referral.store.children import ChildReader
from referral.store.conversion import record_from
from referral.store.rows import (
    AccessibilityRow,
    AddressRow,
    LanguageRow,
    LocationRow,
    PhoneRow,
    ScheduleRow,
    ServiceAreaRow,
    ServiceAtLocationRow,
)


@dataclass(frozen=True, slots=True)
class Sites:
    """Places by service id, and the services that also have a place which is not shown."""

    by_service: Mapping[str, tuple[ListingSite, ...]]
    withheld: frozenset[str]


def read_sites(reader: ChildReader, service_ids: Sequence[str]) -> Sites:
    """The places of these services."""
    link = ServiceAtLocationRow
    links = reader.session.execute(
        select(link, LocationRow)
        .join(LocationRow, link.location_id == LocationRow.id)
        .where(link.service_id.in_(service_ids), link.retired_at.is_(None))
        .where(LocationRow.retired_at.is_(None))
        .order_by(link.origin_line, link.id)
    ).all()
    places = _places(reader, {place.id: place for _, place in links}.values())
    link_ids = [at.id for at, _ in links]
    phones = reader.by(PhoneRow, "service_at_location_id", link_ids)
    schedules = reader.by(ScheduleRow, "service_at_location_id", link_ids)
    areas = reader.by(ServiceAreaRow, "service_at_location_id", link_ids)
    sites: dict[str, dict[str, ListingSite]] = defaultdict(dict)
    withheld: set[str] = set()
    for at, place in links:
        if not _may_see(reader, at) or place.id not in places:
            withheld.add(at.service_id or "")
            continue
        site = places[place.id]
        sites[at.service_id or ""][place.id] = replace(
            site,
            phones=phones.get(at.id, ()) + site.phones,
            schedules=schedules.get(at.id, ()) or site.schedules,
            areas=areas.get(at.id, ()),
        )
    by_service = {service_id: tuple(found.values()) for service_id, found in sites.items()}
    return Sites(by_service, frozenset(withheld))


def read_organization_sites(
    session: Session, organization_id: str, audience: Audience
) -> tuple[ListingSite, ...]:
    """The places that belong to an organization."""
    places = session.scalars(
        select(LocationRow)
        .where(LocationRow.organization_id == organization_id, LocationRow.retired_at.is_(None))
        .order_by(LocationRow.origin_line, LocationRow.id)
    )
    return tuple(_places(ChildReader(session, audience), places).values())


def _places(reader: ChildReader, rows: Iterable[LocationRow]) -> dict[str, ListingSite]:
    places = {row.id: row for row in rows if _may_see(reader, row)}
    addresses, hidden = _addresses(reader, places)
    ids = [place_id for place_id in places if place_id not in hidden]
    phones = reader.by(PhoneRow, "location_id", ids)
    schedules = reader.by(ScheduleRow, "location_id", ids)
    languages = reader.by(LanguageRow, "location_id", ids)
    accessibility = reader.by(AccessibilityRow, "location_id", ids)
    return {
        place_id: ListingSite(
            location=record_from(places[place_id], Location),
            address=addresses.get(place_id),
            phones=phones.get(place_id, ()),
            schedules=tuple(
                schedule for schedule in schedules.get(place_id, ()) if not schedule.service_id
            ),
            languages=languages.get(place_id, ()),
            accessibility=accessibility.get(place_id, ()),
        )
        for place_id in ids
    }


def _addresses(
    reader: ChildReader, places: Mapping[str, LocationRow]
) -> tuple[dict[str, Address], set[str]]:
    """One street address per place, and the places with one that the audience may not see."""
    rows = reader.session.scalars(
        select(AddressRow)
        .where(AddressRow.location_id.in_(list(places)), AddressRow.retired_at.is_(None))
        .where(or_(AddressRow.address_type != "postal", AddressRow.visibility != "public"))
        .order_by(AddressRow.origin_line, AddressRow.id)
    )
    addresses: dict[str, Address] = {}
    hidden: set[str] = set()
    for row in rows:
        if not _may_see(reader, row):
            hidden.add(row.location_id or "")
        elif row.location_id and row.address_type != "postal":
            addresses.setdefault(row.location_id, record_from(row, Address))
    return addresses, hidden


def _may_see(reader: ChildReader, row: RecordRow) -> bool:
    return may_see(reader.audience, Visibility(row.visibility))
