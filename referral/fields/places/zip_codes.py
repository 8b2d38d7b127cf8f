"""What the zipcodes package knows of ZIP codes, as small records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, NamedTuple


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


def known_version() -> str:
    """Of the package: another one may know other codes."""
    return version("zipcodes")


def read_zip_codes() -> Iterator[ZipCode]:
    """All codes, rising. It takes a second: ``gazetteer.py`` keeps them."""
    import zipcodes  # noqa: PLC0415  # most processes never need it

    for digit in range(10):
        for entry in zipcodes.similar_to(str(digit)):
            yield _read(entry)


def _read(entry: Mapping[str, Any]) -> ZipCode:
    is_known = entry["lat"] and entry["long"]
    return ZipCode(
        zip_code=entry["zip_code"],
        kind=entry["zip_code_type"],
        is_active=entry["active"],
        city=entry["city"],
        acceptable_cities=tuple(entry["acceptable_cities"]),
        unacceptable_cities=tuple(entry["unacceptable_cities"]),
        state=entry["state"],
        county=entry["county"],
        timezone=entry["timezone"] or "",
        middle=(float(entry["lat"]), float(entry["long"])) if is_known else None,
    )
