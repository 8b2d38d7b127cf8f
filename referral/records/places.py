"""Places known by ZIP code, offline: where they are and how far apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from math import asin, cos, inf, radians, sin, sqrt

from referral.records.zip_codes import all_zip_codes

EARTH_RADIUS_MILES = 3958.8
_ZIP = re.compile(r"\s*(\d{5})(?:-?\d{4})?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point (WGS 84 degrees) and what people call it; ``zip_code`` "" for a bare point."""

    latitude: float
    longitude: float
    name: str = ""
    zip_code: str = ""
    city: str = ""
    county: str = ""
    state: str = ""
    timezone: str = ""


def zip5(text: str) -> str:
    """The five digits of a ZIP or ZIP+4 code, "" when it is neither."""
    match = _ZIP.match(text)
    return match.group(1) if match else ""


@cache
def find_zip(zip_code: str) -> Place | None:
    """The middle of a ZIP code, or None when there is no such code (source: zipcodes package)."""
    five = zip5(zip_code)
    entry = all_zip_codes().get(five) if five else None
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
    near = [
        (miles_between(latitude, longitude, *entry.middle), entry.zip_code)
        for entry in all_zip_codes().values()
        if entry.middle and abs(entry.middle[0] - latitude) < 0.75
    ]
    miles, code = min(near, default=(inf, ""))
    return find_zip(code) if miles <= 50 else None


def cities_of_zip(zip_code: str) -> tuple[str, ...]:
    """The cities and towns that a ZIP code is a part of, the usual one first."""
    entry = all_zip_codes().get(zip5(zip_code))
    return entry.cities if entry else ()


@lru_cache(maxsize=1024)
def zips_of(place: Place) -> tuple[str, ...]:
    """The ZIP codes of a place that is a city, or else a county, and has none of its own."""
    if not (place.city or place.county):
        return ()
    return tuple(
        entry.zip_code
        for entry in all_zip_codes().values()
        if entry.state == place.state
        and (place.city in entry.cities if place.city else entry.county == place.county)
    )


def parse_place(text: str) -> Place | None:
    """A place from ``16335`` or ``41.63,-80.15``; None when it is neither or off the map."""
    if zip5(text):
        return find_zip(text)
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not is_position(latitude, longitude):
        return None
    return Place(latitude=latitude, longitude=longitude, name=f"{latitude:g},{longitude:g}")


def is_position(latitude: float | None, longitude: float | None) -> bool:
    """Whether this is a point on Earth; 0,0 is what exporters write for "unknown"."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return False
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def miles_between(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Great-circle distance in miles."""
    half_lat, half_lon = radians(b_lat - a_lat) / 2, radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(1.0, chord)))
