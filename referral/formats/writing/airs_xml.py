"""AIRS XML 3.1 as one file: agencies, their sites, and the services there.

The standard has no elements for services without a site, for keywords, or for translations. Fields
that it lacks become labeled lines of the nearest text; ``formats.airs`` reads all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import IO, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.sax.saxutils import quoteattr

from referral.fields.text import clean_line
from referral.fields.urls_and_emails import is_email, to_uri
from referral.fields.weekdays import WEEKDAYS
from referral.formats.reading.taxonomy_terms import CODE_TAXONOMIES, taxonomy_of_code
from referral.formats.writing.nested import Nested
from referral.formats.writing.readable_rows import schedule_in_words
from referral.records.hsds import Schedule

_NAMESPACE = "http://www.airs.org/schema/3_1/AIRS.xsd"
_YEAR = re.compile(r"[12]\d{3}\Z", re.ASCII)
_STATUSES = {"active": "active", "defunct": "defunct"}
_SUNDAY_FIRST = {"SU": WEEKDAYS["SU"], **WEEKDAYS}
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOLL_FREE = re.compile(r"\+18(?:00|33|44|55|66|77|88)")
_PHONE_TYPES = {"voice": "Voice", "fax": "Fax", "tty": "TTY/TDD", "text": "Text", "cell": "Cell"}
# E-mail addresses by the schema, which allows only short top-level domains.
_AIRS_EMAIL = re.compile(r"[^@\s]+@(?:[\w-]+\.)*\w{1,63}\.[a-zA-Z]{2,6}\Z")
# Number of possible keys: some readers store keys in 64 bits, libxml2 refuses over 24 digits.
_KEY_COUNT = 10**18


@dataclass(slots=True)
class Site:
    """A location with an agency's services there, for AIRS XML; None for services without one.

    ``services`` are (service, its link to this place or None).
    """

    place: Nested | None
    services: list[tuple[Nested, Nested | None]] = field(default_factory=list)


@dataclass(slots=True)
class Agency:
    """An agency for an AIRS XML export, with its sites and the agencies inside it."""

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
    """Write an AIRS XML export file, agency after agency.

    Args:
        library: name of the library.
        sources: other sources of the records, with codes and licenses.
        written: time of the last change of the records; the day of the export is not written.
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
        element = _agency_element(agency)
        indent(element, level=1)
        file.write(b"  " + tostring(element, encoding="utf-8") + b"\n")
    file.write(b"</Source>\n")


def owner_code(publisher: str) -> str:
    """Return a code in the AIRS form for the organization that maintains a record."""
    return sha256(publisher.encode()).hexdigest()[:8].upper()


def _add_more_web(parent: Element, tag: str, nested: Nested) -> None:
    for part in _parts_of(nested, "url"):
        url_record: Any = part.record
        _add_web(parent, tag, url_record.url, url_record.label)


def _agency_element(agency: Agency) -> Element:
    """Build the AIRS Agency element of an organization with its sites and services."""
    organization: Any = agency.organization.record
    found = Element("Agency", _agency_attributes(organization))
    if agency.owner:
        found.set("RecordOwner", owner_code(agency.owner))
    _add(found, "Key", key_of(organization.id))
    _add(found, "Name", organization.name, always=True)
    _add(found, "AgencyDescription", organization.description)
    _add_aka(found, organization.alternate_name)
    for phone in _parts_of(agency.organization, "phone"):
        _add_phone(found, phone.record)
    _add_web(found, "URL", organization.website)
    _add_more_web(found, "URL", agency.organization)
    _add_email(found, organization.email)
    for contact in _parts_of(agency.organization, "contact"):
        _add_contact(found, contact)
    for license_ in _licenses(agency.sites):
        _add(_add(found, "LicenseAccreditation", always=True), "License", license_)
    _add(found, "IRSStatus", organization.tax_status)
    for program in _parts_of(agency.organization, "program"):
        _add_program(found, program.record)
    for site in agency.sites:
        found.append(_site_element(site, organization.id))
    for inner in agency.inner:
        found.append(_agency_element(inner))
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
        aka = _add(parent, "AKA", always=True)
        _add(aka, "Name", name)
        _add(aka, "Confidential", "false")


