"""Plain Whoosh with filters as queries and facets by ``groupedby``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from whoosh import fields, sorting
from whoosh.analysis import StemmingAnalyzer
from whoosh.filedb.filestore import FileStorage
from whoosh.query import And, Every, NumericRange, Or, Query, Term

from bench import baselines
from bench.distance import bounding_box
from bench.engine import FACETS, SHOWN, WEIGHTS, FlatDocument, facet_filters
from referral.search.query import SearchQuery


class PlainWhoosh(baselines.PlainWhoosh):
    """The exam's baseline in a folder, with the columns that filters and facets need."""

    name = "plain Whoosh"
    distance = "box"
    query_limit = 40  # most of a second for each at 100,000 services

    def __init__(self, path: Path) -> None:
        folder = path / "whoosh"
        folder.mkdir()
        super().__init__(
            FileStorage(str(folder)),
            WEIGHTS,
            name=fields.TEXT(analyzer=StemmingAnalyzer(), stored=True),
            latitude=fields.NUMERIC(float),
            longitude=fields.NUMERIC(float),
            placed=fields.ID(),
            **{facet: fields.ID(sortable=True) for facet in FACETS},
        )
        self._facets = sorting.Facets()
        for facet in FACETS:
            self._facets.add_field(facet, maptype=sorting.Count)

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Index in one process, as ours does."""
        self.add(document.as_row() for document in documents)

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Hits, total and facet counts of one Whoosh search."""
        wanted = And(list(self._clauses(query)) or [Every()]).normalize()
        results = self.results(wanted, groupedby=self._facets if facets else None)
        for facet in FACETS if facets else ():
            results.groups(facet)
        _names = [hit["name"] for hit in results[:SHOWN]]
        return len(results)

    def _clauses(self, query: SearchQuery) -> Iterator[Query]:
        if query.words:
            yield self.parse(query.words)
        for facet, value in facet_filters(query).items():
            yield Term(facet, value)
        if query.near:
            south, north, west, east = bounding_box(query)
            box = And(
                [NumericRange("latitude", south, north), NumericRange("longitude", west, east)]
            )
            yield Or([Term("placed", "no"), box])
