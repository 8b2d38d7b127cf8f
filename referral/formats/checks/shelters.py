"""Locations withheld before they are stored: survivors' shelters, and those the list calls secret.

Shelters are recognized by ``records.shelter_detection``, and places that the list calls secret in
its own words by ``secret_places``. Flags (``confidential``, ``isPrivate``) are read by
``reading.protection_flags``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from referral.formats.checks.secret_places import secret_places, unclear_columns
from referral.formats.reading.items import Item, problem_at
from referral.message import message
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Program,
    Record,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import SourcedRecord
from referral.records.problems import Severity
from referral.records.shelter_detection import (
    agency_looks_like_survivor_shelter,
    looks_like_place_of_danger,
    looks_like_survivor_shelter,
    place_looks_like_survivor_shelter,
)
from referral.records.visibility import Visibility, strictest

RecordT = TypeVar("RecordT", bound=Record)

_SECRET = message(
    "The list says to ask for this address, or not to give it out. So this place is withheld. "
    "Have an administrator review it: publish it, or keep it withheld."
)
_SHELTER = message(
    "A service here looks like a shelter for survivors of violence. So this place "
    "is withheld. Have an administrator review it: publish it, or keep it withheld."
)


def withhold_places(items: Iterable[Item]) -> Iterator[Item]:
    """Withhold secret locations and probable shelters for survivors, with a problem for each.

    A service or organization that looks like such a shelter, and that its file does not mark as
    public, keeps its visibility and its phones. Each of its locations that has an address or a
    position (and no visibility from the file) becomes withheld. So does a location whose own name
    or description looks so, and one that the list calls secret in words.
    """
    items = list(items)
    called_secret = secret_places(items)
    to_withhold = _locatable(items) & {
        *called_secret,
        *_locations_of_services(items, _shelter_services(items)),
        *_locations_of_shelter_organizations(items),
        *_locations_named_as_shelters(items),
    }
    yield from unclear_columns(items)
    withheld = {
        item.record.id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Location)
        and item.record.id in to_withhold
        and not _has_given_visibility(item)
    }
    owners = _new_phone_owners(items, withheld)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if (
            isinstance(item, SourcedRecord)
            and isinstance(record, Location)
            and record.id in withheld
        ):
            detail = _SECRET if record.id in called_secret else _SHELTER
            yield problem_at(item, "held-for-review", Severity.WITHHELD, detail)
            yield replace(item, record=replace(record, visibility=Visibility.WITHHELD))
        elif isinstance(item, SourcedRecord) and isinstance(record, Phone) and withheld:
            yield replace(item, record=_move_phone(record, withheld, owners))
        else:
            yield item


def _new_phone_owners(items: Iterable[Item], withheld: set[str]) -> dict[str, dict[str, str]]:
    """Return which service or organization gets the phones of each withheld location.

    A phone number leads to help and does not reveal the address.
    """
    services = {service.id: service for service in _records(items, Service)}
    services_by_location: dict[str, list[str]] = defaultdict(list)
    owners: dict[str, dict[str, str]] = {}
    for link in _records(items, ServiceAtLocation):
        if link.location_id in withheld:
            services_by_location[link.location_id].append(link.service_id)
            owners[link.id] = {"service_id": link.service_id}
    for location in _records(items, Location):
        if location.id not in withheld:
            continue
        services_here = [
            services[service]
            for service in services_by_location[location.id]
            if service in services
        ]
        owner = next(
            (service.organization_id for service in services_here), location.organization_id
        )
        if len(services_here) == 1:
            owners[location.id] = {"service_id": services_here[0].id}
        elif owner:
            owners[location.id] = {"organization_id": owner}
    return owners


def _move_phone(phone: Phone, withheld: set[str], owners: Mapping[str, Mapping[str, str]]) -> Phone:
    """Move the phone of a withheld location to its service or organization: it stays public."""
    location, link = phone.location_id, phone.service_at_location_id
    if location not in withheld and link not in owners:
        return phone
    owner = owners.get(link) or owners.get(location) or {}
    service, organization = phone.service_id, phone.organization_id
    if not (service or organization):
        service, organization = owner.get("service_id", ""), owner.get("organization_id", "")
    if not (service or organization):
        return phone
    return replace(
        phone,
        service_id=service,
        organization_id=organization,
        location_id="",
        service_at_location_id="",
    )


def _has_given_visibility(item: SourcedRecord) -> bool:
    if item.record.visibility is not Visibility.PUBLIC:
        return True
    return "visibility" in item.given


def _is_marked_public(item: SourcedRecord) -> bool:
    """Return whether the source list itself marks a service, and so its locations, as public."""
    return item.record.visibility is Visibility.PUBLIC and _has_given_visibility(item)


def _joined_texts(item: SourcedRecord) -> str:
    """Join a listed service's or organization's description and its row's unmapped texts."""
    texts = [text for text in item.origin.unmapped.values() if " " in text]
    return "\n".join((getattr(item.record, "description", ""), *texts))


