"""Search for stored records that resemble a record which a curator is about to add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.duplicates.blocking import block_records, candidate_pairs
from referral.duplicates.compared_records import (
    digits_of,
    mails_of,
    names_of,
    place_name,
    read_compared_records,
    sites_of,
)
from referral.duplicates.compared_values import ComparedRecord, Rarity
from referral.duplicates.match_keys import address_keys, own_part, page_key, room_key, text_key
from referral.duplicates.matching import MatchBand, compare
from referral.fields.places.lookup import zip5
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Record,
    Service,
    ServiceAtLocation,
)
from referral.store.rows import AddressRow, OrganizationRow

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyThere:
    """A stored record that resembles the one that a curator is adding.

    ``of`` is the name of its organization.
    """

    kind: str
    id: str
    name: str
    of: str = ""


def find_already_there(
    instance: Instance, kind: str, record: Record, children: Sequence[Record]
) -> tuple[AlreadyThere, ...]:
    """Return up to ``MOST_SHOWN`` stored records that resemble a new record, likeliest first.

    Args:
        children: the phones, addresses and location links that are added with the record.
    """
    with instance.store.read() as session:
        stored = read_compared_records(session, kind)
        new = _new_compared_record(session, record, children, stored)
    everything = [*stored, new]
    rarity, by_id = Rarity.of(everything), {compared.id: compared for compared in stored}
    similar = []
    for one, other in candidate_pairs(block_records(everything), frozenset((new.id,))):
        match = compare(one, other, rarity)
        if match.band is not MatchBand.UNLIKELY:
            similar.append((match.score, by_id[one.id if other.id == new.id else other.id]))
    similar.sort(key=lambda scored: (-scored[0], scored[1].names[0].casefold()))
    return tuple(
        AlreadyThere(kind=kind, id=found.id, name=found.names[0], of=found.organization_name)
        for _, found in similar[:MOST_SHOWN]
    )


def _new_compared_record(
    session: Session,
    record: Any,
    children: Sequence[Record],
    stored: Iterable[ComparedRecord],
) -> ComparedRecord:
    """Convert a record that a curator is adding to the form in which duplicates are compared.

    Its source list is empty, so that no stored record counts as one of the same list.
    """
    values: dict[str, Any] = {
        "id": record.id,
        "source": "",
        "phones": frozenset(each.tel for each in children if isinstance(each, Phone) and each.tel),
        **_address_values(_addresses(session, children)),
    }
    if isinstance(record, Organization):
        return ComparedRecord(
            names=names_of(record.name, record.alternate_name),
            sites=sites_of(record.website, record.email),
            mails=mails_of(record.email),
            identifiers=digits_of(record.tax_id),
            text=text_key(record.description),
            **values,
        )
    owner = session.get(OrganizationRow, record.organization_id or "")
    organization, website = (owner.name, owner.website) if owner else ("", "")
    siblings = sum(each.organization_id == record.organization_id for each in stored)
    values |= {
        "is_part": True,
        "organization_id": record.organization_id or "",
        "organization_name": organization,
        "siblings": 1 + siblings,
    }
    if isinstance(record, Location):
        name = place_name(record.name, organization)
        names = names_of(name, record.alternate_name)
        return ComparedRecord(names=names, is_place=True, **values)
    return ComparedRecord(**values, **_service_values(record, organization, website))


def _service_values(service: Service, organization: str, website: str) -> dict[str, Any]:
    return {
        "names": names_of(own_part(service.name, organization), service.alternate_name),
        "sites": sites_of(service.url, service.email, website),
        "mails": mails_of(service.email),
        "pages": frozenset(key for key in (page_key(service.url),) if key),
        "text": text_key(service.description),
    }


def _addresses(session: Session, children: Sequence[Record]) -> Iterator[Any]:
    """Yield the street addresses of a new record: those typed, and those of chosen locations."""
    yield from (each for each in children if isinstance(each, Address))
    chosen = [each.location_id for each in children if isinstance(each, ServiceAtLocation)]
    if chosen:
        yield from session.scalars(
            select(AddressRow).where(
                AddressRow.location_id.in_(chosen), AddressRow.retired_at.is_(None)
            )
        )


def _address_values(addresses: Iterable[Any]) -> dict[str, Any]:
    places: set[str] = set()
    rooms: set[str] = set()
    zips: set[str] = set()
    for each in addresses:
        keys = address_keys(each.address_1, each.city, each.postal_code)
        room = room_key(each.address_1, each.address_2)
        places |= keys
        rooms |= {f"{key}#{room}" for key in keys if room}
        zips |= {code for code in (zip5(each.postal_code),) if code}
    return {"places": frozenset(places), "rooms": frozenset(rooms), "zips": frozenset(zips)}
