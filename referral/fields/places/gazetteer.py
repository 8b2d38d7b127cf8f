"""Gazetteer of ZIP codes, towns, counties and states: a read-only SQLite table in a file.

The source is the package zipcodes. It takes more than a second to load, so each version is loaded
once, into a file in the folder given to ``use_folder``; processes then read only the rows that they
need. Without a folder that can be written, the table is built in memory.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from referral.fields.text import without_accents

STATES: Mapping[str, str] = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC",
    "Florida": "FL", "Georgia": "GA", "Guam": "GU", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY",
    "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI",
    "Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE",
    "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM",
    "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Puerto Rico": "PR",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN",
    "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virgin Islands": "VI", "Virginia": "VA",
    "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
# States whose towns can be searched by name; "gu" and "vi" are more likely words of a query.
STATES_WITH_TOWNS = frozenset(STATES.values()) - {"GU", "VI"}
_WORD = re.compile(r"[^\W_]+")
# Kinds of ZIP codes of which all city names count, also those that the post office rejects.
_KINDS_WITH_NAMES = frozenset({"STANDARD", "PO BOX"})
_TABLES_VERSION = 2  # of the tables
_TABLES = """
CREATE TABLE zip_code (
    zip_code TEXT PRIMARY KEY, kind TEXT, is_active INTEGER, city TEXT, acceptable_cities TEXT,
    unacceptable_cities TEXT, state TEXT, county TEXT, timezone TEXT, area_codes TEXT,
    latitude REAL, longitude REAL
) WITHOUT ROWID;
CREATE TABLE name (
    kind TEXT, key TEXT, zip_code TEXT, name TEXT, PRIMARY KEY (kind, key, zip_code, name)
) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX by_latitude ON zip_code (latitude);
CREATE INDEX by_state ON zip_code (state);
"""


class ZipCode(NamedTuple):
    """A ZIP code with its cities, county and center (WGS 84); unknown values are "" or None."""

    zip_code: str
    kind: str
    is_active: bool
    city: str
    acceptable_cities: tuple[str, ...]
    unacceptable_cities: tuple[str, ...]
    state: str
    county: str
    timezone: str
    area_codes: tuple[str, ...]
    center: tuple[float, float] | None

    @property
    def cities(self) -> tuple[str, ...]:
        """All names of the city, including those that the post office rejects but people use."""
        return (self.city, *self.acceptable_cities, *self.unacceptable_cities)


def package_version() -> str:
    """Return the version of the package zipcodes, on which the codes depend."""
    return version("zipcodes")


def read_zip_codes() -> Iterator[ZipCode]:
    """Yield all ZIP codes in order from the package zipcodes, which takes a second to load."""
    import zipcodes  # noqa: PLC0415  # most processes never need it

    for digit in range(10):
        for entry in zipcodes.similar_to(str(digit)):
            yield _zip_code_of(entry)


def _zip_code_of(entry: Mapping[str, Any]) -> ZipCode:
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
        area_codes=tuple(entry["area_codes"]),
        center=(float(entry["lat"]), float(entry["long"])) if is_known else None,
    )


def state_code(text: str) -> str:
    """Return the two letters of a state or territory, by name or letters; "" when unknown."""
    return _codes().get(place_key(text), "")


@cache
def _codes() -> Mapping[str, str]:
    names = {place_key(name): code for name, code in STATES.items()}
    return names | {code.lower(): code for code in STATES.values()}


def place_key(name: str) -> str:
    """Return a key that is equal for spellings of a place name: lower case, no accents or marks."""
    plain = without_accents(name.casefold().replace("'", "").replace("’", ""))
    words = _WORD.findall(plain)
    return " ".join("st" if word == "saint" else word for word in words)


def county_key(name: str) -> str:
    """Return a key for a county name with or without "County" or "Parish"."""
    return place_key(name).removesuffix(" county").removesuffix(" parish")


def town_names(entry: ZipCode) -> Iterable[str]:
    """Return the names that people use for the town of a ZIP code."""
    return sorted(set(entry.cities)) if entry.kind in _KINDS_WITH_NAMES else (entry.city,)


def county_names(entry: ZipCode) -> Iterable[str]:
    """Return the county of a ZIP code, or nothing if it is unknown."""
    return (entry.county,) if entry.county else ()


def is_searchable(entry: ZipCode) -> bool:
    """Return whether users can find the town and county of a ZIP code by name."""
    return entry.is_active and entry.center is not None and entry.state in STATES_WITH_TOWNS


TOWN, COUNTY = "town", "county"


class Gazetteer:
    """The table of ZIP codes and names, opened by the first query. Safe to share by threads."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def use_folder(self, folder: Path) -> None:
        """Set the folder of the gazetteer's file; a table that is already open stays in use."""
        self.folder = folder

    def open(self) -> sqlite3.Connection:
        """Open the table, and make its file where there is none: not every process may write."""
        with self._lock:
            self._connection = self._connection or self._open_or_build()
            return self._connection

    def close(self) -> None:
        """Close the gazetteer's table; the next query opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def zip_code(self, code: str) -> ZipCode | None:
        """Return a ZIP code by its five digits, None when there is none."""
        return next(self._zip_codes("WHERE zip_code = ?", code), None)

    def within_bounds(self, south: float, north: float, west: float, east: float) -> list[ZipCode]:
        """Return the ZIP codes whose center is within a range of degrees."""
        where = "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
        return list(self._zip_codes(where, south, north, west, east))

    def of_state(self, state: str) -> list[ZipCode]:
        """Return the ZIP codes of a state, in order."""
        return list(self._zip_codes("WHERE state = ? ORDER BY zip_code", state))

    def find_by_name(self, kind: str, key: str) -> list[tuple[str, ZipCode]]:
        """Return the ZIP codes of towns or counties with a name key, each with the spelled name."""
        if not key.isascii():  # no name has such a key
            return []
        rows = self._query(
            "SELECT name.name, zip_code.* FROM name JOIN zip_code USING (zip_code)"
            " WHERE name.kind = ? AND name.key = ? ORDER BY zip_code.zip_code",
            kind,
            key,
        )
        return [(str(name), _from_row(row)) for name, *row in rows]

    def _zip_codes(self, where: str, *values: object) -> Iterator[ZipCode]:
        # User input is passed only as parameters, never in the statement.
        return map(_from_row, self._query(f"SELECT * FROM zip_code {where}", *values))  # noqa: S608

    def _query(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        with self._lock:
            connection = self.open()
            try:
                return connection.execute(statement, values).fetchall()
            except sqlite3.DatabaseError:  # the file is damaged
                connection.close()
                self._connection = _in_memory()
                with suppress(OSError):
                    self._file_path().unlink()
                return self._connection.execute(statement, values).fetchall()

    def _open_or_build(self) -> sqlite3.Connection:
        if self.folder is None:
            return _in_memory()
        try:
            return _open_file(self._file_path())
        except sqlite3.Error:
            return self._build_file()

    def _build_file(self) -> sqlite3.Connection:
        path = self._file_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"{uuid4().hex}.part")
            with closing(sqlite3.connect(unfinished)) as connection:
                # Durability is not needed: a file that a power cut damaged is built again.
                connection.execute("PRAGMA journal_mode = OFF")
                connection.execute("PRAGMA synchronous = OFF")
                _populate(connection)
            unfinished.replace(path)
            return _open_file(path)
        except (OSError, sqlite3.Error):
            return _in_memory()

    def _file_path(self) -> Path:
        folder = self.folder or Path()
        return folder / f"places-{_TABLES_VERSION}-{package_version()}.sqlite3"


GAZETTEER = Gazetteer()


def _open_file(path: Path) -> sqlite3.Connection:
    """Open the gazetteer's file read-only; it is complete, because it is renamed when built."""
    if not path.is_file():
        raise sqlite3.OperationalError("The table is not there yet.")
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA mmap_size = 67108864")
        connection.execute("SELECT count(*) FROM name WHERE kind = ''")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    _populate(connection)
    return connection


