"""Offline lookup of places: ZIP codes, towns and counties by name, nearest ZIP, distances."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import asin, cos, inf, pi, radians, sin, sqrt

from referral.fields.places.gazetteer import (
    COUNTY,
    GAZETTEER,
    TOWN,
    ZipCode,
    county_key,
    place_key,
    state_code,
)

EARTH_RADIUS_MILES = 3958.8
_MILES_OF_A_DEGREE = EARTH_RADIUS_MILES * pi / 180
_NEAREST_MILES = 50.0
_POLE = 90
_LONGEST = 100  # letters of a town with its state
_ZIP = re.compile(r"\s*(\d{5})(?:-?\d{4})?\s*\Z")
_DEGREES = r"([-+]?\d{1,3}(?:\.\d{1,20})?)"
_POSITION = re.compile(rf"\(? ?{_DEGREES} ?[,;] ?{_DEGREES} ?\)?\Z")
_WKT_POINT = re.compile(rf"POINT ?\( ?{_DEGREES} {_DEGREES} ?\)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point (WGS 84 degrees) and what people call it; ``zip_code`` "" for a bare point.

    ``typed`` is the text that it was read from; places that differ in it alone are equal.
    """

    latitude: float
    longitude: float
    name: str = ""
    zip_code: str = ""
    city: str = ""
    county: str = ""
    state: str = ""
    timezone: str = ""
    typed: str = field(default="", compare=False)


def zip5(text: str) -> str:
    """The five digits of a ZIP or ZIP+4 code, "" when it is neither."""
    match = _ZIP.match(text)
    return match.group(1) if match else ""


@lru_cache(maxsize=1 << 16)
def find_zip(zip_code: str) -> Place | None:
    """The middle of a ZIP code, or None when there is no such code (source: zipcodes package)."""
    five = zip5(zip_code)
    entry = GAZETTEER.zip_code(five) if five else None
    if entry is None or entry.middle is None:
        return None
    return Place(
        latitude=entry.middle[0],
        longitude=entry.middle[1],
        name=f"{entry.city}, {entry.state} {five}",
        zip_code=five,
        city=entry.city,
        county=entry.county,
        state=entry.state,
        timezone=entry.timezone,
    )


@lru_cache(maxsize=1024)
def nearest_zip(latitude: float, longitude: float) -> Place | None:
    """The ZIP code whose middle is nearest to a point; None when there is none within 50 miles."""
    degrees = _NEAREST_MILES / _MILES_OF_A_DEGREE
    widest = degrees / max(cos(radians(abs(latitude) + degrees)), 0.01)
    near = [
        (miles_between(latitude, longitude, *entry.middle), entry.zip_code)
        for entry in GAZETTEER.within_bounds(
            latitude - degrees, latitude + degrees, longitude - widest, longitude + widest
        )
        if entry.middle
    ]
    miles, code = min(near, default=(inf, ""))
    return find_zip(code) if miles <= _NEAREST_MILES else None


def cities_of_zip(zip_code: str) -> tuple[str, ...]:
    """The cities and towns that a ZIP code is a part of, the usual one first."""
    entry = GAZETTEER.zip_code(zip5(zip_code))
    return entry.cities if entry else ()


@lru_cache(maxsize=1024)
def zips_of(place: Place) -> tuple[str, ...]:
    """The ZIP codes of a place that is a city, or else a county, and has none of its own."""
    if not (place.city or place.county):
        return ()
    return tuple(
        entry.zip_code
        for entry in GAZETTEER.of_state(place.state)
        if (place.city in entry.cities if place.city else entry.county == place.county)
    )


def parse_place(text: str) -> Place | None:
    """A place from ``16335`` or ``41.63,-80.15``; None when it is neither or off the map."""
    if zip5(text):
        place = find_zip(text)
        return replace(place, typed=text.strip()) if place else None
    position = parse_position(text)
    if position is None:
        return None
    name = f"{position[0]:g},{position[1]:g}"
    return Place(latitude=position[0], longitude=position[1], name=name, typed=text.strip())


def places_named(text: str) -> Sequence[Place]:
    """The towns, then the counties, of ``Meadville, PA``, ``Erie County`` or ``Meadville``.

    There are several where no state is given, or where a town is called like a county.
    """
    name, _, state = text[:_LONGEST].partition(",")  # what is longer is kept in no cache
    found = [*find_towns(name), *find_counties(name)] if name.strip() else []
    found = [replace(place, typed=text.strip()) for place in found]
    return [each for each in found if each.state == state_code(state)] if state.strip() else found


def parse_position(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of ``41.63, -80.15``, ``(41.63, -80.15)`` or ``POINT (-80.15 41.63)``.

    The longitude may come first as well where the numbers tell: in America it alone is negative,
    and beyond 90 degrees there is no latitude. None where this is no point on Earth.
    """
    words = " ".join(text.split())
    if point := _WKT_POINT.match(words):
        longitude, latitude = map(float, point.groups())
    elif pair := _POSITION.match(words):
        latitude, longitude = map(float, pair.groups())
        if latitude < 0 < longitude or abs(latitude) > _POLE:
            latitude, longitude = longitude, latitude
    else:
        return None
    return (latitude, longitude) if is_position(latitude, longitude) else None


def is_position(latitude: float | None, longitude: float | None) -> bool:
    """Whether this is a point on Earth; 0,0 is what exporters write for "unknown"."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return False
    return -_POLE <= latitude <= _POLE and -180 <= longitude <= 180


def miles_between(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Great-circle distance in miles."""
    half_lat, half_lon = radians(b_lat - a_lat) / 2, radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(1.0, chord)))


@lru_cache(maxsize=4096)
def find_towns(name: str) -> tuple[Place, ...]:
    """The towns of this name, one for each state that has one; the name may lack its accents."""
    return _places(TOWN, place_key(name))


@lru_cache(maxsize=4096)
def find_counties(name: str) -> tuple[Place, ...]:
    """The counties of this name (``Erie County``, ``Erie``), one for each state."""
    return _places(COUNTY, county_key(name))


def _places(kind: str, key: str) -> tuple[Place, ...]:
    found: defaultdict[tuple[str, str], list[ZipCode]] = defaultdict(list)
    for name, entry in GAZETTEER.find_by_name(kind, key):
        found[name, entry.state].append(entry)
    return tuple(
        _middle(name, state, name if kind == TOWN else "", some)
        for (name, state), some in sorted(found.items())
    )


def _middle(name: str, state: str, city: str, entries: Sequence[ZipCode]) -> Place:
    middles = [entry.middle for entry in entries if entry.middle]
    return Place(
        latitude=sum(latitude for latitude, _ in middles) / len(middles),
        longitude=sum(longitude for _, longitude in middles) / len(middles),
        name=f"{name}, {state}",
        city=city,
        county=entries[0].county,
        state=state,
        timezone=entries[0].timezone,
    )
