"""Whoosh as its manual shows it: a MultifieldParser, filters as queries, facets by groupedby."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from whoosh import fields, sorting
from whoosh.analysis import StemmingAnalyzer
from whoosh.index import create_in
from whoosh.qparser import MultifieldParser
from whoosh.query import And, Every, NumericRange, Or, Query, Term
from whoosh.searching import Searcher

from referral.records.search import SearchQuery
from tests.bench.distance import box_of
from tests.bench.engine import FACETS, SHOWN, WEIGHTS, Entry, filters_of

_MEGABYTES = 256


class PlainWhoosh:
    """All matches are scored (limit=None): with a limit some of the best are missed."""

    name = "plain Whoosh"
    distance = "box"
    most_questions = 40  # most of a second for each at 100,000 services

    def __init__(self, path: Path) -> None:
        words = {name: fields.TEXT(analyzer=StemmingAnalyzer()) for name in WEIGHTS}
        words["name"] = fields.TEXT(analyzer=StemmingAnalyzer(), stored=True)
        schema = fields.Schema(
            latitude=fields.NUMERIC(float),
            longitude=fields.NUMERIC(float),
            placed=fields.ID(),
            **{facet: fields.ID(sortable=True) for facet in FACETS},
            **words,
        )
        (path / "whoosh").mkdir()
        self._index = create_in(str(path / "whoosh"), schema)
        self._parser = MultifieldParser(list(WEIGHTS), schema, fieldboosts=WEIGHTS)
        self._facets = sorting.Facets()
        for facet in FACETS:
            self._facets.add_field(facet, maptype=sorting.Count)
        self._searcher: Searcher | None = None

    def build(self, entries: Iterable[Entry]) -> None:
        """In one process, as ours."""
        writer = self._index.writer(limitmb=_MEGABYTES)
        for entry in entries:
            writer.add_document(**entry.as_row())
        writer.commit()

    def ask(self, query: SearchQuery, *, facets: bool) -> int:
        """Search, with one searcher that stays open."""
        if self._searcher is None:
            self._searcher = self._index.searcher()
        wanted = And(list(self._queries(query)) or [Every()]).normalize()
        grouped = self._facets if facets else None
        results = self._searcher.search(wanted, limit=None, groupedby=grouped)
        for facet in FACETS if facets else ():
            results.groups(facet)
        _names = [hit["name"] for hit in results[:SHOWN]]
        return len(results)

    def close(self) -> None:
        """Close all files."""
        if self._searcher is not None:
            self._searcher.close()
        self._index.close()

    def _queries(self, query: SearchQuery) -> Iterator[Query]:
        if query.words:
            yield self._parser.parse(query.words)
        for facet, value in filters_of(query).items():
            yield Term(facet, value)
        if query.near:
            south, north, west, east = box_of(query)
            box = And(
                [NumericRange("latitude", south, north), NumericRange("longitude", west, east)]
            )
            yield Or([Term("placed", "no"), box])
