"""Geocoding of locations without any service: coordinates of the list, else the ZIP centroid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from referral.fields.places.lookup import find_zip, is_position, miles_between
from referral.formats.reading.items import Item
from referral.message import message
from referral.records.hsds import Address, Location
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity

_FAR_MILES = 25
_FAR = message(
    "The list puts this place over 25 miles from its ZIP code. "
    "Correct the coordinates or the address."
)


def geocode_locations(items: Iterable[Item]) -> Iterator[Item]:
    """Add coordinates to listed locations, from the source list or the middle of their ZIP code.

    ``position_source`` becomes ``file`` for coordinates of the list, ``zip`` for the middle of
    the ZIP code of the street address (approximate), ``""`` if neither is known.
    """
    items = list(items)
    zip_codes = _zip_codes(items)
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Location):
            zip_code = zip_codes.get(item.record.id, "")
            located = _with_position(item.record, zip_code)
            yield replace(item, record=located)
            if _is_far(located, zip_code):
                yield Problem(
                    code="position-far",
                    severity=Severity.WARNING,
                    message=_FAR,
                    file=item.origin.file,
                    line=item.origin.line,
                    column="latitude",
                )
        else:
            yield item


def _with_position(location: Location, zip_code: str) -> Location:
    if is_position(location.latitude, location.longitude):
        return replace(location, position_source="file")
    centroid = find_zip(zip_code)
    if centroid is None or location.location_type == "virtual":
        return replace(location, latitude=None, longitude=None, position_source="")
    return replace(
        location,
        latitude=centroid.latitude,
        longitude=centroid.longitude,
        position_source="zip",
    )


def _is_far(location: Location, zip_code: str) -> bool:
    """Return whether the coordinates of a location contradict the ZIP code of its address."""
    centroid = find_zip(zip_code)
    if location.latitude is None or location.longitude is None or centroid is None:
        return False
    position = location.latitude, location.longitude
    return miles_between(*position, centroid.latitude, centroid.longitude) > _FAR_MILES


def _zip_codes(items: Iterable[Item]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Address):
            address = item.record
            if address.address_type == "physical" and address.postal_code:
                found.setdefault(address.location_id, address.postal_code)
    return found