def _add_program(parent: Element, program: Any) -> None:
    group = _add(parent, "ServiceGroup", always=True)
    _add(group, "Key", key_of(program.id))
    _add(group, "Name", program.alternate_name or program.name)
    _add(group, "ProgramName", program.name)


def _licenses(sites: Iterable[Site]) -> Iterator[str]:
    """Yield the licenses and accreditations of services, which AIRS keeps at the agency."""
    services: list[Any] = [service.record for site in sites for service, _ in site.services]
    texts = (text for each in services for text in (each.licenses, each.accreditations))
    yield from dict.fromkeys(filter(None, texts))


def _site_element(site: Site, organization_id: str) -> Element:
    found = Element("Site")
    place: Any = site.place.record if site.place else None
    # A service without a public place gets a site with only NoPhysicalAddress.
    _add(found, "Key", key_of(place.id if place else f"no place of {organization_id}"))
    _add(found, "AgencyKey", key_of(organization_id))
    if site.place is None:
        _add(found, "NoPhysicalAddress", always=True)
    else:
        found.set("Status", "active")
        _add_place(found, site.place)
    for contact in _service_contacts(site):
        _add_contact(found, contact)
    if site.place is not None:
        _add_place_details(found, site.place)
    for service, link in site.services:
        found.append(_service_element(service, link))
    if place and place.latitude is not None and place.position_source != "zip":
        point = _add(found, "SpatialLocation", always=True)
        _add(point, "Latitude", _degrees(place.latitude))
        _add(point, "Longitude", _degrees(place.longitude))
    return found


def _add_place(found: Element, nested: Nested) -> None:
    place: Any = nested.record
    _add(found, "Name", place.name)
    _add(found, "SiteDescription", place.description)
    _add_aka(found, place.alternate_name)
    addresses: list[Any] = [part.record for part in _parts_of(nested, "address")]
    physical = [address for address in addresses if address.address_type != "postal"]
    postal = [address for address in addresses if address.address_type == "postal"]
    if not addresses and place.location_type == "virtual":
        _add(found, "NoPhysicalAddress", always=True)
    for tag, first_of_type in (("PhysicalAddress", physical[:1]), ("MailingAddress", postal[:1])):
        for address in first_of_type:
            _add_address(found, tag, address)
    for address in (*physical[1:], *postal[1:]):
        _add_address(found, "OtherAddress", address)
    for phone in _parts_of(nested, "phone"):
        _add_phone(found, phone.record)
    _add_web(found, "URL", place.url)
    for contact in _parts_of(nested, "contact"):
        _add_contact(found, contact)


def _add_place_details(found: Element, nested: Nested) -> None:
    place: Any = nested.record
    _add_hours(found, _parts_of(nested, "schedule"))
    _add_languages(found, _parts_of(nested, "language"))
    access: list[Any] = [part.record for part in _parts_of(nested, "accessibility")]
    texts = [text for record in access for text in (record.description, record.details)]
    _add(found, "DisabilitiesAccess", "\n".join(filter(None, texts)))
    _add(found, "BusServiceAccess", place.transportation)


def _service_contacts(site: Site) -> Iterator[Nested]:
    """Yield the contacts of services, which AIRS keeps at their site."""
    for service, link in site.services:
        yield from _parts_of(service, "contact")
        yield from _parts_of(link, "contact")


