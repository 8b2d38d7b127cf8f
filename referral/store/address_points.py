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
_SAME_BUILDING_MILES = 0.04  # points that are nearer to each other are doors of one building
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
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)

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
        query = "SELECT count(*), round(total(latitude), 3), round(total(longitude), 3) FROM point"
        count, latitude, longitude = self._connection.execute(query).fetchone()
        return int(count), float(latitude), float(longitude)

    def find(self, address: Any) -> tuple[float, float] | None:
        """Return latitude and longitude of an address, which may be a record or a row.

        Nothing is guessed: the result is None where no point matches, where matching points are
        apart from each other, and for a range of house numbers.
        """
        if self._connection is None:
            return None
        street = _parse_single_number(address.address_1 or "", address.city or "")
        if street is None:
            return None
        rows = self._connection.execute(
            "SELECT type, directions, city, zip, latitude, longitude FROM point WHERE key = ?",
            (_street_key(street),),
        )
        zip_code = zip5(address.postal_code or "")
        towns = {_fold(town) for town in (address.city or "", *cities_of_zip(zip_code)) if town}
        nearby = [
            point for point in map(_StoredPoint._make, rows) if _is_in_area(point, zip_code, towns)
        ]
        return _common_position(_best_matches(nearby, street))


def build_address_points(
    folder: Path, points: Iterable[PointRow | None], on_done: Callable[[int], None]
) -> tuple[int, int]:
    """Replace the file of address points; return the numbers of stored points and skipped rows.

    Args:
        points: None for a row of the source without a point.
        on_done: called with the number of rows read so far.

    The file in use is replaced only when the new one is complete.
    """
    new_path = folder / f"{FILE}.new"
    with suppress(FileNotFoundError):
        new_path.unlink()
    read_count = stored_count = 0
    try:
        with closing(sqlite3.connect(new_path)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_TABLE)
            for batch in in_batches(points, _ROWS_AT_A_TIME):
                rows = list(_iter_table_rows(batch))
                connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                read_count, stored_count = read_count + len(batch), stored_count + len(rows)
                on_done(read_count)
            connection.execute("CREATE INDEX point_key ON point (key)")
            connection.commit()
        new_path.replace(folder / FILE)
    finally:
        with suppress(FileNotFoundError):
            new_path.unlink()
    return stored_count, read_count - stored_count


def _iter_table_rows(points: Iterable[PointRow | None]) -> Iterator[tuple[Any, ...]]:
    for point in points:
        street = _parse_single_number(point[0], point[1]) if point else None
        if point and street:
            _, city, zip_code, latitude, longitude = point
            yield (
                _street_key(street), street.type, street.directions, _fold(city), zip5(zip_code),
                latitude, longitude,
            )  # fmt: skip


@lru_cache(maxsize=1 << 14)
def _parse_single_number(line: str, city: str) -> Street | None:
    """Parse a street line; return None unless it has exactly one house number."""
    street = parse_street(line, city)
    if street is None or len(street.numbers) != 1 or street.name == "po box":
        return None
    return street


def _street_key(street: Street) -> str:
    return f"{street.numbers[0]}|{street.name}"


@lru_cache(maxsize=1 << 12)
def _fold(text: str) -> str:
    return " ".join(without_accents(text.casefold()).split())


def _is_in_area(point: _StoredPoint, zip_code: str, towns: set[str]) -> bool:
    """Return whether a point is in a ZIP code or one of the towns, and near the ZIP code."""
    zip_place = find_zip(zip_code) if zip_code else None
    miles = (
        miles_between(zip_place.latitude, zip_place.longitude, point.latitude, point.longitude)
        if zip_place
        else None
    )
    if miles is not None and miles > _FARTHEST_MILES:
        return False
    if zip_code and point.zip:
        return zip_code == point.zip
    if point.city:
        return point.city in towns
    return not point.zip and miles is not None and miles <= _FARTHEST_UNPLACED_MILES


def _best_matches(points: list[_StoredPoint], street: Street) -> list[_StoredPoint]:
    """Return the points with the directions and type of a street.

    Where none is equal, points are returned that have none, or all if the street has none.
    """
    for field, street_value in (("directions", street.directions), ("type", street.type)):
        equal = [point for point in points if getattr(point, field) == street_value]
        compatible = [point for point in points if not (getattr(point, field) and street_value)]
        points = equal or compatible
    return points


def _common_position(points: list[_StoredPoint]) -> tuple[float, float] | None:
    if not points:
        return None
    first = points[0]
    for point in points[1:]:
        miles = miles_between(first.latitude, first.longitude, point.latitude, point.longitude)
        if miles > _SAME_BUILDING_MILES:
            return None
    latitude = fsum(point.latitude for point in points) / len(points)
    longitude = fsum(point.longitude for point in points) / len(points)
    return round(latitude, 6), round(longitude, 6)