def _populate(connection: sqlite3.Connection) -> None:
    entries = list(read_zip_codes())
    connection.executescript(_TABLES)
    marks = ",".join("?" * (len(ZipCode._fields) + 1))
    connection.executemany(
        f"INSERT INTO zip_code VALUES ({marks})",  # noqa: S608
        map(_to_row, entries),
    )
    connection.executemany("INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)", _name_rows(entries))
    connection.executescript(_INDEXES)
    connection.commit()


def _name_rows(entries: Iterable[ZipCode]) -> Iterator[tuple[str, str, str, str]]:
    cached_town_key, cached_county_key = (
        cache(place_key),
        cache(county_key),
    )  # most names have many codes
    for entry in filter(is_searchable, entries):
        for name in town_names(entry):
            yield TOWN, cached_town_key(name), entry.zip_code, name
        for name in county_names(entry):
            yield COUNTY, cached_county_key(name), entry.zip_code, name


def _to_row(entry: ZipCode) -> tuple[object, ...]:
    *fields, center = entry
    columns = ("|".join(value) if isinstance(value, tuple) else value for value in fields)
    return (*columns, *(center or (None, None)))


def _from_row(row: Sequence[Any]) -> ZipCode:
    zip_code, kind, is_active, city, acceptable, unacceptable, state, county, *others = row
    timezone, area_codes, latitude, longitude = others
    return ZipCode(
        zip_code=zip_code,
        kind=kind,
        is_active=bool(is_active),
        city=city,
        acceptable_cities=tuple(acceptable.split("|")) if acceptable else (),
        unacceptable_cities=tuple(unacceptable.split("|")) if unacceptable else (),
        state=state,
        county=county,
        timezone=timezone,
        area_codes=tuple(area_codes.split("|")) if area_codes else (),
        center=None if latitude is None else (latitude, longitude),
    )
