"""SQLite FTS5 with filters, distances and facet counts in one statement."""

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
_RING = " ".join(f"WHEN miles <= {miles} THEN {miles}" for miles in DISTANCES)
# Nothing is measured that is too far for every choice.
_MILES = f"""CASE WHEN placed = 'no' THEN 0
WHEN latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east THEN {SQL_MILES}
END"""


class Fts5(SqliteFts5):
    """Hits, total and facet counts of what was found."""

    name = "SQLite FTS5"
    distance = "exact"
    query_limit = UNLIMITED

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"sqlite:///{(path / 'fts5.sqlite3').as_posix()}", WEIGHTS, columns=_COLUMNS
        )

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Fill both tables."""
        self.add(document.as_row() for document in documents)

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """One statement, over what was found once."""
        matches, values = _matches(query)
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
    """The first 20 hits of a database that ``Fts5`` filled: no total, no facets."""

    name = "SQLite FTS5 top 20"

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """The number of names, 20 at most."""
        matches, values = _matches(query)
        statement = f"SELECT service.name {matches} ORDER BY {_score(query)} LIMIT {SHOWN}"
        return len(self.select(statement, values))


class Fts5Choices(Fts5):
    """What a results page shows, from a database that ``Fts5`` filled: counts of each choice.

    A choice is counted without the other filters of its own kind: languages whatever language
    is asked for, distances whatever distance is. So all matches of the words are read.
    """

    name = "SQLite FTS5 counting choices"

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """One statement; that of ``Fts5`` where there is nothing to count."""
        if not (facets and query.words):
            return super().search(query, facets=facets)
        return int(self.choices(query)[0][2])

    def choices(self, query: SearchQuery) -> list[tuple[str, str | int | None, int]]:
        """The total; then kind of filter, choice and count; then 20 hits.

        A distance counts what no shorter choice has; None is farther than all of them.
        """
        filters = {facet: f"{facet} = :{facet}" for facet in facet_filters(query)}
        matches, values = _matches(SearchQuery(words=query.words))
        values |= facet_filters(query)
        miles = ""
        if query.near and query.within:
            filters[_NEAR], miles = "miles <= :miles", f", {_MILES} AS miles"
            widest = replace(query, within=float(DISTANCES[-1]))
            values |= distance_condition(widest)[1] | {"miles": query.within}
        counted = [(facet, facet) for facet in FACETS]
        if miles:
            counted.append((_NEAR, f"CASE {_RING} END"))
        counts = " ".join(
            f"UNION ALL SELECT '{kind}', {choice}, count(*) FROM found"
            f" WHERE {_without(filters, kind)} GROUP BY 2"
            for kind, choice in counted
        )
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT service.name AS title, rank AS score, {", ".join(FACETS)}{miles} {matches}
            )
            SELECT 'total', '', count(*) FROM found WHERE {_without(filters)} {counts}
            UNION ALL SELECT * FROM (
                SELECT 'hit', title, score FROM found WHERE {_without(filters)}
                ORDER BY score LIMIT {SHOWN}
            )
        """
        return [(kind, choice, count) for kind, choice, count in self.select(statement, values)]


def _score(query: SearchQuery) -> str:
    return "rank" if query.words else "0"


def _matches(query: SearchQuery) -> tuple[str, dict[str, Any]]:
    """The statement from FROM on, and its values."""
    condition, values = distance_condition(query)
    filters = facet_filters(query)
    conditions = " ".join([condition, *(f"AND {facet} = :{facet}" for facet in filters)])
    if not query.words:
        return f"FROM service WHERE TRUE {conditions}", {**values, **filters}
    words = fts5_match(query.words)
    return f"{SqliteFts5.MATCHES} {conditions}", {**values, **filters, "words": words}


def _without(filters: dict[str, str], kind: str = "") -> str:
    """The conditions of all filters but that of one kind."""
    return " AND ".join(each for name, each in filters.items() if name != kind) or "TRUE"
