"""Lookup of a library's home place by ZIP code or town, with its time zone and area codes."""

from __future__ import annotations

import re
from typing import NamedTuple

from referral.fields.places.gazetteer import GAZETTEER
from referral.fields.places.lookup import Place, find_zip, parse_place, places_named, zips_of

_ZIP_CODE = re.compile(r"\b\d{5}\b")


class HomePlace(NamedTuple):
    """The home place of a library; ``timezone`` is an IANA name, ``area_codes`` are sorted.

    ``county`` and ``state`` are those of a ``Place``, "" where unknown.
    """

    name: str
    timezone: str
    area_codes: tuple[str, ...]
    county: str
    state: str


def find_home(text: str, area_code: str = "") -> HomePlace | None:
    """Find the home place for a ZIP code or town: ``16335``, ``Meadville, PA``, ``Meadville``.

    None where there is none, or where the text may mean places in several states.
    """
    homes = homes_named(text, area_code)
    return homes[0] if len({home.state for home in homes}) == 1 else None


def homes_named(text: str, area_code: str = "") -> list[HomePlace]:
    """Return the home places that a text may mean, only those with ``area_code`` if any has it."""
    zip_match = _ZIP_CODE.search(text)
    place = find_zip(zip_match.group()) if zip_match else parse_place(text)
    homes = [
        _build_home(found) for found in ([place] if place else places_named(text)) if found.timezone
    ]
    return [home for home in homes if area_code in home.area_codes] or homes


def _build_home(place: Place) -> HomePlace:
    zip_codes = [place.zip_code] if place.zip_code else zips_of(place)
    zip_entries = filter(None, map(GAZETTEER.zip_code, zip_codes))
    area_codes = sorted({code for entry in zip_entries for code in entry.area_codes})
    return HomePlace(place.name, place.timezone, tuple(area_codes), place.county, place.state)
