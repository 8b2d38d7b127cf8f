"""The home place of a library, by a ZIP code or a town: its time zone and area codes."""

from __future__ import annotations

import re
from typing import NamedTuple

from referral.fields.places.gazetteer import GAZETTEER
from referral.fields.places.lookup import Place, find_zip, parse_place, places_named, zips_of

_ZIP_CODE = re.compile(r"\b\d{5}\b")


class HomePlace(NamedTuple):
    """Where a library is; ``timezone`` is an IANA name, ``area_codes`` rise.

    ``county`` and ``state`` are as a ``Place`` names them, "" where they are not known.
    """

    name: str
    timezone: str
    area_codes: tuple[str, ...]
    county: str
    state: str


def find_home(text: str, area_code: str = "") -> HomePlace | None:
    """The place of ``16335``, ``Meadville, PA 16335``, ``Meadville, PA`` or ``Meadville``.

    None where there is none, or where ``homes_named`` has several.
    """
    homes = homes_named(text, area_code)
    return homes[0] if len({each.state for each in homes}) == 1 else None


def homes_named(text: str, area_code: str = "") -> list[HomePlace]:
    """The places that a text may mean; those with the area code, where one is given and fits."""
    in_text = _ZIP_CODE.search(text)
    place = find_zip(in_text.group()) if in_text else parse_place(text)
    homes = [_home(each) for each in ([place] if place else places_named(text)) if each.timezone]
    return [each for each in homes if area_code in each.area_codes] or homes


def _home(place: Place) -> HomePlace:
    zip_codes = [place.zip_code] if place.zip_code else zips_of(place)
    entries = filter(None, map(GAZETTEER.zip_code, zip_codes))
    area_codes = sorted({code for entry in entries for code in entry.area_codes})
    return HomePlace(place.name, place.timezone, tuple(area_codes), place.county, place.state)