def _service_element(nested: Nested, link: Nested | None) -> Element:
    service: Any = nested.record
    found = Element("SiteService", _service_attributes(service))
    _add(found, "Name", service.name)
    _add(found, "Key", key_of(service.id))
    _add(found, "Description", _full_description(service, link.record if link else None))
    for phone in (*_parts_of(nested, "phone"), *_parts_of(link, "phone")):
        _add_phone(found, phone.record)
    _add_hours(found, _schedules(nested, link))
    _add_terms(found, _parts_of(nested, "attribute"))
    _add_languages(found, _parts_of(nested, "language"))
    for area in (*_parts_of(nested, "service_area"), *_parts_of(link, "service_area")):
        _add_area(found, area.record)
    if service.assured_date:
        info = _add(found, "ResourceInfo", always=True)
        info.set("DateLastVerified", service.assured_date.isoformat())
    _add_web(found, "InternetResource", service.url)
    _add_more_web(found, "InternetResource", nested)
    _add_email(found, service.email, "InternetResource")
    for document in _parts_of(nested, "required_document"):
        record: Any = document.record
        if record.document:
            _add(
                _add(found, "DocumentsRequired", always=True), "DocumentsRequired", record.document
            )
    _add_steps(found, service)
    _add_fees(found, service, _parts_of(nested, "cost_option"))
    _add(found, "GeneralEligibility", service.eligibility_description)
    _add_ages(found, service)
    return found


def _service_attributes(service: Any) -> dict[str, str]:
    found = {"Status": _STATUSES.get(service.status, "inactive")}
    if service.status == "temporarily closed":  # AIRS has no such status
        found["ServiceNotAlwaysAvailable"] = "true"
    if service.program_id:
        found["ServiceGroupKey"] = key_of(service.program_id)
    return found


def _schedules(nested: Nested, link: Nested | None) -> Sequence[Nested]:
    """Return the schedules of a service at an AIRS site, those for this site first."""
    place = getattr(link.record, "location_id", "") if link else ""
    service_schedules = [
        part
        for part in _parts_of(nested, "schedule")
        if getattr(part.record, "location_id", "") in {"", place}
    ]
    return [*_parts_of(link, "schedule"), *service_schedules]


def _degrees(value: float) -> str:
    return f"{value:+.7f}"


def key_of(record_id: str) -> str:
    """Return a stable number of at most 18 digits as the AIRS key of a record.

    AIRS requires an integer. XML Schema guarantees no more digits, and a UUID has up to 39. Two of
    300,000 records share a key with a probability of 4.5 in 100 million.
    """
    digest = sha256(record_id.encode()).digest()
    return str(int.from_bytes(digest[:16], "big") % _KEY_COUNT)


def _parts_of(nested: Nested | None, kind: str) -> Sequence[Nested]:
    """Return an AIRS export's parts of a kind for a record; an empty tuple for no owner."""
    return nested.parts.get(kind, ()) if nested else ()


def _add(parent: Element, tag: str, text: str = "", *, always: bool = False) -> Element:
    """Add an AIRS element with a text; an empty one only if ``always`` is set."""
    text = _NOT_IN_XML.sub("", text)
    if not text and not always:
        return Element(tag)
    found = SubElement(parent, tag)
    found.text = text or None
    return found


def _add_phone(parent: Element, phone: Any) -> None:
    """Add an AIRS Phone element, unless the phone has no number."""
    if not phone.number:
        return
    found = _add(parent, "Phone", always=True)
    found.set("TollFree", "true" if _TOLL_FREE.match(phone.tel) else "false")
    found.set("Confidential", "false")
    _add(found, "PhoneNumber", phone.number)
    _add(found, "Extension", phone.extension)
    _add(found, "Description", phone.description)
    _add(found, "Type", _PHONE_TYPES.get(phone.type, phone.type))


def _add_web(parent: Element, tag: str, text: str, label: str = "") -> None:
    """Add an AIRS URL element; an invalid web address becomes its note."""
    if not text:
        return
    found, uri = _add(parent, tag, always=True), to_uri(text)
    address, note = ("Address", "Note") if tag == "URL" else ("URL", "Description")
    _add(found, address if uri else note, uri or text)
    if uri:
        _add(found, note, label)


