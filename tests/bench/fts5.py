"""SQLite's full text search (FTS5), with a table of the columns that it filters and counts by."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from referral.records.search import SearchQuery
from tests.bench.distance import sql_distance
from tests.bench.engine import (
    COUNTS_SQL,
    FACETS,
    MANY_QUESTIONS,
    SHOWN,
    WEIGHTS,
    Entry,
    filters_of,
)

_COLUMNS = ("name", *FACETS, "placed", "latitude", "longitude")
_TABLES = f"""
CREATE TABLE service (name TEXT, {", ".join(FACETS)}, placed, latitude REAL, longitude REAL);
CREATE VIRTUAL TABLE words USING fts5({", ".join(WEIGHTS)}, tokenize = 'porter unicode61');
INSERT INTO words (words, rank) VALUES ('rank', 'bm25({", ".join(map(str, WEIGHTS.values()))})');
"""  # names of this program, not of a person
_ADD = (
    f"INSERT INTO service VALUES ({', '.join(f':{name}' for name in _COLUMNS)})",
    f"INSERT INTO words VALUES ({', '.join(f':{name}' for name in WEIGHTS)})",
)


class Fts5:
    """Finds, counts and counts by facet in one statement."""

    name = "SQLite FTS5"
    distance = "exact"
    most_questions = MANY_QUESTIONS

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{(path / 'fts5.sqlite3').as_posix()}")
        self._connection = self._engine.raw_connection()
        self._cursor: Any = self._connection.cursor()

    def build(self, entries: Iterable[Entry]) -> None:
        """Fill both tables, then merge what FTS5 wrote in parts."""
        self._cursor.executescript(_TABLES)
        for entry in entries:
            row = entry.as_row()
            for statement in _ADD:
                self._cursor.execute(statement, row)
        self._cursor.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._connection.commit()

    def ask(self, query: SearchQuery, *, facets: bool) -> int:
        """Everything in one statement, over what was found once."""
        found, values = found_by(query)
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT service.name AS title, {_score(query)} AS score, {", ".join(FACETS)} {found}
            )
            SELECT 'total', '', count(*) FROM found {COUNTS_SQL if facets else ""}
            UNION ALL SELECT * FROM (
                SELECT 'hit', title, score FROM found ORDER BY score LIMIT {SHOWN}
            )
        """
        return int(self._cursor.execute(statement, values).fetchall()[0][2])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._engine.dispose()


class Fts5Top(Fts5):
    """The same, in the folder of one that was built, for its first 20 only: no total, no facets."""

    name = "SQLite FTS5 top 20"

    def ask(self, query: SearchQuery, *, facets: bool) -> int:  # it has none
        """How many names there are, 20 at the most."""
        found, values = found_by(query)
        statement = f"SELECT service.name {found} ORDER BY {_score(query)} LIMIT {SHOWN}"
        return len(self._cursor.execute(statement, values).fetchall())


def _score(query: SearchQuery) -> str:
    return "rank" if query.words else "0"


def found_by(query: SearchQuery) -> tuple[str, dict[str, Any]]:
    """The end of a statement, from FROM, and its values."""
    condition, values = sql_distance(query)
    conditions = [condition]
    filters = filters_of(query)
    conditions += [f"AND {facet} = :{facet}" for facet in filters]
    if not query.words:
        return f"FROM service WHERE TRUE {' '.join(conditions)}", {**values, **filters}
    words = " AND ".join(f'"{word}"' for word in query.words.split())
    return (
        "FROM words JOIN service ON service.rowid = words.rowid"
        f" WHERE words MATCH :words {' '.join(conditions)}"
    ), {**values, **filters, "words": words}
