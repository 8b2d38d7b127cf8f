"""Public records as agencies with sites and services, as AIRS XML nests them, some at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from referral.formats.hsds.own_terms import stand_in_id
from referral.formats.writing.airs_xml import Agency, Site
from referral.formats.writing.nested import Nested
from referral.open_data.nesting import nested
from referral.open_data.public_records import PublicRecords
from referral.records.directory import Organization, Record
from referral.store.base import in_batches

_TOGETHER = 100
Family = Mapping[str, list[str]]


def agencies(public: PublicRecords, owners: Mapping[str, str]) -> Iterator[Agency]:
    """The agencies that stand by themselves, with those inside; then one for each lone service.

    Args:
        owners: ids of organizations and services from lists of others → whose they are.
    """
    order, inside = _family(public)
    sites = {link.location_id for link in _records(public, "service_at_location")}
    inner = {each for some in inside.values() for each in some}
    seen: set[str] = set()
    # Agencies that are inside one another, in a circle, come last.
    for roots in in_batches([*(each for each in order if each not in inner), *order], _TOGETHER):
        trees = {root: _tree(root, inside, seen) for root in dict.fromkeys(roots)}
        wanted = [each for tree in trees.values() for each, _ in tree]
        made = _made(public, wanted, sites)
        for agency_id, agency in made.items():
            agency.owner = owners.get(agency_id, "")
        for tree in trees.values():
            for each, parent in tree:
                if parent:
                    made[parent].inner.append(made[each])
                else:
                    root = made[each]
            if tree:
                yield root
    yield from _lone_services(public, owners)


def _records(public: PublicRecords, kind: str) -> Iterator[Any]:
    return iter(public.of_kind(kind))


def _family(public: PublicRecords) -> tuple[list[str], Family]:
    """The ids of organizations, and which are inside which."""
    order: list[str] = []
    inside: dict[str, list[str]] = defaultdict(list)
    for each in _records(public, "organization"):
        order.append(each.id)
        if each.parent_organization_id:
            inside[each.parent_organization_id].append(each.id)
    return order, inside


def _tree(root: str, inside: Family, seen: set[str]) -> list[tuple[str, str]]:
    """An agency and all inside it that were not met before: (id, id of the one around it)."""
    found: list[tuple[str, str]] = []
    waiting = [(root, "")]
    while waiting:
        each, parent = waiting.pop(0)
        if each not in seen:
            seen.add(each)
            found.append((each, parent))
            waiting += [(child, each) for child in inside.get(each, ())]
    return found


def _made(public: PublicRecords, ids: list[str], sites: set[str]) -> dict[str, Agency]:
    """These agencies with their sites, by id."""
    made = {
        node.record.id: Agency(node)
        for node in nested(public, "organization", public.with_ids("organization", ids))
    }
    for agency_id, services in _nested_by_owner(public, "service", ids).items():
        made[agency_id].sites += _sites(services)
    for agency_id, places in _nested_by_owner(public, "location", ids).items():
        lone = [Site(place) for place in places if place.record.id not in sites]
        made[agency_id].sites += lone
    return made


def _nested_by_owner(public: PublicRecords, kind: str, ids: list[str]) -> dict[str, list[Nested]]:
    found = public.inside(kind, "organization", ids)
    records: list[Record] = [each for some in found.values() for each in some]
    by_owner: dict[str, list[Nested]] = defaultdict(list)
    for node in nested(public, kind, records):
        by_owner[getattr(node.record, "organization_id")].append(node)  # noqa: B009
    return by_owner


def _sites(services: Iterable[Nested]) -> list[Site]:
    """The places where services are given, each with those there; first what is at no place."""
    nowhere = Site(None)
    by_place: dict[str, Site] = {}
    for service in services:
        links = service.parts.get("service_at_location", ())
        placed = [(link, place) for link in links for place in link.parts.get("location", ())]
        for link, place in placed:
            site = by_place.setdefault(place.record.id, Site(place))
            site.services.append((service, link))
        if not placed:
            nowhere.services.append((service, None))
    return [*([nowhere] if nowhere.services else []), *by_place.values()]


def _lone_services(public: PublicRecords, owners: Mapping[str, str]) -> Iterator[Agency]:
    """An agency of the same name for each service whose organization does not leave."""
    lone = (each for each in public.of_kind("service") if not getattr(each, "organization_id"))  # noqa: B009
    for services in in_batches(lone, _TOGETHER):
        for service in nested(public, "service", services):
            record: Any = service.record
            agency = Organization(id=stand_in_id(record.id), name=record.name)
            owner = owners.get(record.id, "")
            yield Agency(Nested(agency), _sites([service]), owner=owner)
