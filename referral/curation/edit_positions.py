"""Where an edited location is: as typed, else as it was, else the middle of its ZIP code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from referral.curation.drafts import Draft
from referral.curation.form_text import text_of
from referral.fields.places.lookup import is_position
from referral.formats.checks.geocoding import geocode_locations
from referral.records.directory import Address, Location, Record
from referral.records.kinds import Origin, SourcedRecord


def placed(location: Location, children: Sequence[Record], stored: Draft) -> Location:
    """The location with its position; where nothing it follows from changed, as stored."""
    before = stored.record
    if isinstance(before, Location) and stored.fingerprint:
        if _follows_from(location, children) == _follows_from(before, stored.children):
            return replace(location, position_source=before.position_source)
        if _typed(location) == _typed(before) == ("", ""):
            location = replace(location, latitude=None, longitude=None)
    if location.latitude is not None and not is_position(location.latitude, location.longitude):
        return location  # to be mended by whoever typed it
    origin = Origin(source="", key=location.id)
    items = geocode_locations([SourcedRecord(each, origin) for each in (location, *children)])
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Location):
            return item.record
    return location


def _typed(location: Location) -> tuple[str, str]:
    return text_of(location, "latitude"), text_of(location, "longitude")


def _follows_from(location: Location, children: Sequence[Record]) -> tuple[Any, ...]:
    zips = [
        child.postal_code
        for child in children
        if isinstance(child, Address) and child.address_type == "physical"
    ]
    return _typed(location), location.location_type, zips