def _add_email(parent: Element, text: str, tag: str = "Email") -> None:
    """Add an AIRS Email element, or a mailto URL where there is none.

    An invalid address becomes a note.
    """
    if not text:
        return
    if tag == "Email" and is_email(text) and _AIRS_EMAIL.match(text):
        _add(_add(parent, "Email", always=True), "Address", text)
    elif tag == "Email":
        _add(_add(parent, "Email", always=True), "Note", text)
    elif is_email(text):
        _add(_add(parent, tag, always=True), "URL", f"mailto:{text}")
    else:
        _add(_add(parent, tag, always=True), "Description", text)


def _add_contact(parent: Element, nested: Nested) -> None:
    """Add an AIRS Contact element with its phones."""
    contact: Any = nested.record
    found = _add(parent, "Contact", always=True)
    found.set("Type", "Contact")
    _add(found, "Title", ", ".join(filter(None, (contact.title, contact.department))))
    _add(found, "Name", contact.name)
    _add_email(found, contact.email)
    for phone in _parts_of(nested, "phone"):
        _add_phone(found, phone.record)


def _add_address(parent: Element, tag: str, address: Any) -> None:
    """Add the AIRS element of a public address."""
    found = _add(parent, tag, always=True)
    found.set("Confidential", "false")
    for name, value in (
        ("PreAddressLine", address.attention), ("Line1", address.address_1),
        ("Line2", address.address_2), ("City", address.city), ("County", address.region),
        ("State", address.state_province), ("ZipCode", address.postal_code),
        ("Country", address.country),
    ):  # fmt: skip
        _add(found, name, value)


def _add_hours(parent: Element, schedules: Iterable[Nested]) -> None:
    """Add AIRS TimeOpen elements by weekday.

    A schedule with dates or another rule is in words.
    """
    for part in schedules:
        schedule: Any = part.record
        days = _weekdays_only(schedule)
        texts = (schedule.group, schedule.description, schedule.notes, schedule.attending_type)
        text = "\n".join(filter(None, texts)) if days else schedule_in_words(schedule)
        if not days and not text:
            continue
        found = _add(parent, "TimeOpen", always=True)
        for code, name in _SUNDAY_FIRST.items():
            if code in days:
                day = _add(found, name, always=True)
                _add(day, "From", f"{schedule.opens_at}:00")
                _add(day, "To", f"{schedule.closes_at}:00")
        _add(found, "Notes", text)


def _weekdays_only(schedule: Schedule) -> frozenset[str]:
    """Return the weekdays of a schedule that has only weekdays and times, else none."""
    other_rules = (
        schedule.is_event, schedule.closed, schedule.valid_from, schedule.valid_to,
        schedule.until, schedule.count, schedule.bymonthday,
        schedule.byweekno, schedule.byyearday, (schedule.interval or 1) > 1,
    )  # fmt: skip
    days = frozenset(schedule.byday.split(","))
    is_plain = schedule.freq == "WEEKLY" and schedule.opens_at and schedule.closes_at
    return days if is_plain and not any(other_rules) and days <= WEEKDAYS.keys() else frozenset()


def _add_terms(parent: Element, attributes: Iterable[Nested]) -> None:
    """Add AIRS Taxonomy elements; codes that are linked to one meaning share an element."""
    found = [pair for part in attributes for pair in _iter_codes(part)]
    for linked, group in groupby(found, key=lambda each: each[0] if " * " in each[0] else ""):
        if linked:
            element = _add(parent, "Taxonomy", always=True)
            for _, code in group:
                _add(element, "Code", code)
        else:
            for _, code in group:
                _add(_add(parent, "Taxonomy", always=True), "Code", code)
    if not found:
        _add(parent, "Taxonomy", always=True)  # required


def _iter_codes(attribute: Nested) -> Iterator[tuple[str, str]]:
    """Yield an HSDS attribute's value with its term's code, if AIRS XML takes that code."""
    record: Any = attribute.record
    terms: list[Any] = [part.record for part in _parts_of(attribute, "taxonomy_term")]
    yield from ((record.value, term.code) for term in terms if _is_code(term))


