"""Places withheld before anything is stored: of survivors' shelters, and as the list itself asks.

Shelters are recognised by ``records.shelter_detection``, and places that the list calls secret in
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

    A service or an agency that looks like such a shelter, and that its file does not call public,
    keeps its visibility and its phones; every location of it that has an address or a position
    (and no visibility from the file either) becomes withheld. So does a location that looks so
    by itself, and one that the list calls secret in its own words.
    """
    items = list(items)
    said = secret_places(items)
    secret = _places_that_tell(items) & {
        *said,
        *_places_of(items, _shelters(items)),
        *_places_of_agencies(items),
        *_places_by_themselves(items),
    }
    yield from unclear_columns(items)
    held = {
        item.record.id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Location)
        and item.record.id in secret
        and not _gives_visibility(item)
    }
    owners = _owners_of_phones(items, held)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(item, SourcedRecord) and isinstance(record, Location) and record.id in held:
            detail = _SECRET if record.id in said else _SHELTER
            yield problem_at(item, "held-for-review", Severity.HELD, detail)
            yield replace(item, record=replace(record, visibility=Visibility.WITHHELD))
        elif isinstance(item, SourcedRecord) and isinstance(record, Phone) and held:
            yield replace(item, record=_without_place(record, held, owners))
        else:
            yield item


def _owners_of_phones(items: Iterable[Item], held: set[str]) -> dict[str, dict[str, str]]:
    """Return location or service_at_location → the service or organization that gets its phones.

    A number at the door leads to help, and says nothing of where the door is.
    """
    services = {each.id: each for each in _records(items, Service)}
    at_place: dict[str, list[str]] = defaultdict(list)
    found: dict[str, dict[str, str]] = {}
    for link in _records(items, ServiceAtLocation):
        if link.location_id in held:
            at_place[link.location_id].append(link.service_id)
            found[link.id] = {"service_id": link.service_id}
    for place in _records(items, Location):
        if place.id not in held:
            continue
        here = [services[each] for each in at_place[place.id] if each in services]
        owner = next((each.organization_id for each in here), place.organization_id)
        if len(here) == 1:
            found[place.id] = {"service_id": here[0].id}
        elif owner:
            found[place.id] = {"organization_id": owner}
    return found


def _without_place(phone: Phone, held: set[str], owners: Mapping[str, Mapping[str, str]]) -> Phone:
    """Move the phone of a withheld location to its service or organization: it stays public."""
    place, link = phone.location_id, phone.service_at_location_id
    if place not in held and link not in owners:
        return phone
    own = owners.get(link) or owners.get(place) or {}
    service, agency = phone.service_id, phone.organization_id
    if not (service or agency):
        service, agency = own.get("service_id", ""), own.get("organization_id", "")
    if not (service or agency):
        return phone
    return replace(
        phone, service_id=service, organization_id=agency, location_id="", service_at_location_id=""
    )


def _gives_visibility(item: SourcedRecord) -> bool:
    if item.record.visibility is not Visibility.PUBLIC:
        return True
    return "visibility" in item.given


def _is_published(item: SourcedRecord) -> bool:
    """Return whether the list itself marks a service, and so its locations, as public."""
    return item.record.visibility is Visibility.PUBLIC and _gives_visibility(item)


def _texts_of(item: SourcedRecord) -> str:
    """Yield the texts of a service or organization and the unmapped cells of its row."""
    texts = [text for text in item.origin.unmapped.values() if " " in text]
    return "\n".join((getattr(item.record, "description", ""), *texts))


def _shelters(items: Iterable[Item]) -> set[str]:
    heads = _names_of_terms(items)
    programs = {record.id: record.name for record in _records(items, Program)}
    found = set()
    for item in items:
        if not isinstance(item, SourcedRecord) or not isinstance(item.record, Service):
            continue
        service = item.record
        more = (service.alternate_name, programs.get(service.program_id, ""))
        if not _is_published(item) and looks_like_survivor_shelter(
            service.name, _texts_of(item), (*heads[service.id], *more)
        ):
            found.add(service.id)
    return found


