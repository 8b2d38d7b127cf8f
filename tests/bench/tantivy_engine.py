"""tantivy (Rust) through its Python binding, where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from referral.records.search import SearchQuery
from tests.bench.distance import box_of
from tests.bench.engine import (
    FACETS,
    MANY_QUESTIONS,
    SHOWN,
    WEIGHTS,
    Entry,
    filters_of,
)

_HEAP_BYTES = 300_000_000
_FACETS = {facet: {"terms": {"field": facet, "size": 50}} for facet in FACETS}


class Tantivy:
    """Hits and total come with one search, facets with one aggregation."""

    name = "tantivy"
    distance = "box"
    most_questions = MANY_QUESTIONS

    def __init__(self, path: Path) -> None:
        self._tantivy: Any = importlib.import_module("tantivy")
        builder = self._tantivy.SchemaBuilder()
        for name in WEIGHTS:
            builder.add_text_field(name, stored=name == "name", tokenizer_name="en_stem")
        for facet in FACETS:
            builder.add_text_field(facet, tokenizer_name="raw", fast=True)
        builder.add_text_field("placed", tokenizer_name="raw")
        for degrees in ("latitude", "longitude"):
            builder.add_float_field(degrees, indexed=True, fast=True)
        self._schema = builder.build()
        (path / "tantivy").mkdir()
        self._index = self._tantivy.Index(self._schema, path=str(path / "tantivy"))
        self._searcher: Any = None

    def build(self, entries: Iterable[Entry]) -> None:
        """Write all, and wait until it has merged what it wants to."""
        writer = self._index.writer(heap_size=_HEAP_BYTES)
        for entry in entries:
            writer.add_document(self._tantivy.Document(**entry.as_row()))
        writer.commit()
        writer.wait_merging_threads()

    def ask(self, query: SearchQuery, *, facets: bool) -> int:
        """Search, with one searcher that stays open."""
        if self._searcher is None:
            self._index.reload()
            self._searcher = self._index.searcher()
        must = self._tantivy.Occur.Must
        wanted = self._tantivy.Query.boolean_query([(must, part) for part in self._parts(query)])
        found = self._searcher.search(wanted, limit=SHOWN, count=True)
        if facets:
            self._searcher.aggregate(wanted, _FACETS)
        _names = [self._searcher.doc(address)["name"] for _, address in found.hits]
        return int(found.count)

    def close(self) -> None:
        """Nothing is held but memory."""
        self._searcher = self._index = None

    def _parts(self, query: SearchQuery) -> Iterator[Any]:
        make = self._tantivy.Query
        if query.words:
            words = " AND ".join(query.words.split())
            yield self._index.parse_query(words, list(WEIGHTS), field_boosts=WEIGHTS)
        else:
            yield make.all_query()
        for facet, value in filters_of(query).items():
            yield make.term_query(self._schema, facet, value)
        if query.near:
            yield self._near(query)

    def _near(self, query: SearchQuery) -> Any:
        make, occur = self._tantivy.Query, self._tantivy.Occur
        number = self._tantivy.FieldType.Float
        south, north, west, east = box_of(query)
        box = [
            (occur.Must, make.range_query(self._schema, "latitude", number, south, north)),
            (occur.Must, make.range_query(self._schema, "longitude", number, west, east)),
        ]
        nowhere = make.term_query(self._schema, "placed", "no")
        return make.boolean_query(
            [(occur.Should, nowhere), (occur.Should, make.boolean_query(box))]
        )