def _shelter_services(items: Iterable[Item]) -> set[str]:
    terms_by_service = _names_of_terms(items)
    programs = {record.id: record.name for record in _records(items, Program)}
    found = set()
    for item in items:
        if not isinstance(item, SourcedRecord) or not isinstance(item.record, Service):
            continue
        service = item.record
        other_names = (service.alternate_name, programs.get(service.program_id, ""))
        if not _is_marked_public(item) and looks_like_survivor_shelter(
            service.name, _joined_texts(item), (*terms_by_service[service.id], *other_names)
        ):
            found.add(service.id)
    return found


def _locations_of_shelter_organizations(items: Iterable[Item]) -> set[str]:
    """Return the locations of organizations that look like shelters for survivors.

    If only its description looks so, its locations with services are decided by their services.
    """
    by_name: set[str] = set()
    by_description: set[str] = set()
    for item in items:
        if not isinstance(item, SourcedRecord) or not isinstance(item.record, Organization):
            continue
        organization = item.record
        if _is_marked_public(item):
            continue
        name = f"{organization.name} {organization.alternate_name}".strip()
        if agency_looks_like_survivor_shelter(name, _joined_texts(item)):
            names_danger = looks_like_place_of_danger(name)
            (by_name if names_danger else by_description).add(organization.id)
    services = {
        record.id for record in _records(items, Service) if record.organization_id in by_name
    }
    served = {record.location_id for record in _records(items, ServiceAtLocation)}
    return _locations_of_services(items, services) | {
        place.id
        for place in _records(items, Location)
        if place.organization_id in by_name
        or (place.organization_id in by_description and place.id not in served)
    }


def _locations_named_as_shelters(items: Iterable[Item]) -> set[str]:
    """Return the locations whose name means a shelter for survivors."""
    organizations = {
        item.record.id: (item.record.name, _joined_texts(item))
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Organization)
        and not _is_marked_public(item)
    }
    found = set()
    for location in _records(items, Location):
        name = f"{location.name} {location.alternate_name}".strip()
        organization_texts = organizations.get(location.organization_id, ())
        if agency_looks_like_survivor_shelter(
            name, location.description
        ) or place_looks_like_survivor_shelter(name, organization_texts):
            found.add(location.id)
    return found


def _records(items: Iterable[Item], kind: type[RecordT]) -> Iterator[RecordT]:
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, kind):
            yield item.record


def _names_of_terms(items: Iterable[Item]) -> dict[str, list[str]]:
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    terms = {record.id: record.name for record in records if isinstance(record, TaxonomyTerm)}
    names: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if isinstance(record, Attribute) and record.taxonomy_term_id in terms:
            names[record.link_id].append(terms[record.taxonomy_term_id])
    return names


def _locations_of_services(items: Iterable[Item], services: set[str]) -> set[str]:
    return {
        item.record.location_id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, ServiceAtLocation)
        and item.record.service_id in services
    }


def _locatable(items: Iterable[Item]) -> set[str]:
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    addressed = {record.location_id for record in records if isinstance(record, Address)}
    positioned = {
        record.id
        for record in records
        if isinstance(record, Location) and record.latitude is not None
    }
    return addressed | positioned


def withhold_marked_places(items: Iterable[Item]) -> Iterator[Item]:
    """Restrict locations whose street address, or each of whose services, is restricted by flags.

    A location that the list itself marks as public stays public.
    """
    items = list(items)
    visibilities = _visibility_by_services(items)
    for location, visibility in _visibility_by_addresses(items).items():
        visibilities[location] = strictest(
            visibility, visibilities.get(location, Visibility.PUBLIC)
        )
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if (
            isinstance(item, SourcedRecord)
            and isinstance(record, Location)
            and record.id in visibilities
        ):
            yield _restrict(item, record, visibilities[record.id])
        else:
            yield item


def _restrict(item: SourcedRecord, location: Location, required: Visibility) -> SourcedRecord:
    if item.given.get("visibility") == Visibility.PUBLIC:
        return item
    visibility = strictest(required, location.visibility)
    given = {**item.given, "visibility": str(visibility)}
    return replace(item, record=replace(location, visibility=visibility), given=given)


def _visibility_by_addresses(items: Iterable[Item]) -> dict[str, Visibility]:
    found: dict[str, Visibility] = {}
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if (
            isinstance(record, Address)
            and record.address_type == "physical"
            and record.visibility is not Visibility.PUBLIC
        ):
            known = found.get(record.location_id, Visibility.PUBLIC)
            found[record.location_id] = strictest(known, record.visibility)
    return found


def _visibility_by_services(items: Iterable[Item]) -> dict[str, Visibility]:
    """Return the visibility of each location whose services are all hidden by flags."""
    flagged_services = {
        item.record.id: item.record.visibility
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Service)
        # A visibility column is for the service only; a flag is for its locations as well.
        and item.headers.get("visibility", "visibility") != "visibility"
    }
    by_location: dict[str, list[Visibility]] = defaultdict(list)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(record, ServiceAtLocation):
            given = flagged_services.get(record.service_id, Visibility.PUBLIC)
            by_location[record.location_id].append(given)
    most_public = {
        location: min(found, key=list(Visibility).index) for location, found in by_location.items()
    }
    return {
        location: visibility
        for location, visibility in most_public.items()
        if visibility is not Visibility.PUBLIC
    }
