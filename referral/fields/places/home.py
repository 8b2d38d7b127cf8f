"""The home place of a library, by a ZIP code or a town: its time zone and area codes."""

from __future__ import annotations

from typing import NamedTuple

from referral.fields.places.gazetteer import GAZETTEER
from referral.fields.places.lookup import parse_place, places_named, zips_of


class HomePlace(NamedTuple):
    """Where a library is; ``timezone`` is an IANA name, ``area_codes`` rise.

    ``county`` and ``state`` are as a ``Place`` names them, "" where they are not known.
    """

    name: str
    timezone: str
    area_codes: tuple[str, ...]
    county: str
    state: str


def find_home(text: str) -> HomePlace | None:
    """The place of ``16335``, ``Meadville, PA`` or ``Meadville``.

    None where there is none, or where several states have a town of this name and none is given.
    """
    place = parse_place(text)
    if place is None:
        named = places_named(text)
        place = named[0] if len({each.state for each in named}) == 1 else None
    if place is None or not place.timezone:
        return None
    zip_codes = [place.zip_code] if place.zip_code else zips_of(place)
    entries = filter(None, map(GAZETTEER.zip_code, zip_codes))
    area_codes = sorted({code for entry in entries for code in entry.area_codes})
    return HomePlace(place.name, place.timezone, tuple(area_codes), place.county, place.state)
