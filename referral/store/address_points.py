"""Geocoding of street addresses from the library's own file of address points.

The points are in an SQLite file of the instance folder, apart from the database: there may be
millions, which come from one file and are replaced as a whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from math import fsum
from pathlib import Path
from typing import Any, NamedTuple

from referral.fields.places.lookup import cities_of_zip, find_zip, miles_between, zip5
from referral.fields.street_keys import Street, parse_street
from referral.fields.text import without_accents
from referral.store.base import in_batches

FILE = "address_points.sqlite3"
_ROWS_AT_A_TIME = 10_000
_ONE_PLACE_MILES = 0.04  # points that are nearer to each other are doors of one building
_FARTHEST_MILES = 60.0  # from the middle of the ZIP code
_FARTHEST_UNPLACED_MILES = 15.0  # where the file has neither city nor ZIP code
_TABLE = """
CREATE TABLE point (
    key TEXT NOT NULL, type TEXT NOT NULL, directions TEXT NOT NULL, city TEXT NOT NULL,
    zip TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL
)
"""
PointRow = tuple[str, str, str, float, float]
"""Street line, city, ZIP code, latitude, longitude."""


class _StoredPoint(NamedTuple):
    type: str
    directions: str
    city: str
    zip: str
    latitude: float
    longitude: float


class AddressPoints:
    """The address points of an instance. Without a file, no address is found."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._connection: sqlite3.Connection | None = None
        if self._path.is_file():
            address = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)

    def __bool__(self) -> bool:
        """Return whether the instance has a file of address points."""
        return self._connection is not None

    def close(self) -> None:
        """Close the file of address points."""
        if self._connection is not None:
            self._connection.close()

    def count(self) -> int:
        """Return the number of address points."""
        if self._connection is None:
            return 0
        return int(self._connection.execute("SELECT count(*) FROM point").fetchone()[0])

    def sums(self) -> tuple[int, float, float]:
        """Return the number of points and the sums of their latitudes and longitudes.

        Nodes compare them to find out whether they have the same points.
        """
        if self._connection is None:
            return 0, 0.0, 0.0
        sums = "SELECT count(*), round(total(latitude), 3), round(total(longitude), 3) FROM point"
        count, latitude, longitude = self._connection.execute(sums).fetchone()
        return int(count), float(latitude), float(longitude)

    def find(self, address: Any) -> tuple[float, float] | None:
        """Return latitude and longitude of an address, which may be a record or a row.

        Nothing is guessed: the result is None where no point matches, where matching points are
        apart from each other, and for a range of house numbers.
        """
        if self._connection is None:
            return None
        street = _street(address.address_1 or "", address.city or "")
        if street is None:
            return None
        rows = self._connection.execute(
            "SELECT type, directions, city, zip, latitude, longitude FROM point WHERE key = ?",
            (_key(street),),
        )
        code = zip5(address.postal_code or "")
        towns = {_folded(town) for town in (address.city or "", *cities_of_zip(code)) if town}
        near = [each for each in map(_StoredPoint._make, rows) if _is_in_area(each, code, towns)]
        return _common_position(_best_matches(near, street))


def build_address_points(
    folder: Path, points: Iterable[PointRow | None], on_done: Callable[[int], None]
) -> tuple[int, int]:
    """Replace the file of address points; return the numbers of stored points and skipped rows.

    Args:
        points: None for a row of the source without a point.
        on_done: called with the number of rows read so far.

    The file in use is replaced only when the new one is complete.
    """
    new = folder / f"{FILE}.new"
    with suppress(FileNotFoundError):
        new.unlink()
    read = kept = 0
    try:
        with closing(sqlite3.connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_TABLE)
            for some in in_batches(points, _ROWS_AT_A_TIME):
                rows = list(_point_rows(some))
                connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                read, kept = read + len(some), kept + len(rows)
                on_done(read)
            connection.execute("CREATE INDEX point_key ON point (key)")
            connection.commit()
        new.replace(folder / FILE)
    finally:
        with suppress(FileNotFoundError):
            new.unlink()
    return kept, read - kept


def _point_rows(points: Iterable[PointRow | None]) -> Iterator[tuple[Any, ...]]:
    for point in points:
        street = _street(point[0], point[1]) if point else None
        if point and street:
            _, city, code, latitude, longitude = point
            yield (
                _key(street), street.type, street.directions, _folded(city), zip5(code),
                latitude, longitude,
            )  # fmt: skip


@lru_cache(maxsize=1 << 14)
def _street(line: str, city: str) -> Street | None:
    """Parse a street line; return None unless it has exactly one house number."""
    street = parse_street(line, city)
    if street is None or len(street.numbers) != 1 or street.name == "po box":
        return None
    return street


def _key(street: Street) -> str:
    return f"{street.numbers[0]}|{street.name}"


@lru_cache(maxsize=1 << 12)
def _folded(text: str) -> str:
    return " ".join(without_accents(text.casefold()).split())


def _is_in_area(point: _StoredPoint, code: str, towns: set[str]) -> bool:
    """Return whether a point is in a ZIP code or one of the towns, and near the ZIP code."""
    middle = find_zip(code) if code else None
    miles = (
        miles_between(middle.latitude, middle.longitude, point.latitude, point.longitude)
        if middle
        else None
    )
    if miles is not None and miles > _FARTHEST_MILES:
        return False
    if code and point.zip:
        return code == point.zip
    if point.city:
        return point.city in towns
    return not point.zip and miles is not None and miles <= _FARTHEST_UNPLACED_MILES


def _best_matches(points: list[_StoredPoint], street: Street) -> list[_StoredPoint]:
    """Return the points with the directions and type of a street.

    Where none is equal, points are returned that have none, or all if the street has none.
    """
    for name, wanted in (("directions", street.directions), ("type", street.type)):
        equal = [each for each in points if getattr(each, name) == wanted]
        compatible = [each for each in points if not (getattr(each, name) and wanted)]
        points = equal or compatible
    return points


def _common_position(points: list[_StoredPoint]) -> tuple[float, float] | None:
    if not points:
        return None
    first = points[0]
    for each in points[1:]:
        apart = miles_between(first.latitude, first.longitude, each.latitude, each.longitude)
        if apart > _ONE_PLACE_MILES:
            return None
    latitude = fsum(each.latitude for each in points) / len(points)
    longitude = fsum(each.longitude for each in points) / len(points)
    return round(latitude, 6), round(longitude, 6)
