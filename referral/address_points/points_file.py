"""Reader for files of address points: CSV with house numbers, streets and their coordinates.

Counties and OpenAddresses publish such files with different headers. A file may have millions of
rows, so it is read row by row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from referral.errors import refused
from referral.fields.places.lookup import is_position
from referral.formats.files.tables import MAX_CELL_CHARACTERS, fold_header

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "latitude": ("latitude", "lat", "point_y", "gps_y", "y"),
    "longitude": ("longitude", "lon", "long", "lng", "point_x", "gps_x", "x"),
    "number": (
        "number", "house_number", "housenumber", "house_num", "housenum", "house_no", "houseno",
        "hnum", "address_number", "addressnumber", "addr_number", "addr_num", "addrnum", "addr_no",
        "add_number", "addno", "add_num", "st_num", "stnum", "st_number", "street_number",
        "streetnumber", "addr:housenumber", "addr_hn", "situs_number", "num", "no",
    ),
    "before": (
        "predir", "pre_dir", "st_predir", "prefix_direction", "street_predirection", "dir_prefix",
    ),
    "street": (
        "street", "street_name", "streetname", "st_name", "stname", "stnam", "full_street",
        "fullstreet", "full_street_name", "fullname", "full_name", "road", "road_name",
        "addr:street", "addr_sn", "situs_street",
    ),
    "type": (
        "street_type", "streettype", "st_type", "sttype", "st_postyp", "suffix", "street_suffix",
        "posttype", "post_type", "addr_st", "addr_sfx",
    ),
    "after": (
        "postdir", "post_dir", "st_posdir", "sufdir", "suf_dir", "quadrant",
        "street_postdirection", "suffix_direction", "dir_suffix",
    ),
    "city": (
        "city", "municipality", "town", "post_comm", "postal_city", "postcity", "place", "locality",
        "community", "inc_muni", "addr:city", "city_name", "situs_city",
    ),
    "zip": (
        "zip", "zipcode", "zip_code", "zip5", "postcode", "post_code", "postal_code", "postalcode",
        "addr:postcode", "post_zip", "situs_zip",
    ),
    "full": (
        "full_address", "fulladdress", "fulladdr", "full_addr", "address", "site_address",
        "siteaddress", "situs_address", "address_1", "address1", "street_address",
        "streetaddress", "addr", "addr_full", "location",
    ),
}  # fmt: skip
_STREET_PARTS = ("number", "before", "street", "type", "after")
_ROWS_CHECKED_FIRST = 200
_DELIMITERS = ",;\t|"
Columns = Mapping[str, int]
"""The index of each known column, by its meaning (a key of ``_HEADERS``)."""


@dataclass(frozen=True, slots=True)
class AddressPoint:
    """A street address as its file spells it, with its position in degrees (WGS 84)."""

    line: str
    city: str
    zip_code: str
    latitude: float
    longitude: float


def read_address_points(path: Path) -> Iterator[AddressPoint | None]:
    """Yield the address point of each row in a file, None for a row without address or position.

    Raises:
        RefusedError: a required column is missing, coordinates are not degrees, or the CSV is bad.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        header = file.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        try:
            columns = _find_columns(path.name, next(csv.reader([header], delimiter=delimiter), []))
            rows = csv.reader(file, delimiter=delimiter)
            first_rows = list(islice(rows, _ROWS_CHECKED_FIRST))
            _require_degrees(path.name, columns, first_rows)
            yield from (_parse_point(columns, row) for row in chain(first_rows, rows) if row)
        except csv.Error as error:
            raise refused(
                "%(name)s cannot be read as CSV. Save it again as CSV.", name=path.name
            ) from error


def _find_columns(name: str, header: list[str]) -> Columns:
    """Return the known columns of a file of address points, by the first matching header."""
    folded = [fold_header(each) for each in header]
    columns = {
        meaning: folded.index(next(each for each in names if each in folded))
        for meaning, names in _HEADERS.items()
        if any(each in folded for each in names)
    }
    if "latitude" not in columns or "longitude" not in columns:
        raise refused(
            "%(name)s has no columns for latitude and longitude. Call them lat and lon.", name=name
        )
    if not {"number", "street"} <= columns.keys() and "full" not in columns:
        raise refused(
            "%(name)s has no columns for house number and street, and none for a whole address. "
            "Call them number and street, or address.",
            name=name,
        )
    return columns


def _require_degrees(name: str, columns: Columns, rows: list[list[str]]) -> None:
    """Refuse a file of address points if none of its first rows has a position in degrees."""
    pairs = [
        (_number(columns, row, "latitude"), _number(columns, row, "longitude")) for row in rows
    ]
    numbers = [(lat, lon) for lat, lon in pairs if lat is not None and lon is not None]
    if numbers and not any(is_position(lat, lon) for lat, lon in numbers):
        if any(is_position(lon, lat) for lat, lon in numbers):
            raise refused("In %(name)s latitude and longitude are swapped.", name=name)
        raise refused(
            "The coordinates in %(name)s are projected: they are not degrees. Export the file "
            "again with latitude and longitude (WGS 84, EPSG:4326).",
            name=name,
        )


def _parse_point(columns: Columns, row: list[str]) -> AddressPoint | None:
    """Return the address point of a row, or None if it has no address or no valid position.

    If house number or street is missing, the column with the whole address is used instead.
    """
    latitude, longitude = _number(columns, row, "latitude"), _number(columns, row, "longitude")
    line = " ".join(filter(None, (_cell(columns, row, part) for part in _STREET_PARTS)))
    if not (_cell(columns, row, "number") and _cell(columns, row, "street")):
        line = _cell(columns, row, "full")
    if not line or latitude is None or longitude is None or not is_position(latitude, longitude):
        return None
    city, zip_code = _cell(columns, row, "city"), _cell(columns, row, "zip")
    return AddressPoint(line, city, zip_code, latitude, longitude)


def _cell(columns: Columns, row: list[str], meaning: str) -> str:
    index = columns.get(meaning)
    return row[index].strip() if index is not None and index < len(row) else ""


def _number(columns: Columns, row: list[str], meaning: str) -> float | None:
    try:
        return float(_cell(columns, row, meaning))
    except ValueError:
        return None
