"""Reads what of organizations and services is compared, in a handful of plain queries."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.duplicates.likeness_keys import place_key, site_key
from referral.duplicates.matching import Likened
from referral.fields.places.lookup import zip5
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)

_Found = dict[str, set[str]]


def read_likened(session: Session, kind: str) -> list[Likened]:
    """All organizations, or all services, that are not retired."""
    return _services(session) if kind == "service" else _organizations(session)


def _organizations(session: Session) -> list[Likened]:
    row = OrganizationRow
    phones = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    places, zips = _places(session, select(LocationRow.organization_id, *_ADDRESS))
    found = session.execute(
        select(row.id, row.name, row.alternate_name, row.website, row.email, row.tax_id).where(
            row.retired_at.is_(None)
        )
    )
    return [
        Likened(
            id=each.id,
            names=_names(each.name, each.alternate_name),
            phones=frozenset(phones[each.id]),
            places=frozenset(places[each.id]),
            zips=frozenset(zips[each.id]),
            sites=_sites(each.website, each.email),
            identifiers=_digits(each.tax_id),
        )
        for each in found
    ]


def _services(session: Session) -> list[Likened]:
    row, agency, at = ServiceRow, OrganizationRow, ServiceAtLocationRow
    phones = _phones(session, select(PhoneRow.service_id, PhoneRow.tel))
    there = select(at.service_id, PhoneRow.tel).join(
        PhoneRow, PhoneRow.service_at_location_id == at.id
    )
    for service_id, tels in _phones(session, there.where(at.retired_at.is_(None))).items():
        phones[service_id] |= tels
    of_agency = _phones(session, select(PhoneRow.organization_id, PhoneRow.tel))
    sites = select(at.service_id, *_ADDRESS).join(LocationRow, LocationRow.id == at.location_id)
    places, zips = _places(session, sites.where(at.retired_at.is_(None)))
    found = session.execute(
        select(
            row.id, row.name, row.alternate_name, row.organization_id, row.url, row.email,
            func.coalesce(agency.name, "").label("agency"), agency.website,
        )
        .outerjoin(agency, row.organization_id == agency.id)
        .where(row.retired_at.is_(None))
    )  # fmt: skip
    return [
        Likened(
            id=each.id,
            names=_names(each.name, each.alternate_name),
            organization_id=each.organization_id or "",
            organization_name=each.agency,
            phones=frozenset(phones[each.id] or of_agency[each.organization_id or ""]),
            places=frozenset(places[each.id]),
            zips=frozenset(zips[each.id]),
            sites=_sites(each.url, each.email, each.website or ""),
        )
        for each in found
    ]


_ADDRESS = (AddressRow.address_1, AddressRow.city, AddressRow.postal_code)


def _phones(session: Session, statement: Any) -> _Found:
    """Owner → numbers; faxes too, since nobody shares one by chance."""
    found: _Found = defaultdict(set)
    wanted = statement.where(PhoneRow.retired_at.is_(None), PhoneRow.tel != "")
    for owner, tel in session.execute(wanted):
        if owner:
            found[owner].add(tel)
    return found


def _places(session: Session, statement: Any) -> tuple[_Found, _Found]:
    places: _Found = defaultdict(set)
    zips: _Found = defaultdict(set)
    wanted = statement.join(AddressRow, AddressRow.location_id == LocationRow.id).where(
        LocationRow.retired_at.is_(None), AddressRow.retired_at.is_(None)
    )
    for owner, street, city, postal_code in session.execute(wanted):
        if not owner:
            continue
        if key := place_key(street, city, postal_code):
            places[owner].add(key)
        if code := zip5(postal_code):
            zips[owner].add(code)
    return places, zips


def _names(*names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name) or ("",)


def _sites(*addresses: str) -> frozenset[str]:
    return frozenset(key for each in addresses if each and (key := site_key(each)))


def _digits(text: str) -> frozenset[str]:
    digits = "".join(each for each in text if each.isdecimal())
    return frozenset((digits,)) if len(digits) >= 7 else frozenset()
