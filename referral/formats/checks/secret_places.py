"""Places that the list itself marks as hidden, by their address or by all of their services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from referral.formats.reading.items import Item, ReadRecord
from referral.formats.reading.protection_flags import strictest
from referral.records.directory import Address, Location, Service, ServiceAtLocation
from referral.records.kinds import SourcedRecord
from referral.records.visibility import Visibility


def withhold_marked_places(items: Iterable[Item]) -> Iterator[Item]:
    """The items; a place is hidden as its street address is, or as all of its services are.

    A place to which the list itself gives a visibility keeps that one.
    """
    items = list(items)
    hidden = _of_services(items)
    for location, asked in _of_addresses(items).items():
        hidden[location] = strictest(asked, hidden.get(location, Visibility.PUBLIC))
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(item, ReadRecord) and isinstance(record, Location) and record.id in hidden:
            yield _hidden(item, record, hidden[record.id])
        else:
            yield item


def _hidden(item: ReadRecord, place: Location, asked: Visibility) -> ReadRecord:
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
    """The places with services that are all hidden by marks, as the least hidden of these."""
    marked = {
        item.record.id: item.record.visibility
        for item in items
        if isinstance(item, ReadRecord)
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
