"""The words of a segment, read out of what Whoosh committed. The only place that walks postings.

Slow (a minute for 100,000 services), so the writer makes them directly where it can
(``array_writer.py``), and this is for segments that were merged or whose arrays are lost.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, W3LeafMatcher
from whoosh.reading import IndexReader

from referral.search.segments.term_table import (
    FIELD_NUMBERS,
    FIELDS,
    Occurrences,
)


def occurrences_in(leaf: IndexReader) -> Occurrences:
    """Everything that the words of a committed segment are made of."""
    walk = _walk(leaf)
    order = sorted(range(len(walk.rows)), key=walk.rows.__getitem__)
    terms = sorted({term for term, _ in walk.rows})
    numbers = {term: number for number, term in enumerate(terms)}
    row_ends, place_ends = np.array(walk.row_ends), np.array(walk.place_ends)
    postings, row_starts = _in_order(row_ends, order)
    places, row_places = _in_order(place_ends, order)
    docs = np.frombuffer(walk.docs, dtype=np.int32)[postings]
    fields = np.array([walk.rows[row][1] for row in order], dtype=np.uint8)
    return Occurrences(
        terms=terms,
        row_terms=np.array([numbers[walk.rows[row][0]] for row in order], dtype=np.int32),
        row_fields=fields,
        row_starts=row_starts,
        docs=docs,
        weights=np.frombuffer(walk.weights, dtype=np.float32)[postings],
        lengths=_field_lengths(leaf)[np.repeat(fields, np.diff(row_starts)), docs],
        row_places=row_places,
        places=np.frombuffer(walk.places, dtype=np.uint32)[places],
        field_lengths=np.array([leaf.field_length(name) for name in FIELDS], dtype=np.int64),
        doc_count=leaf.doc_count_all(),
    )


@dataclass(slots=True)
class _Walk:
    """Postings in the order of fields, then terms, as Whoosh keeps them."""

    rows: list[tuple[bytes, int]] = field(default_factory=list)
    row_ends: list[int] = field(default_factory=lambda: [0])
    place_ends: list[int] = field(default_factory=lambda: [0])
    docs: array[int] = field(default_factory=lambda: array("i"))
    weights: array[float] = field(default_factory=lambda: array("f"))
    places: array[int] = field(default_factory=lambda: array("I"))

    def add(self, term: bytes, name: str, postings: Any, decode: Any) -> None:
        """Take one row over."""
        for ids, weights, values in _blocks(postings):
            self.docs.extend(ids)
            self.weights.extend(weights)
            if decode:
                for value in values:
                    self.places.extend(decode(value))
        self.rows.append((term, FIELD_NUMBERS[name]))
        self.row_ends.append(len(self.docs))
        self.place_ends.append(len(self.places))


def _blocks(matcher: Any) -> Iterator[tuple[Iterable[int], Iterable[float], Iterable[bytes]]]:
    """A whole block at once: one posting after the other takes ten times as long."""
    while isinstance(matcher, W3LeafMatcher) and matcher.is_active():
        matcher._read_ids()  # noqa: SLF001  # the codec's own parts: 2.7.4 never changes
        matcher._read_weights()  # noqa: SLF001
        matcher._read_values()  # noqa: SLF001
        yield matcher._ids, matcher._weights, matcher._values  # noqa: SLF001
        matcher._next_block()  # noqa: SLF001
    while matcher.is_active():
        yield (matcher.id(),), (matcher.weight(),), (matcher.value(),)
        matcher.next()


def _walk(leaf: IndexReader) -> _Walk:
    walk = _Walk()
    # A matcher of the reader hides deleted documents, which idf still counts.
    terms = leaf._terms  # noqa: SLF001
    for name, term in leaf.all_terms():
        if name in FIELD_NUMBERS:
            format_ = leaf.schema[name].format
            decode = format_.decode_positions if format_.supports("positions") else None
            walk.add(term, name, terms.matcher(name, term, format_), decode)
    return walk


def _in_order(
    ends: NDArray[np.int64], order: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the parts of ``ends`` stand when taken in another order, and their new starts."""
    rows = np.array(order, dtype=np.int64)
    sizes = np.diff(ends)[rows] if len(rows) else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    moved = np.repeat(ends[:-1][rows] - starts[:-1], sizes) if len(rows) else sizes
    return moved + np.arange(int(starts[-1])), starts


def _field_lengths(leaf: IndexReader) -> NDArray[np.uint8]:
    """For each field and document the byte that Whoosh keeps of the length."""
    lengths = np.zeros((len(FIELDS), leaf.doc_count_all()), dtype=np.uint8)
    documents = leaf.codec().per_document_reader(leaf.storage(), leaf.segment())
    try:
        for name, number in FIELD_NUMBERS.items():
            column = f"_{name}_len"
            if documents.has_column(column):
                reader = documents.column_reader(column, LENGTHS_COLUMN)
                lengths[number] = [reader[doc] for doc in range(leaf.doc_count_all())]
    finally:
        documents.close()
    return lengths
