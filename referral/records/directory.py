"""The records of the directory: the HSDS 3.1 core in its tabular form.

Field names and meanings are those of HSDS 3.1. Children point at their parents by ``*_id``.
Text that is not known is ``""``; numbers and dates that are not known are ``None``.
Ours beyond HSDS: ``visibility``, ``Service.verified_by``, ``keywords``, ``listed_from`` and
``listed_until``, ``Phone.tel``, ``Schedule.closed`` and ``is_event``, ``ServiceArea.area_kind``
and ``area_codes``, ``Location.position_source``.
The unit of a capacity is part of it (``ServiceCapacity.unit``), a record of its own in HSDS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from referral.records.visibility import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has."""

    id: str
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Record):
    """An agency that provides services."""

    name: str
    alternate_name: str = ""
    description: str = ""
    email: str = ""
    website: str = ""
    year_incorporated: int | None = None
    legal_status: str = ""
    tax_id: str = ""
    tax_status: str = ""
    logo: str = ""
    uri: str = ""
    parent_organization_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(Record):
    """A group of services of one organization."""

    organization_id: str
    name: str
    alternate_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """What a person can get.

    ``status`` is one of active, inactive, defunct, temporarily closed. ``assured_date`` is the
    day somebody last checked the listing (``verified_on`` in our pages), ``verified_by`` who.
    ``keywords`` are words to find it by, separated by ``|``. Ages are in years. The public sees it
    from ``listed_from`` until ``listed_until``, both days included; ``None`` sets no end.
    """

    organization_id: str
    name: str
    program_id: str = ""
    alternate_name: str = ""
    description: str = ""
    url: str = ""
    email: str = ""
    status: str = "active"
    interpretation_services: str = ""
    application_process: str = ""
    fees_description: str = ""
    wait_time: str = ""
    accreditations: str = ""
    licenses: str = ""
    eligibility_description: str = ""
    minimum_age: float | None = None
    maximum_age: float | None = None
    assured_date: date | None = None
    assurer_email: str = ""
    verified_by: str = ""
    alert: str = ""
    keywords: str = ""
    listed_from: date | None = None
    listed_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Record):
    """A place, or the absence of one (``location_type`` physical, postal or virtual).

    ``latitude`` and ``longitude`` are WGS 84 degrees. ``position_source`` says where they come
    from: ``file``, ``address`` (the library's address points), ``zip`` (the middle of the ZIP code:
    approximate) or ``""`` (none).
    """

    organization_id: str = ""
    location_type: str = "physical"
    name: str = ""
    alternate_name: str = ""
    description: str = ""
    transportation: str = ""
    url: str = ""
    latitude: float | None = None
    longitude: float | None = None
    position_source: str = ""
    external_identifier: str = ""
    external_identifier_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAtLocation(Record):
    """That a service is given at a location."""

    service_id: str
    location_id: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """A person at an organization, service or location."""

    organization_id: str = ""
    service_id: str = ""
    service_at_location_id: str = ""
    location_id: str = ""
    name: str = ""
    title: str = ""
    department: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Record):
    """A telephone number: ``number`` as given, ``tel`` as a machine dials it ("" when unknown)."""

    organization_id: str = ""
    service_id: str = ""
    location_id: str = ""
    service_at_location_id: str = ""
    contact_id: str = ""
    number: str = ""
    extension: str = ""
    type: str = "voice"
    description: str = ""
    tel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Record):
    """Where a location is, or gets its mail (``address_type`` physical, postal or virtual)."""

    location_id: str
    attention: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    region: str = ""
    state_province: str = ""
    postal_code: str = ""
    country: str = "US"
    address_type: str = "physical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """When something is open: an iCalendar rule, or free text in ``description``.

    ``opens_at`` and ``closes_at`` are local wall time ``HH:MM``; closing at or before opening
    means past midnight. ``freq`` is WEEKLY or MONTHLY, ``byday`` as in RFC 5545 (``MO,TU`` or
    ``2TU``). ``closed`` marks an exception: closed on these days. ``group`` is a label that
    schedules have in common ("School year"). ``is_event`` marks the days of an event, which are no
    opening hours.
    """

    service_id: str = ""
    location_id: str = ""
    service_at_location_id: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    wkst: str = ""
    freq: str = ""
    interval: int | None = None
    byday: str = ""
    byweekno: str = ""
    bymonthday: str = ""
    byyearday: str = ""
    timezone: str = ""
    opens_at: str = ""
    closes_at: str = ""
    closed: bool = False
    description: str = ""
    schedule_link: str = ""
    attending_type: str = ""
    notes: str = ""
    group: str = ""
    is_event: bool = False

    def __hash__(self) -> int:
        """By what tells most apart: pages look up what is known of each many times."""
        return hash((self.id, self.byday, self.opens_at, self.closes_at, self.valid_from))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArea(Record):
    """Whom a service serves.

    ``area_kind`` is zip, city, county, state, nation or text (not coded). ``area_codes`` are
    separated by ``|``: ZIP codes, ``Meadville, PA``, ``Crawford County, PA``, ``PA``, ``US``.
    """

    service_id: str = ""
    service_at_location_id: str = ""
    name: str = ""
    description: str = ""
    extent: str = ""
    extent_type: str = ""
    uri: str = ""
    area_kind: str = "text"
    area_codes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(Record):
    """A language spoken; ``code`` is ISO 639."""

    service_id: str = ""
    location_id: str = ""
    phone_id: str = ""
    name: str = ""
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessibility(Record):
    """Help for disabled people at a location."""

    location_id: str
    description: str = ""
    details: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOption(Record):
    """What a service costs; ``amount`` is in ``currency`` (ISO 4217)."""

    service_id: str
    valid_from: date | None = None
    valid_to: date | None = None
    option: str = ""
    currency: str = ""
    amount: float | None = None
    amount_description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument(Record):
    """Something to bring."""

    service_id: str
    document: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCapacity(Record):
    """How much of something a service has, such as beds, and how much of it is free.

    ``available`` is free, of ``maximum``, as of ``updated``: an ISO day, or day and time.
    ``unit`` is the name of what is counted; ``unit_scheme``, ``unit_identifier`` and ``unit_uri``
    are where it is defined.
    """

    service_id: str
    unit: str = ""
    available: float | None = None
    maximum: float | None = None
    description: str = ""
    updated: str = ""
    unit_scheme: str = ""
    unit_identifier: str = ""
    unit_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding(Record):
    """Who pays for a service or an organization (HSDS: ``source``, which here names the list)."""

    organization_id: str = ""
    service_id: str = ""
    funding_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationIdentifier(Record):
    """A number of an organization in a register (``identifier_scheme`` as in org-id.guide)."""

    organization_id: str
    identifier_scheme: str = ""
    identifier_type: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url(Record):
    """One more web address of an organization or a service."""

    organization_id: str = ""
    service_id: str = ""
    label: str = ""
    url: str = ""
