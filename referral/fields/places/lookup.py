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
_LATITUDE_OF_POLE = 90
_MOST_LETTERS = 100  # letters of a town with its state
_ZIP = re.compile(r"\s*(\d{5})(?:-?\d{4})?\s*\Z")
_DEGREES = r"([-+]?\d{1,3}(?:\.\d{1,20})?)"
_POSITION = re.compile(rf"\(? ?{_DEGREES} ?[,;] ?{_DEGREES} ?\)?\Z")
_WKT_POINT = re.compile(rf"POINT ?\( ?{_DEGREES} {_DEGREES} ?\)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point (WGS 84 degrees) with the names of its town, county and state.

    ``zip_code`` is "" for a bare point, a town or a county. ``typed`` is the text that was parsed;
    it does not count for equality.
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
    """Return the five digits of a ZIP or ZIP+4 code, "" for other text."""
    match = _ZIP.match(text)
    return match.group(1) if match else ""


@lru_cache(maxsize=1 << 16)
def find_zip(zip_code: str) -> Place | None:
    """Return the center of a ZIP code as a place, None when the gazetteer lacks it."""
    code = zip5(zip_code)
    entry = GAZETTEER.zip_code(code) if code else None
    if entry is None or entry.center is None:
        return None
    latitude, longitude = entry.center
    return Place(
        latitude=latitude,
        longitude=longitude,
        name=f"{entry.city}, {entry.state} {code}",
        zip_code=code,
        city=entry.city,
        county=entry.county,
        state=entry.state,
        timezone=entry.timezone,
    )


@lru_cache(maxsize=1024)
def nearest_zip(latitude: float, longitude: float) -> Place | None:
    """Return the ZIP code with the center nearest to a point; None without one within 50 miles."""
    latitude_degrees = _NEAREST_MILES / _MILES_OF_A_DEGREE
    longitude_degrees = latitude_degrees / max(cos(radians(abs(latitude) + latitude_degrees)), 0.01)
    candidates = [
        (miles_between(latitude, longitude, *entry.center), entry.zip_code)
        for entry in GAZETTEER.within_bounds(
            latitude - latitude_degrees,
            latitude + latitude_degrees,
            longitude - longitude_degrees,
            longitude + longitude_degrees,
        )
        if entry.center
    ]
    miles, zip_code = min(candidates, default=(inf, ""))
    return find_zip(zip_code) if miles <= _NEAREST_MILES else None


def cities_of_zip(zip_code: str) -> tuple[str, ...]:
    """Return all city names of a ZIP code, the usual one first."""
    entry = GAZETTEER.zip_code(zip5(zip_code))
    return entry.cities if entry else ()


@lru_cache(maxsize=1024)
def zips_of(place: Place) -> tuple[str, ...]:
    """Return the ZIP codes of the city of a place, or else of its county; () for a bare point."""
    if not (place.city or place.county):
        return ()
    return tuple(
        entry.zip_code
        for entry in GAZETTEER.of_state(place.state)
        if (place.city in entry.cities if place.city else entry.county == place.county)
    )


def parse_place(text: str) -> Place | None:
    """Parse a ZIP code or ``41.63,-80.15`` into a place; None for other text or unknown codes."""
    if zip5(text):
        place = find_zip(text)
        return replace(place, typed=text.strip()) if place else None
    position = parse_position(text)
    if position is None:
        return None
    latitude, longitude = position
    name = f"{latitude:g},{longitude:g}"
    return Place(latitude=latitude, longitude=longitude, name=name, typed=text.strip())


def places_named(text: str) -> Sequence[Place]:
    """Find towns, then counties, by a name such as ``Meadville, PA`` or ``Erie County``.

    There may be several where no state is given, or where a town and a county share a name.
    """
    name, _, state = text[:_MOST_LETTERS].partition(",")  # longer texts would fill the caches
    places = [*find_towns(name), *find_counties(name)] if name.strip() else []
    places = [replace(place, typed=text.strip()) for place in places]
    return (
        [place for place in places if place.state == state_code(state)] if state.strip() else places
    )


def parse_position(text: str) -> tuple[float, float] | None:
    """Parse ``41.63, -80.15``, ``(41.63, -80.15)`` or ``POINT (-80.15 41.63)`` into a position.

    The longitude may be first where the numbers show it: in America only longitudes are negative,
    and no latitude exceeds 90 degrees. None for other text.
    """
    words = " ".join(text.split())
    if point := _WKT_POINT.match(words):
        longitude, latitude = map(float, point.groups())
    elif pair := _POSITION.match(words):
        latitude, longitude = map(float, pair.groups())
        if latitude < 0 < longitude or abs(latitude) > _LATITUDE_OF_POLE:
            latitude, longitude = longitude, latitude
    else:
        return None
    return (latitude, longitude) if is_position(latitude, longitude) else None


def is_position(latitude: float | None, longitude: float | None) -> bool:
    """Return whether coordinates are a point on Earth; 0,0 is rejected, as it means "unknown"."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return False
    return -_LATITUDE_OF_POLE <= latitude <= _LATITUDE_OF_POLE and -180 <= longitude <= 180


def miles_between(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Return the great-circle distance of two points in miles."""
    half_lat, half_lon = radians(b_lat - a_lat) / 2, radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(1.0, chord)))


@lru_cache(maxsize=4096)
def find_towns(name: str) -> tuple[Place, ...]:
    """Find the towns with a name, one for each state and spelling; accents are ignored."""
    return _places_by_key(TOWN, place_key(name))


@lru_cache(maxsize=4096)
def find_counties(name: str) -> tuple[Place, ...]:
    """Find the counties with a name (``Erie County``, ``Erie``), one for each state."""
    return _places_by_key(COUNTY, county_key(name))


def _places_by_key(kind: str, key: str) -> tuple[Place, ...]:
    entries_by_place: defaultdict[tuple[str, str], list[ZipCode]] = defaultdict(list)
    for name, entry in GAZETTEER.find_by_name(kind, key):
        entries_by_place[name, entry.state].append(entry)
    return tuple(
        _place_at_center(name, state, name if kind == TOWN else "", entries)
        for (name, state), entries in sorted(entries_by_place.items())
    )


def _place_at_center(name: str, state: str, city: str, entries: Sequence[ZipCode]) -> Place:
    centers = [entry.center for entry in entries if entry.center]
    return Place(
        latitude=sum(latitude for latitude, _ in centers) / len(centers),
        longitude=sum(longitude for _, longitude in centers) / len(centers),
        name=f"{name}, {state}",
        city=city,
        county=entries[0].county,
        state=state,
        timezone=entries[0].timezone,
    )
