"""FTS5 counting what a results page shows: how many each choice of a filter would leave."""

from __future__ import annotations

from dataclasses import replace

from referral.records.search import SearchQuery
from referral.search.rings import DISTANCES
from tests.bench.distance import SQL_MILES, sql_distance
from tests.bench.engine import FACETS, SHOWN, filters_of
from tests.bench.fts5 import Fts5, found_by

_NEAR = "distance"
_RING = " ".join(f"WHEN miles <= {miles} THEN {miles}" for miles in DISTANCES)
# Nothing is measured that is too far for every choice.
_MILES = f"""CASE WHEN placed = 'no' THEN 0
WHEN latitude BETWEEN :south AND :north AND longitude BETWEEN :west AND :east THEN {SQL_MILES}
END"""


class Fts5Choices(Fts5):
    """The same, in the folder of one that was built.

    A choice is counted as if none of its kind were made: languages whatever language was asked
    for, distances whatever distance was. So all that the words find is looked through.
    """

    name = "SQLite FTS5 counting choices"

    def ask(self, query: SearchQuery, *, facets: bool) -> int:
        """Everything in one statement; as the other does where nothing is to be counted."""
        if not (facets and query.words):
            return super().ask(query, facets=facets)
        return int(self.choices(query)[0][2])

    def choices(self, query: SearchQuery) -> list[tuple[str, str | int | None, int]]:
        """The total; then kind of filter, choice and count; then 20 hits.

        A distance counts what no shorter choice has; None is farther than all of them.
        """
        kept = {facet: f"{facet} = :{facet}" for facet in filters_of(query)}
        found, values = found_by(SearchQuery(words=query.words))
        values |= filters_of(query)
        measured = ""
        if query.near and query.within_miles:
            kept[_NEAR], measured = "miles <= :miles", f", {_MILES} AS miles"
            widest = replace(query, within_miles=float(DISTANCES[-1]))
            values |= sql_distance(widest)[1] | {"miles": query.within_miles}
        counted = [(facet, facet) for facet in FACETS]
        if measured:
            counted.append((_NEAR, f"CASE {_RING} END"))
        counts = " ".join(
            f"UNION ALL SELECT '{kind}', {choice}, count(*) FROM found"
            f" WHERE {_but(kept, kind)} GROUP BY 2"
            for kind, choice in counted
        )
        statement = f"""
            WITH found AS MATERIALIZED (
                SELECT service.name AS title, rank AS score, {", ".join(FACETS)}{measured} {found}
            )
            SELECT 'total', '', count(*) FROM found WHERE {_but(kept)} {counts}
            UNION ALL SELECT * FROM (
                SELECT 'hit', title, score FROM found WHERE {_but(kept)}
                ORDER BY score LIMIT {SHOWN}
            )
        """
        return list(self._cursor.execute(statement, values).fetchall())


def _but(kept: dict[str, str], kind: str = "") -> str:
    """The filters that were asked for, without that of this kind."""
    return " AND ".join(each for name, each in kept.items() if name != kind) or "TRUE"
