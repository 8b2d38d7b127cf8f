"""Benchmark engine on plain Whoosh, with filters as queries and facets by ``groupedby``."""

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
    """The baseline of the exams, stored in a folder, with the fields for filters and facets."""

    name = "plain Whoosh"
    distance = "box"
    query_limit = 40  # a query takes almost a second at 100,000 services

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
        """Index all documents in one process, as our index does."""
        self.add(document.as_row() for document in documents)

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search once for hits, total and facet counts."""
        combined = And(list(self._clauses(query)) or [Every()]).normalize()
        results = self.results(combined, groupedby=self._facets if facets else None)
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
