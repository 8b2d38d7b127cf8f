"""AIRS XML 3.1 as one file: agencies, their sites, and the services there.

The standard has no place for services apart from a site, for keywords, or for translations. What
it has no field for is a labelled line of the nearest text; ``formats.airs`` reads all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any
from xml.etree.ElementTree import Element, indent, tostring
from xml.sax.saxutils import quoteattr

from referral.fields.text import clean_line
from referral.formats.writing.airs_parts import (
    Values,
    add,
    add_address,
    add_ages,
    add_area,
    add_contact,
    add_email,
    add_fees,
    add_hours,
    add_languages,
    add_phone,
    add_steps,
    add_terms,
    add_web,
    described,
    key_of,
    parts_of,
)
from referral.formats.writing.nested import Nested

_NAMESPACE = "http://www.airs.org/schema/3_1/AIRS.xsd"
_YEAR = re.compile(r"[12]\d{3}\Z", re.ASCII)
_STATUSES = {"active": "active", "defunct": "defunct"}


@dataclass(slots=True)
class Site:
    """A place with the services that an agency gives there; no place where ``place`` is None.

    ``services`` are (service, that it is given at this place or None).
    """

    place: Nested | None
    services: list[tuple[Nested, Nested | None]] = field(default_factory=list)


@dataclass(slots=True)
class Agency:
    """An agency, with its sites and the agencies inside it."""

    organization: Nested
    sites: list[Site] = field(default_factory=list)
    inner: list[Agency] = field(default_factory=list)
    owner: str = ""


def write_airs(
    file: IO[bytes],
    library: str,
    written: datetime,
    agencies: Iterable[Agency],
    sources: Iterable[str] = (),
) -> None:
    """Write the file, agency after agency.

    Args:
        library: whose directory it is.
        sources: whose lists it is from besides, with codes and licenses.
        written: when what is in it last changed; the file says nothing of the day it is made.
    """
    stamp = f"{written.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    about = {
        "xmlns": _NAMESPACE,
        "SourceEntity": "; ".join((library, *sources)),
        "SourceID": sha256(library.encode()).hexdigest()[:8],
        "OriginTimestamp": stamp,
        "SoftwareVendor": "Referral",
        "SoftwareVersion": "1",
        "TaxonomyVersion": stamp,
        "SchemaVersion": "3.1",
    }
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in about.items())
    file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<Source {attributes}>\n'.encode())
    for agency in agencies:
        element = agency_element(agency)
        indent(element, level=1)
        file.write(b"  " + tostring(element, encoding="utf-8") + b"\n")
    file.write(b"</Source>\n")


def owner_code(publisher: str) -> str:
    """A code of the form that AIRS has for whoever maintains a record."""
    return sha256(publisher.encode()).hexdigest()[:8].upper()


def _add_more_web(parent: Element, tag: str, nested: Nested) -> None:
    for part in parts_of(nested, "url"):
        more: Any = part.record
        add_web(parent, tag, more.url, more.label)


def agency_element(agency: Agency) -> Element:
    """The element of an agency with all in it."""
    organization: Any = agency.organization.record
    found = Element("Agency", _agency_attributes(organization))
    if agency.owner:
        found.set("RecordOwner", owner_code(agency.owner))
    add(found, "Key", key_of(organization.id))
    add(found, "Name", organization.name, always=True)
    add(found, "AgencyDescription", organization.description)
    _add_aka(found, organization.alternate_name)
    for phone in parts_of(agency.organization, "phone"):
        add_phone(found, phone.record)
    add_web(found, "URL", organization.website)
    _add_more_web(found, "URL", agency.organization)
    add_email(found, organization.email)
    for contact in parts_of(agency.organization, "contact"):
        add_contact(found, contact)
    for licence in _licences(agency.sites):
        add(add(found, "LicenseAccreditation", always=True), "License", licence)
    add(found, "IRSStatus", organization.tax_status)
    for program in parts_of(agency.organization, "program"):
        _add_program(found, program.record)
    for site in agency.sites:
        found.append(_site_element(site, organization.id))
    for inner in agency.inner:
        found.append(agency_element(inner))
    return found


def _agency_attributes(organization: Any) -> dict[str, str]:
    year = str(organization.year_incorporated or "")
    given = {
        "FEIN": organization.tax_id,
        "YearInc": year if _YEAR.match(year) else "",
        "Status": "active",
        "LegalStatus": organization.legal_status,
    }
    return {name: clean_line(value) for name, value in given.items() if value}


def _add_aka(parent: Element, name: str) -> None:
    if name:
        aka = add(parent, "AKA", always=True)
        add(aka, "Name", name)
        add(aka, "Confidential", "false")


def _add_program(parent: Element, program: Any) -> None:
    group = add(parent, "ServiceGroup", always=True)
    add(group, "Key", key_of(program.id))
    add(group, "Name", program.alternate_name or program.name)
    add(group, "ProgramName", program.name)


def _licences(sites: Iterable[Site]) -> Iterator[str]:
    """What services are licensed and accredited for: AIRS has it at the agency."""
    services: list[Any] = [service.record for site in sites for service, _ in site.services]
    texts = (text for each in services for text in (each.licenses, each.accreditations))
    yield from dict.fromkeys(filter(None, texts))


def _site_element(site: Site, organization_id: str) -> Element:
    found = Element("Site")
    place: Any = site.place.record if site.place else None
    # A service at no place that may be told has a site that says nothing but so.
    add(found, "Key", key_of(place.id if place else f"no place of {organization_id}"))
    add(found, "AgencyKey", key_of(organization_id))
    if site.place is None:
        add(found, "NoPhysicalAddress", always=True)
    else:
        found.set("Status", "active")
        _add_place(found, site.place)
    for contact in _service_contacts(site):
        add_contact(found, contact)
    if site.place is not None:
        _add_more_of_place(found, site.place)
    for service, link in site.services:
        found.append(_service_element(service, link))
    if place and place.latitude is not None and place.position_source != "zip":
        point = add(found, "SpatialLocation", always=True)
        add(point, "Latitude", _degrees(place.latitude))
        add(point, "Longitude", _degrees(place.longitude))
    return found


def _add_place(found: Element, nested: Nested) -> None:
    place: Any = nested.record
    add(found, "Name", place.name)
    add(found, "SiteDescription", place.description)
    _add_aka(found, place.alternate_name)
    addresses: list[Any] = [part.record for part in parts_of(nested, "address")]
    physical = [each for each in addresses if each.address_type != "postal"]
    postal = [each for each in addresses if each.address_type == "postal"]
    if not addresses and place.location_type == "virtual":
        add(found, "NoPhysicalAddress", always=True)
    for tag, some in (("PhysicalAddress", physical[:1]), ("MailingAddress", postal[:1])):
        for address in some:
            add_address(found, tag, address)
    for address in (*physical[1:], *postal[1:]):
        add_address(found, "OtherAddress", address)
    for phone in parts_of(nested, "phone"):
        add_phone(found, phone.record)
    add_web(found, "URL", place.url)
    for contact in parts_of(nested, "contact"):
        add_contact(found, contact)


def _add_more_of_place(found: Element, nested: Nested) -> None:
    place: Any = nested.record
    add_hours(found, parts_of(nested, "schedule"))
    add_languages(found, parts_of(nested, "language"))
    access: list[Any] = [part.record for part in parts_of(nested, "accessibility")]
    told = [text for each in access for text in (each.description, each.details)]
    add(found, "DisabilitiesAccess", "\n".join(filter(None, told)))
    add(found, "BusServiceAccess", place.transportation)


def _service_contacts(site: Site) -> Iterator[Nested]:
    """A service has no contacts in AIRS: they stand at its site."""
    for service, link in site.services:
        yield from parts_of(service, "contact")
        yield from parts_of(link, "contact")


def _service_element(nested: Nested, link: Nested | None) -> Element:
    service: Any = nested.record
    found = Element("SiteService", _service_attributes(service))
    add(found, "Name", service.name)
    add(found, "Key", key_of(service.id))
    add(found, "Description", described(service, link.record if link else None))
    for phone in (*parts_of(nested, "phone"), *parts_of(link, "phone")):
        add_phone(found, phone.record)
    add_hours(found, _schedules(nested, link))
    add_terms(found, parts_of(nested, "attribute"))
    add_languages(found, parts_of(nested, "language"))
    for area in (*parts_of(nested, "service_area"), *parts_of(link, "service_area")):
        add_area(found, area.record)
    if service.assured_date:
        info = add(found, "ResourceInfo", always=True)
        info.set("DateLastVerified", service.assured_date.isoformat())
    add_web(found, "InternetResource", service.url)
    _add_more_web(found, "InternetResource", nested)
    add_email(found, service.email, "InternetResource")
    for document in parts_of(nested, "required_document"):
        record: Any = document.record
        if record.document:
            add(add(found, "DocumentsRequired", always=True), "DocumentsRequired", record.document)
    add_steps(found, service)
    add_fees(found, service, parts_of(nested, "cost_option"))
    add(found, "GeneralEligibility", service.eligibility_description)
    add_ages(found, service)
    return found


def _service_attributes(service: Any) -> Values:
    found = {"Status": _STATUSES.get(service.status, "inactive")}
    if service.status == "temporarily closed":  # AIRS has no such status
        found["ServiceNotAlwaysAvailable"] = "true"
    if service.program_id:
        found["ServiceGroupKey"] = key_of(service.program_id)
    return found


def _schedules(nested: Nested, link: Nested | None) -> Sequence[Nested]:
    """The hours of the service here: those told of this place come first."""
    place = getattr(link.record, "location_id", "") if link else ""
    own = [
        part
        for part in parts_of(nested, "schedule")
        if getattr(part.record, "location_id", "") in {"", place}
    ]
    return [*parts_of(link, "schedule"), *own]


def _degrees(value: float) -> str:
    return f"{value:+.7f}"
