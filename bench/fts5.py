"""Benchmark engines on SQLite FTS5 that filter, measure distances and count facets in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.baselines import SqliteFts5, fts5_match
from bench.distance import SQL_MILES, distance_condition
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
from referral.search.sites import DISTANCES

_COLUMNS = ("name", *FACETS, "placed", "latitude", "longitude")
_NEAR = "distance"
_DISTANCE_CASES = " ".join(f"WHEN miles <= {miles} THEN {miles}" for miles in DISTANCES)
# Only distances inside the bounding box of the widest choice are computed.
_MILES_IN_BOX = f"""CASE WHEN placed = 'no' THEN 0
WHEN latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east THEN {SQL_MILES}
END"""


class Fts5(SqliteFts5):
    """Engine with hits, total and facet counts of the matches in one statement."""

    name = "SQLite FTS5"
    distance = "exact"
    query_limit = UNLIMITED

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"sqlite:///{(path / 'fts5.sqlite3').as_posix()}", WEIGHTS, columns=_COLUMNS
        )

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Fill the full-text table and the table of services."""
        self.add(document.as_row() for document in documents)

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search with one statement, which finds the matches only once."""
        matches, values = _from_clause(query)
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT service.name AS title, {_score(query)} AS score,
                    {", ".join(FACETS)} {matches}
            )
            SELECT 'total', '', count(*) FROM found {COUNTS_SQL if facets else ""}
            UNION ALL SELECT * FROM (
                SELECT 'hit', title, score FROM found ORDER BY score LIMIT {SHOWN}
            )
        """
        return int(self.select(statement, values)[0][2])


class Fts5Top(Fts5):
    """Engine that fetches the first 20 hits only, from a database that ``Fts5`` filled."""

    name = "SQLite FTS5 top 20"

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Fetch the names of the first hits, and return their number, at most 20."""
        matches, values = _from_clause(query)
        statement = f"SELECT service.name {matches} ORDER BY {_score(query)} LIMIT {SHOWN}"
        return len(self.select(statement, values))


class Fts5Choices(Fts5):
    """Engine that counts the choices of a results page, from a database that ``Fts5`` filled.

    The choices of a kind of filter are counted without the query's own filter of that kind: languages
    whatever the language of the query, distances whatever its distance. So all matches of the words
    are read.
    """

    name = "SQLite FTS5 counting choices"

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search with one statement: that of ``Fts5`` if there are no choices to count."""
        if not (facets and query.words):
            return super().search(query, facets=facets)
        return int(self.choices(query)[0][2])

    def choices(self, query: SearchQuery) -> list[tuple[str, str | int | None, int]]:
        """Return rows with the total, the count of each choice by kind of filter, and 20 hits.

        A distance choice counts only the services that no shorter choice includes; None counts those
        farther than all choices.
        """
        filters = {facet: f"{facet} = :{facet}" for facet in facet_filters(query)}
        matches, values = _from_clause(SearchQuery(words=query.words))
        values |= facet_filters(query)
        miles = ""
        if query.near and query.within:
            filters[_NEAR], miles = "miles <= :miles", f", {_MILES_IN_BOX} AS miles"
            widest = replace(query, within=float(DISTANCES[-1]))
            values |= distance_condition(widest)[1] | {"miles": query.within}
        choice_columns = [(facet, facet) for facet in FACETS]
        if miles:
            choice_columns.append((_NEAR, f"CASE {_DISTANCE_CASES} END"))
        counts = " ".join(
            f"UNION ALL SELECT '{kind}', {choice}, count(*) FROM found"
            f" WHERE {_joined_filters(filters, kind)} GROUP BY 2"
            for kind, choice in choice_columns
        )
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT service.name AS title, rank AS score, {", ".join(FACETS)}{miles} {matches}
            )
            SELECT 'total', '', count(*) FROM found WHERE {_joined_filters(filters)} {counts}
            UNION ALL SELECT * FROM (
                SELECT 'hit', title, score FROM found WHERE {_joined_filters(filters)}
                ORDER BY score LIMIT {SHOWN}
            )
        """
        return [(kind, choice, count) for kind, choice, count in self.select(statement, values)]


def _score(query: SearchQuery) -> str:
    return "rank" if query.words else "0"


def _from_clause(query: SearchQuery) -> tuple[str, dict[str, Any]]:
    """Return the statement of a query from FROM on, and its values."""
    condition, values = distance_condition(query)
    filters = facet_filters(query)
    conditions = " ".join([condition, *(f"AND {facet} = :{facet}" for facet in filters)])
    if not query.words:
        return f"FROM service WHERE TRUE {conditions}", {**values, **filters}
    words = fts5_match(query.words)
    return f"{SqliteFts5.MATCHES} {conditions}", {**values, **filters, "words": words}


def _joined_filters(filters: dict[str, str], kind: str = "") -> str:
    """Return the conditions of all filters except that of one kind, joined by AND."""
    return " AND ".join(filters[name] for name in filters if name != kind) or "TRUE"
