"""Geocoding of locations without any service: coordinates of the list, else the ZIP centroid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from referral.fields.places.lookup import find_zip, is_position
from referral.formats.reading.items import Item
from referral.records.directory import Address, Location
from referral.records.kinds import SourcedRecord


def geocode_locations(items: Iterable[Item]) -> Iterator[Item]:
    """The items, each location with coordinates where they are known.

    ``position_source`` becomes ``file`` for coordinates of the list, ``zip`` for the middle of
    the ZIP code of the street address (approximate), ``""`` where neither is known.
    """
    items = list(items)
    zip_codes = _zip_codes(items)
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Location):
            place = _placed(item.record, zip_codes.get(item.record.id, ""))
            yield replace(item, record=place)
        else:
            yield item


def _placed(location: Location, zip_code: str) -> Location:
    if is_position(location.latitude, location.longitude):
        return replace(location, position_source="file")
    middle = find_zip(zip_code)
    if middle is None or location.location_type == "virtual":
        return replace(location, latitude=None, longitude=None, position_source="")
    return replace(
        location,
        latitude=middle.latitude,
        longitude=middle.longitude,
        position_source="zip",
    )


def _zip_codes(items: Iterable[Item]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Address):
            address = item.record
            if address.address_type == "physical" and address.postal_code:
                found.setdefault(address.location_id, address.postal_code)
    return found
