"""What the zipcodes package knows of ZIP codes, as small records that are read once.

The package makes a dictionary for each code: all at once they would take 100 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from sys import intern
from typing import Any, NamedTuple

import zipcodes


class ZipCode(NamedTuple):
    """One code; its middle (WGS 84 degrees) is None where unknown, its zone "" where unknown."""

    zip_code: str
    kind: str
    is_active: bool
    city: str
    acceptable_cities: tuple[str, ...]
    unacceptable_cities: tuple[str, ...]
    state: str
    county: str
    timezone: str
    middle: tuple[float, float] | None

    @property
    def cities(self) -> tuple[str, ...]:
        """Its city, and what the post office does or does not want on letters: people say it."""
        return (self.city, *self.acceptable_cities, *self.unacceptable_cities)


@cache
def all_zip_codes() -> Mapping[str, ZipCode]:
    """All codes, rising."""
    return {
        entry["zip_code"]: _read(entry)
        for digit in range(10)
        for entry in zipcodes.similar_to(str(digit))
    }


def _read(entry: Mapping[str, Any]) -> ZipCode:
    is_known = entry["lat"] and entry["long"]
    return ZipCode(
        zip_code=entry["zip_code"],
        kind=intern(entry["zip_code_type"]),
        is_active=entry["active"],
        city=intern(entry["city"]),
        acceptable_cities=tuple(map(intern, entry["acceptable_cities"])),
        unacceptable_cities=tuple(map(intern, entry["unacceptable_cities"])),
        state=intern(entry["state"]),
        county=intern(entry["county"]),
        timezone=intern(entry["timezone"] or ""),
        middle=(float(entry["lat"]), float(entry["long"])) if is_known else None,
    )
