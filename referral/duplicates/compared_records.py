"""Reading of organizations, services and locations in the form in which they are compared."""

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
class _AddressKeys:
    """Match keys of street addresses, by the id of the record that has the address."""

    places: _Keys = field(default_factory=lambda: defaultdict(set))
    rooms: _Keys = field(default_factory=lambda: defaultdict(set))
    zips: _Keys = field(default_factory=lambda: defaultdict(set))

    def of(self, owner: str) -> dict[str, Any]:
        """Return the street address keys of one record, as fields of ``ComparedRecord``."""
        return {
            "places": frozenset(self.places.get(owner, ())),
            "rooms": frozenset(self.rooms.get(owner, ())),
            "zips": frozenset(self.zips.get(owner, ())),
        }


def read_compared_records(session: Session, kind: str) -> list[ComparedRecord]:
    """Return all current records of a kind in the form in which duplicates are compared."""
    readers = {"organization": _organizations, "service": _services, "location": _locations}
    return readers[kind](session)


def _organizations(session: Session) -> list[ComparedRecord]:
    phones = _read_phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    of_services = select(ServiceRow.organization_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_id == ServiceRow.id
    )
    phones_of_services = _read_phones(session, of_services.where(ServiceRow.retired_at.is_(None)))
    places = _read_address_keys(session, select(LocationRow.organization_id, *_ADDRESS))
    found = session.execute(
        select(
            OrganizationRow.id,
            OrganizationRow.source,
            OrganizationRow.name,
            OrganizationRow.alternate_name,
            OrganizationRow.website,
            OrganizationRow.email,
            OrganizationRow.tax_id,
            OrganizationRow.description,
        ).where(OrganizationRow.retired_at.is_(None))
    )
    return [
        ComparedRecord(
            id=each.id,
            source=each.source,
            names=names_of(each.name, each.alternate_name),
            phones=frozenset(phones.get(each.id) or phones_of_services.get(each.id) or ()),
            sites=sites_of(each.website, each.email),
            mails=mails_of(each.email),
            identifiers=digits_of(each.tax_id),
            text=text_key(each.description),
            **places.of(each.id),
        )
        for each in found
    ]


def _services(session: Session) -> list[ComparedRecord]:
    phones = _read_phones(session, select(PhoneRow.service_id, PhoneRow.tel))
    at_locations = select(ServiceAtLocationRow.service_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_at_location_id == ServiceAtLocationRow.id
    )
    for service_id, tels in _read_phones(
        session, at_locations.where(ServiceAtLocationRow.retired_at.is_(None))
    ).items():
        phones[service_id] |= tels
    organization_phones = _read_phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    sites = select(ServiceAtLocationRow.service_id, *_ADDRESS).join(
        LocationRow, LocationRow.id == ServiceAtLocationRow.location_id
    )
    places = _read_address_keys(session, sites.where(ServiceAtLocationRow.retired_at.is_(None)))

    def own_fields(each: Any) -> dict[str, Any]:
        return {
            "names": names_of(own_part(each.name, each.organization or ""), each.alternate_name),
            "phones": frozenset(
                phones.get(each.id) or organization_phones.get(each.organization_id or "") or ()
            ),
            "sites": sites_of(each.url, each.email, each.website or ""),
            "mails": mails_of(each.email),
            "pages": frozenset(key for key in (page_key(each.url),) if key),
            "text": text_key(each.description),
        } | places.of(each.id)

    return _records_of_organizations(
        session,
        ServiceRow,
        (ServiceRow.url, ServiceRow.email, ServiceRow.description, OrganizationRow.website),
        own_fields,
    )


def _locations(session: Session) -> list[ComparedRecord]:
    phones = _read_phones(session, select(PhoneRow.location_id, PhoneRow.tel))
    places = _read_address_keys(session, select(LocationRow.id, *_ADDRESS))

    def own_fields(each: Any) -> dict[str, Any]:
        return {
            "names": names_of(place_name(each.name, each.organization or ""), each.alternate_name),
            "phones": frozenset(phones.get(each.id, ())),
            "is_place": True,
        } | places.of(each.id)

    return _records_of_organizations(session, LocationRow, (), own_fields)


def _records_of_organizations(
    session: Session,
    row_class: Any,
    columns: Iterable[Any],
    own_fields: Callable[[Any], dict[str, Any]],
) -> list[ComparedRecord]:
    """Return services or locations with their organization, to compare for duplicates.

    Args:
        own_fields: returns the fields that are filled differently for each kind, from a row.
    """
    found = session.execute(
        select(
            row_class.id,
            row_class.source,
            row_class.name,
            row_class.alternate_name,
            row_class.organization_id,
            OrganizationRow.name.label("organization"),
            *columns,
        )
        .outerjoin(OrganizationRow, row_class.organization_id == OrganizationRow.id)
        .where(row_class.retired_at.is_(None))
    ).all()
    siblings = Counter(each.organization_id for each in found)
    return [
        ComparedRecord(
            id=each.id,
            source=each.source,
            organization_id=each.organization_id or "",
            organization_name=each.organization or "",
            is_part=True,
            siblings=siblings[each.organization_id],
            **own_fields(each),
        )
        for each in found
    ]


def place_name(name: str, organization: str) -> str:
    """Return the name of a location, or of its organization, by which duplicates are compared."""
    is_address = name[:1].isdecimal() and "," in name
    return organization if not name or is_address else own_part(name, organization)


def _read_phones(session: Session, statement: Any) -> _Keys:
    """Return the phone numbers of records by the id of the record.

    Fax numbers count too: they are not shared by chance.
    """
    found: _Keys = defaultdict(set)
    wanted = statement.where(PhoneRow.retired_at.is_(None), PhoneRow.tel != "")
    for owner, tel in session.execute(wanted):
        if owner:
            found[owner].add(tel)
    return found


def _read_address_keys(session: Session, statement: Any) -> _AddressKeys:
    found = _AddressKeys()
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
    """Return the names by which a record is compared for duplicates, its main name first."""
    return (name, *(each.strip() for each in other_names.split(";") if each.strip()))


def sites_of(*addresses: str) -> frozenset[str]:
    """Return match keys for the website hosts in a record's web and email addresses."""
    return frozenset(key for each in addresses if each and (key := host_key(each)))


def mails_of(*addresses: str) -> frozenset[str]:
    """Return a record's email addresses, folded to compare them for duplicates."""
    return frozenset(each.strip().casefold() for each in addresses if "@" in each)


def digits_of(text: str) -> frozenset[str]:
    """Return the digits of a tax number as a set; empty for fewer than seven digits."""
    digits = "".join(each for each in text if each.isdecimal())
    return frozenset((digits,)) if len(digits) >= 7 else frozenset()
