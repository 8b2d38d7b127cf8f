"""Compared records: what of organizations, services and locations is compared, from the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.compared_values import ComparedRecord
from referral.duplicates.match_keys import (
    address_keys,
    host_key,
    own_part,
    page_key,
    room_key,
    text_key,
)
from referral.fields.places.lookup import zip5
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)

_Keys = dict[str, set[str]]
_ADDRESS = (
    AddressRow.address_1, AddressRow.address_2, AddressRow.city, AddressRow.postal_code,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Places:
    """Keys of addresses by owner."""

    places: _Keys = field(default_factory=lambda: defaultdict(set))
    rooms: _Keys = field(default_factory=lambda: defaultdict(set))
    zips: _Keys = field(default_factory=lambda: defaultdict(set))

    def of(self, owner: str) -> dict[str, Any]:
        """The address keys of one record, as its fields."""
        return {
            "places": frozenset(self.places.get(owner, ())),
            "rooms": frozenset(self.rooms.get(owner, ())),
            "zips": frozenset(self.zips.get(owner, ())),
        }


def read_compared_records(session: Session, kind: str) -> list[ComparedRecord]:
    """All records of the kind that are not retired."""
    readers = {"organization": _organizations, "service": _services, "location": _locations}
    return readers[kind](session)


def _organizations(session: Session) -> list[ComparedRecord]:
    row = OrganizationRow
    phones = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    of_services = select(ServiceRow.organization_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_id == ServiceRow.id
    )
    below = _phones(session, of_services.where(ServiceRow.retired_at.is_(None)))
    places = _places(session, select(LocationRow.organization_id, *_ADDRESS))
    found = session.execute(
        select(
            row.id, row.source, row.name, row.alternate_name, row.website, row.email, row.tax_id,
            row.description,
        ).where(row.retired_at.is_(None))
    )  # fmt: skip
    return [
        ComparedRecord(
            id=each.id,
            source=each.source,
            names=names_of(each.name, each.alternate_name),
            phones=frozenset(phones.get(each.id) or below.get(each.id) or ()),
            sites=sites_of(each.website, each.email),
            mails=mails_of(each.email),
            identifiers=digits_of(each.tax_id),
            text=text_key(each.description),
            **places.of(each.id),
        )
        for each in found
    ]


def _services(session: Session) -> list[ComparedRecord]:
    row, agency, at = ServiceRow, OrganizationRow, ServiceAtLocationRow
    phones = _phones(session, select(PhoneRow.service_id, PhoneRow.tel))
    there = select(at.service_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_at_location_id == at.id
    )
    for service_id, tels in _phones(session, there.where(at.retired_at.is_(None))).items():
        phones[service_id] |= tels
    of_agency = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    sites = select(at.service_id, *_ADDRESS).join(LocationRow, LocationRow.id == at.location_id)
    places = _places(session, sites.where(at.retired_at.is_(None)))

    def own(each: Any) -> dict[str, Any]:
        return {
            "names": names_of(own_part(each.name, each.agency or ""), each.alternate_name),
            "phones": frozenset(
                phones.get(each.id) or of_agency.get(each.organization_id or "") or ()
            ),
            "sites": sites_of(each.url, each.email, each.website or ""),
            "mails": mails_of(each.email),
            "pages": frozenset(key for key in (page_key(each.url),) if key),
            "text": text_key(each.description),
        } | places.of(each.id)

    return _parts(session, row, (row.url, row.email, row.description, agency.website), own)


def _locations(session: Session) -> list[ComparedRecord]:
    phones = _phones(session, select(PhoneRow.location_id, PhoneRow.tel))
    places = _places(session, select(LocationRow.id, *_ADDRESS))

    def own(each: Any) -> dict[str, Any]:
        return {
            "names": names_of(place_name(each.name, each.agency or ""), each.alternate_name),
            "phones": frozenset(phones.get(each.id, ())),
            "is_place": True,
        } | places.of(each.id)

    return _parts(session, LocationRow, (), own)


def _parts(
    session: Session, row: Any, columns: Iterable[Any], own: Callable[[Any], dict[str, Any]]
) -> list[ComparedRecord]:
    """Services or locations of agencies; ``own`` gives the fields that only this kind has so."""
    agency = OrganizationRow
    found = session.execute(
        select(
            row.id, row.source, row.name, row.alternate_name, row.organization_id,
            agency.name.label("agency"), *columns,
        )
        .outerjoin(agency, row.organization_id == agency.id)
        .where(row.retired_at.is_(None))
    ).all()  # fmt: skip
    siblings = Counter(each.organization_id for each in found)
    return [
        ComparedRecord(
            id=each.id,
            source=each.source,
            organization_id=each.organization_id or "",
            organization_name=each.agency or "",
            is_part=True,
            siblings=siblings[each.organization_id],
            **own(each),
        )
        for each in found
    ]


def place_name(name: str, organization: str) -> str:
    """The name of a location; that of its organization where it has none but a street address."""
    is_address = name[:1].isdecimal() and "," in name
    return organization if not name or is_address else own_part(name, organization)


def _phones(session: Session, statement: Any) -> _Keys:
    """Owner → numbers; faxes too, since nobody shares one by chance."""
    found: _Keys = defaultdict(set)
    wanted = statement.where(PhoneRow.retired_at.is_(None), PhoneRow.tel != "")
    for owner, tel in session.execute(wanted):
        if owner:
            found[owner].add(tel)
    return found


def _places(session: Session, statement: Any) -> _Places:
    found = _Places()
    wanted = statement.join(AddressRow, AddressRow.location_id == LocationRow.id).where(
        LocationRow.retired_at.is_(None), AddressRow.retired_at.is_(None)
    )
    for owner, street, second_line, city, postal_code in session.execute(wanted):
        if not owner:
            continue
        for key in address_keys(street, city, postal_code):
            found.places[owner].add(key)
            if room := room_key(street, second_line):
                found.rooms[owner].add(f"{key}#{room}")
        if code := zip5(postal_code):
            found.zips[owner].add(code)
    return found


def names_of(name: str, other_names: str) -> tuple[str, ...]:
    """A name, then what it is also called."""
    return (name, *(each.strip() for each in other_names.split(";") if each.strip()))


def sites_of(*addresses: str) -> frozenset[str]:
    """Match keys of web and e-mail addresses."""
    return frozenset(key for each in addresses if each and (key := host_key(each)))


def mails_of(*addresses: str) -> frozenset[str]:
    """Whole e-mail addresses."""
    return frozenset(each.strip().casefold() for each in addresses if "@" in each)


def digits_of(text: str) -> frozenset[str]:
    """The digits of a tax number."""
    digits = "".join(each for each in text if each.isdecimal())
    return frozenset((digits,)) if len(digits) >= 7 else frozenset()