def _is_code(term: Any) -> bool:
    """Return whether a term is of the 2-1-1 taxonomy or of a list in AIRS or iCarol format."""
    is_of_list = term.taxonomy in CODE_TAXONOMIES.values()
    return bool(term.code) and (is_of_list or taxonomy_of_code(term.code) is not None)


def _add_languages(parent: Element, languages: Iterable[Nested]) -> None:
    """Add an AIRS Languages element for each language."""
    for part in languages:
        language: Any = part.record
        found = _add(parent, "Languages", always=True)
        _add(found, "Name", language.name or language.code)
        _add(found, "Notes", language.note)


def _add_area(parent: Element, area: Any) -> None:
    """Add an AIRS GeographicAreaServed element; an area in words becomes its description."""
    codes = [code for code in area.area_codes.split("|") if code]
    names = _area_names(area.area_kind, codes)
    found = _add(parent, "GeographicAreaServed", always=True)
    for tag, name in names:
        _add(found, tag, name)
    if not names:
        _add(found, "CensusTrack", always=True)  # one of these is required before a description
    texts = [area.description if names else (area.description or area.name)]
    _add(found, "Description", "\n".join(filter(None, texts)))


def _area_names(kind: str, codes: Sequence[str]) -> list[tuple[str, str]]:
    if kind == "zip":
        return [("ZipCode", code) for code in codes]
    if kind in {"city", "county"} and codes:
        tag = "City" if kind == "city" else "County"
        pairs = [code.partition(", ") for code in codes]
        states = dict.fromkeys(state for _, _, state in pairs if state)
        return [*((tag, name) for name, _, _ in pairs), *(("State", state) for state in states)]
    if kind == "state":
        return [("State", code) for code in codes]
    return [("Country", "United States")] if kind == "nation" and codes == ["US"] else []


def _full_description(service: Any, link: Any) -> str:
    """Return a service's description for AIRS, followed by texts without an AIRS element."""
    lines = (
        ("", service.description),
        ("Notice", service.alert),
        ("Also called", service.alternate_name),
        ("Here", link.description if link else ""),
    )
    return "\n".join(f"{label}: {text}" if label else text for label, text in lines if text)


def _add_steps(parent: Element, service: Any) -> None:
    """Add ApplicationProcess elements to a service in AIRS XML."""
    for step, text in (
        ("All Steps", service.application_process),
        ("Waiting time", service.wait_time),
        ("Interpretation", service.interpretation_services),
    ):
        if text:
            found = _add(parent, "ApplicationProcess", always=True)
            _add(found, "Step", step)
            _add(found, "Description", text)


def _add_fees(parent: Element, service: Any, costs: Iterable[Nested]) -> None:
    """Add the FeeStructure element to a service in AIRS XML."""
    lines = [service.fees_description]
    for part in costs:
        cost: Any = part.record
        amount = f"{cost.amount:g} {cost.currency}".strip() if cost.amount is not None else ""
        amount_text = ", ".join(filter(None, (amount, cost.amount_description)))
        if amount_text or not service.fees_description:  # "free" alone repeats the description
            lines.append(": ".join(filter(None, (cost.option, amount_text))))
    _add(parent, "FeeStructure", "\n".join(dict.fromkeys(filter(None, lines))))


def _add_ages(parent: Element, service: Any) -> None:
    """Add AgeRequirements in whole years to AIRS XML, rounded so that nobody is excluded."""
    ages = {}
    if service.minimum_age is not None:
        ages["MinimumAge"] = str(max(0, math.floor(service.minimum_age)))
    if service.maximum_age is not None:
        ages["MaximumAge"] = str(max(0, math.ceil(service.maximum_age)))
    if ages:
        found = _add(parent, "AgeRequirements", always=True)
        for name, age in ages.items():
            found.set(name, age)
