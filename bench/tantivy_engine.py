"""Benchmark engine on tantivy (Rust), through its Python binding, an optional package."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.distance import bounding_box
from bench.engine import FACETS, SHOWN, UNLIMITED, WEIGHTS, FlatDocument, facet_filters
from referral.search.query import SearchQuery

_HEAP_BYTES = 300_000_000
_FACETS = {facet: {"terms": {"field": facet, "size": 50}} for facet in FACETS}


class Tantivy:
    """Engine with hits and total from one search, and facet counts from one aggregation."""

    name = "tantivy"
    distance = "box"
    query_limit = UNLIMITED

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

    def build(self, documents: Iterable[FlatDocument]) -> None:
        """Index all documents, and wait until the segments are merged."""
        writer = self._index.writer(heap_size=_HEAP_BYTES)
        for document in documents:
            writer.add_document(self._tantivy.Document(**document.as_row()))
        writer.commit()
        writer.wait_merging_threads()

    def search(self, query: SearchQuery, *, facets: bool) -> int:
        """Search with one searcher that stays open."""
        if self._searcher is None:
            self._index.reload()
            self._searcher = self._index.searcher()
        must = self._tantivy.Occur.Must
        combined = self._tantivy.Query.boolean_query([(must, part) for part in self._parts(query)])
        found = self._searcher.search(combined, limit=SHOWN, count=True)
        if facets:
            self._searcher.aggregate(combined, _FACETS)
        _names = [self._searcher.doc(address)["name"] for _, address in found.hits]
        return int(found.count)

    def close(self) -> None:
        """Release the index from memory; no file is open."""
        self._searcher = self._index = None

    def _parts(self, query: SearchQuery) -> Iterator[Any]:
        make = self._tantivy.Query
        if query.words:
            words = " AND ".join(query.words.split())
            yield self._index.parse_query(words, list(WEIGHTS), field_boosts=WEIGHTS)
        else:
            yield make.all_query()
        for facet, value in facet_filters(query).items():
            yield make.term_query(self._schema, facet, value)
        if query.near:
            yield self._near_query(query)

    def _near_query(self, query: SearchQuery) -> Any:
        make, occur = self._tantivy.Query, self._tantivy.Occur
        number = self._tantivy.FieldType.Float
        south, north, west, east = bounding_box(query)
        box = [
            (occur.Must, make.range_query(self._schema, "latitude", number, south, north)),
            (occur.Must, make.range_query(self._schema, "longitude", number, west, east)),
        ]
        nowhere = make.term_query(self._schema, "placed", "no")
        return make.boolean_query(
            [(occur.Should, nowhere), (occur.Should, make.boolean_query(box))]
        )