def _places_of_agencies(items: Iterable[Item]) -> set[str]:
    """Return the locations of organizations that look like shelters for survivors.

    Where only its description says so, an agency's services speak for their places.
    """
    named: set[str] = set()
    described: set[str] = set()
    for item in items:
        if not isinstance(item, SourcedRecord) or not isinstance(item.record, Organization):
            continue
        agency = item.record
        if _is_published(item):
            continue
        name = f"{agency.name} {agency.alternate_name}".strip()
        if agency_looks_like_survivor_shelter(name, _texts_of(item)):
            speaks = looks_like_place_of_danger(name)
            (named if speaks else described).add(agency.id)
    services = {each.id for each in _records(items, Service) if each.organization_id in named}
    served = {each.location_id for each in _records(items, ServiceAtLocation)}
    return _places_of(items, services) | {
        place.id
        for place in _records(items, Location)
        if place.organization_id in named
        or (place.organization_id in described and place.id not in served)
    }


def _places_by_themselves(items: Iterable[Item]) -> set[str]:
    """Return the locations whose name means a shelter for survivors."""
    agencies = {
        item.record.id: (item.record.name, _texts_of(item))
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Organization)
        and not _is_published(item)
    }
    found = set()
    for place in _records(items, Location):
        name = f"{place.name} {place.alternate_name}".strip()
        of_agency = agencies.get(place.organization_id, ())
        if agency_looks_like_survivor_shelter(
            name, place.description
        ) or place_looks_like_survivor_shelter(name, of_agency):
            found.add(place.id)
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


def _places_of(items: Iterable[Item], services: set[str]) -> set[str]:
    return {
        item.record.location_id
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, ServiceAtLocation)
        and item.record.service_id in services
    }


def _places_that_tell(items: Iterable[Item]) -> set[str]:
    records = [item.record for item in items if isinstance(item, SourcedRecord)]
    addressed = {record.location_id for record in records if isinstance(record, Address)}
    positioned = {
        record.id
        for record in records
        if isinstance(record, Location) and record.latitude is not None
    }
    return addressed | positioned


def withhold_marked_places(items: Iterable[Item]) -> Iterator[Item]:
    """Hide each location whose street, or each of whose services, is hidden.

    A place to which the list itself gives a visibility keeps that one.
    """
    items = list(items)
    hidden = _of_services(items)
    for location, asked in _of_addresses(items).items():
        hidden[location] = strictest(asked, hidden.get(location, Visibility.PUBLIC))
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(item, SourcedRecord) and isinstance(record, Location) and record.id in hidden:
            yield _hidden(item, record, hidden[record.id])
        else:
            yield item


def _hidden(item: SourcedRecord, place: Location, asked: Visibility) -> SourcedRecord:
    if item.given.get("visibility") == Visibility.PUBLIC:
        return item
    visibility = strictest(asked, place.visibility)
    given = {**item.given, "visibility": str(visibility)}
    return replace(item, record=replace(place, visibility=visibility), given=given)


def _of_addresses(items: Iterable[Item]) -> dict[str, Visibility]:
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


def _of_services(items: Iterable[Item]) -> dict[str, Visibility]:
    """Return location → visibility, for locations whose services are all hidden by flags."""
    marked = {
        item.record.id: item.record.visibility
        for item in items
        if isinstance(item, SourcedRecord)
        and isinstance(item.record, Service)
        # A visibility column says what it means; a mark means the place as well.
        and item.headers.get("visibility", "visibility") != "visibility"
    }
    at_place: dict[str, list[Visibility]] = defaultdict(list)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(record, ServiceAtLocation):
            given = marked.get(record.service_id, Visibility.PUBLIC)
            at_place[record.location_id].append(given)
    least = {place: min(found, key=list(Visibility).index) for place, found in at_place.items()}
    return {place: seen for place, seen in least.items() if seen is not Visibility.PUBLIC}
