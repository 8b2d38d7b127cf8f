"""The home place of a library, by a ZIP code or a town: its time zone and area codes."""

from __future__ import annotations

from typing import NamedTuple

from referral.fields.places.gazetteer import GAZETTEER, state_code
from referral.fields.places.lookup import find_towns, find_zip, zip5, zips_of


class HomePlace(NamedTuple):
    """Where a library is; ``timezone`` is an IANA name, ``area_codes`` rise."""

    name: str
    timezone: str
    area_codes: tuple[str, ...]


def find_home(text: str) -> HomePlace | None:
    """The place of ``16335``, ``Meadville, PA`` or ``Meadville``.

    None where there is none, or where several states have a town of this name and none is given.
    """
    if zip5(text):
        found = [find_zip(text)]
    else:
        town, _, state = text.partition(",")
        named = find_towns(town) if town.strip() else ()
        found = [each for each in named if not state.strip() or each.state == state_code(state)]
    place = found[0] if len(found) == 1 else None
    if place is None or not place.timezone:
        return None
    zip_codes = [place.zip_code] if place.zip_code else zips_of(place)
    entries = filter(None, map(GAZETTEER.zip_code, zip_codes))
    area_codes = sorted({code for entry in entries for code in entry.area_codes})
    return HomePlace(place.name, place.timezone, tuple(area_codes))
