"""The records of the HSDS 3.1 core, in its tabular form.

Field names and meanings are those of HSDS 3.1. Children point at their parents by ``*_id``.
Text that is not known is ``""``; numbers and dates that are not known are ``None``.
Extensions of HSDS: ``visibility``, ``Service.verified_by``, ``keywords``, ``listed_from`` and
``listed_until``, ``Phone.tel``, ``Schedule.closed`` and ``is_event``, ``ServiceArea.area_kind``
and ``area_codes``, ``Location.position_source``.
The unit of a capacity is a field (``ServiceCapacity.unit``); in HSDS it is a record of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from referral.records.visibility import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The base class of all records."""

    id: str
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Record):
    """An organization that provides services."""

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
    """A service that people can get.

    ``status`` is active, inactive, defunct or temporarily closed. ``assured_date`` is the day on
    which the listing was last verified, ``verified_by`` by whom. ``keywords`` are search words,
    separated by ``|``. Ages are in years. The service is public from ``listed_from`` until
    ``listed_until``, both days included; ``None`` is no limit.
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
    """A location of services; ``location_type`` is physical, postal or virtual.

    ``latitude`` and ``longitude`` are WGS 84 degrees. ``position_source`` is their source:
    ``file``, ``address`` (the library's address points), ``zip`` (the center of the ZIP code,
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
    """The link of a service to a location where it is provided."""

    service_id: str
    location_id: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """A contact person of an organization, service or location."""

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
    """A phone number: ``number`` as given, ``tel`` in E.164 or a short code ("" when unknown)."""

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
    """An address of a location; ``address_type`` is physical, postal or virtual."""

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
    """A schedule of opening hours: an iCalendar rule, or free text in ``description``.

    ``opens_at`` and ``closes_at`` are local wall time ``HH:MM``; closing at or before opening
    means past midnight. ``freq`` is WEEKLY or MONTHLY, ``byday`` as in RFC 5545 (``MO,TU`` or
    ``2TU``). ``closed`` marks days on which the service is closed. ``group`` is a label shared by
    schedules ("School year"). ``is_event`` marks an event, which is no opening hours.
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
        """Hash only the fields that differ most, because schedules are keys of many caches."""
        return hash((self.id, self.byday, self.opens_at, self.closes_at, self.valid_from))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArea(Record):
    """An area that a service serves.

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
    """A language in which help is available; ``code`` is ISO 639."""

    service_id: str = ""
    location_id: str = ""
    phone_id: str = ""
    name: str = ""
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessibility(Record):
    """An accessibility feature of a location for people with disabilities."""

    location_id: str
    description: str = ""
    details: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOption(Record):
    """A price of a service; ``amount`` is in ``currency`` (ISO 4217)."""

    service_id: str
    valid_from: date | None = None
    valid_to: date | None = None
    option: str = ""
    currency: str = ""
    amount: float | None = None
    amount_description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument(Record):
    """A document that people must bring to get a service."""

    service_id: str
    document: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCapacity(Record):
    """The capacity of a service, such as its beds, and how much of it is available.

    ``available`` of ``maximum`` was free at ``updated``, an ISO date or time. ``unit`` is the name
    of what is counted; ``unit_scheme``, ``unit_identifier`` and ``unit_uri`` refer to its
    definition.
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
    """A source of funding (``source`` in HSDS, a word that here means the source list)."""

    organization_id: str = ""
    service_id: str = ""
    funding_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationIdentifier(Record):
    """An identifier of an organization in a register; schemes are those of org-id.guide."""

    organization_id: str
    identifier_scheme: str = ""
    identifier_type: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url(Record):
    """An additional web address of an organization or a service."""

    organization_id: str = ""
    service_id: str = ""
    label: str = ""
    url: str = ""
