"""ZIP codes, and towns and counties by name, as a small read-only table in a file.

Reading them out of the zipcodes package takes more than a second, so each version of it is read
once and kept in the folder that ``keep_in`` names. It is an SQLite file, of which a process reads
what it asks for. Without a folder, or where that cannot be written, the table stays in memory.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from referral.fields.places.place_names import (
    can_be_named,
    county_key,
    county_names,
    place_key,
    town_names,
)
from referral.fields.places.zip_codes import (
    ZipCode,
    known_version,
    read_zip_codes,
)

TOWN, COUNTY = "town", "county"

_VERSION = 1  # of the tables
_TABLES = """
CREATE TABLE zip_code (
    zip_code TEXT PRIMARY KEY, kind TEXT, is_active INTEGER, city TEXT, acceptable_cities TEXT,
    unacceptable_cities TEXT, state TEXT, county TEXT, timezone TEXT, latitude REAL, longitude REAL
) WITHOUT ROWID;
CREATE TABLE name (
    kind TEXT, key TEXT, zip_code TEXT, name TEXT, PRIMARY KEY (kind, key, zip_code, name)
) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX by_latitude ON zip_code (latitude);
CREATE INDEX by_state ON zip_code (state);
"""


class Gazetteer:
    """The table, opened when it is first asked."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def keep_in(self, folder: Path) -> None:
        """Where the file is kept from now on; a table that is open already goes on being used."""
        self._folder = folder

    def close(self) -> None:
        """Let go of the table; it is opened again when it is asked again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def zip_code(self, code: str) -> ZipCode | None:
        """One code."""
        return next(self._zip_codes("WHERE zip_code = ?", code), None)

    def between(self, south: float, north: float, west: float, east: float) -> list[ZipCode]:
        """The codes whose middle lies within these degrees."""
        where = "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
        return list(self._zip_codes(where, south, north, west, east))

    def of_state(self, state: str) -> list[ZipCode]:
        """The codes of a state, rising."""
        return list(self._zip_codes("WHERE state = ? ORDER BY zip_code", state))

    def named(self, kind: str, key: str) -> list[tuple[str, ZipCode]]:
        """The towns, or counties, with a name of this key: each code with the name it has."""
        if not key.isascii():  # no name has such a key
            return []
        rows = self._ask(
            "SELECT name.name, zip_code.* FROM name JOIN zip_code USING (zip_code)"
            " WHERE name.kind = ? AND name.key = ? ORDER BY zip_code.zip_code",
            kind,
            key,
        )
        return [(str(name), _read(row)) for name, *row in rows]

    def _zip_codes(self, where: str, *values: object) -> Iterator[ZipCode]:
        # Not a word of what is asked stands in the statement itself.
        return map(_read, self._ask(f"SELECT * FROM zip_code {where}", *values))  # noqa: S608

    def _ask(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        with self._lock:
            if self._connection is None:
                self._connection = self._opened()
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.DatabaseError:  # the file is damaged
                self._connection.close()
                self._connection = _in_memory()
                with suppress(OSError):
                    self._path().unlink()
                return self._connection.execute(statement, values).fetchall()

    def _opened(self) -> sqlite3.Connection:
        if self._folder is None:
            return _in_memory()
        try:
            return _mapped(self._path())
        except sqlite3.Error:
            return self._made()

    def _made(self) -> sqlite3.Connection:
        path = self._path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{uuid4().hex}.part")
            with closing(sqlite3.connect(part)) as connection:
                _fill(connection)
            part.replace(path)
            return _mapped(path)
        except (OSError, sqlite3.Error):
            return _in_memory()

    def _path(self) -> Path:
        folder = self._folder or Path()
        return folder / f"places-{_VERSION}-{known_version()}.sqlite3"


GAZETTEER = Gazetteer()


def _mapped(path: Path) -> sqlite3.Connection:
    """A whole file that nobody writes to; it is moved to its place when it is done."""
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
    _fill(connection)
    return connection


def _fill(connection: sqlite3.Connection) -> None:
    entries = list(read_zip_codes())
    connection.executescript(_TABLES)
    marks = ",".join("?" * (len(ZipCode._fields) + 1))
    connection.executemany(
        f"INSERT INTO zip_code VALUES ({marks})",  # noqa: S608
        map(_row, entries),
    )
    connection.executemany("INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)", _names(entries))
    connection.executescript(_INDEXES)
    connection.commit()


def _names(entries: Iterable[ZipCode]) -> Iterator[tuple[str, str, str, str]]:
    for entry in filter(can_be_named, entries):
        for name in town_names(entry):
            yield TOWN, place_key(name), entry.zip_code, name
        for name in county_names(entry):
            yield COUNTY, county_key(name), entry.zip_code, name


def _row(entry: ZipCode) -> tuple[object, ...]:
    *rest, middle = entry
    cities = ("|".join(value) if isinstance(value, tuple) else value for value in rest)
    return (*cities, *(middle or (None, None)))


def _read(row: Sequence[Any]) -> ZipCode:
    code, kind, is_active, city, acceptable, unacceptable, state, county, zone, north, east = row
    return ZipCode(
        zip_code=code,
        kind=kind,
        is_active=bool(is_active),
        city=city,
        acceptable_cities=tuple(acceptable.split("|")) if acceptable else (),
        unacceptable_cities=tuple(unacceptable.split("|")) if unacceptable else (),
        state=state,
        county=county,
        timezone=zone,
        middle=None if north is None else (north, east),
    )
