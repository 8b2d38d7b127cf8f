"""Postings over all segments of a commit: documents of a term, phrases, BM25F scores.

Scores are those of Whoosh's BM25F: idf and average lengths are of the whole collection, deleted
documents included, and are applied here to what the segments' tables hold
(``tests/search/test_reference.py`` compares with plain Whoosh).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search import weights
from referral.search.segments.doc_values import Docs, Numbers
from referral.search.segments.term_table import FIELD_NUMBERS, TermTable

_TERMS_KEPT = 20_000  # of those asked for, with where they are; a few megabytes at the most
_PLACE_BITS = 32  # for a position, so that positions of different documents never meet


class Row(NamedTuple):
    """One term in one field of one segment."""

    segment: int
    row: int
    start: int
    end: int


class Postings(NamedTuple):
    """Documents, rising, deleted ones included, and for each its BM25F score."""

    docs: Docs
    scores: Numbers


_Rows = Mapping[int, Sequence[Row]]  # number of a field → rows of a term in it
_NOTHING = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


class PostingTable:
    """The term tables of all segments of a commit, end to end."""

    def __init__(self, tables: Sequence[TermTable]) -> None:
        self.tables = tables
        counts = [table.doc_count for table in tables]
        self._offsets: list[int] = np.cumsum([0, *counts], dtype=np.int64).tolist()
        self._doc_count = sum(counts)
        self._found: dict[bytes, _Rows] = {}
        self._saturations: dict[tuple[int, int], Numbers] = {}

    def read(self, name: str, terms: Sequence[str], weight: float) -> Postings:
        """The postings of a term in a field, or of several that stand side by side."""
        field = FIELD_NUMBERS[name]
        each = [self.rows(field, term) for term in terms]
        if not all(each):
            return _NOTHING
        if len(each) == 1:
            return Postings(self._docs(each[0]), self._scores(field, each[0], weight))
        docs = self._side_by_side(each)
        scores = np.zeros(len(docs), dtype=np.float64)
        for rows in each:
            places = np.searchsorted(self._docs(rows), docs)
            scores += self._scores(field, rows, weight)[places]
        return Postings(docs, scores)

    def docs(self, field: str, text: str) -> Docs:
        """The documents whose field has exactly this."""
        rows = self.rows(FIELD_NUMBERS[field], text)
        return self._docs(rows) if rows else _NOTHING.docs

    def doc_frequency(self, field: str, text: str) -> int:
        """How many documents have a term, deleted ones included."""
        return sum(row.end - row.start for row in self.rows(FIELD_NUMBERS[field], text))

    def beginning_with(self, field: str, letters: str) -> list[str]:
        """The terms of a field that begin so, rising."""
        number = FIELD_NUMBERS[field]
        found = (text for table in self.tables for text in table.terms_from(letters, number))
        return sorted(set(found))

    def rows(self, field: int, text: str) -> Sequence[Row]:
        """Where a term is in a field; a term is looked up once for all fields."""
        term = text.encode(errors="surrogatepass")
        found = self._found.get(term)
        if found is None:
            if len(self._found) >= _TERMS_KEPT:
                self._found = {}
            found = self._found[term] = self._find(term)
        return found.get(field, ())

    def _find(self, term: bytes) -> _Rows:
        found: dict[int, list[Row]] = {}
        for number, table in enumerate(self.tables):
            for field, row in table.rows_of(term):
                found.setdefault(field, []).append(Row(number, row, *table.extent(row)))
        return found

    def _docs(self, rows: Sequence[Row]) -> Docs:
        return _end_to_end(
            [
                _moved(
                    self.tables[row.segment].docs[row.start : row.end], self._offsets[row.segment]
                )
                for row in rows
            ]
        )

    def _scores(self, field: int, rows: Sequence[Row], weight: float) -> Numbers:
        frequency = sum(row.end - row.start for row in rows)
        worth = weight * (log(self._doc_count / (frequency + 1)) + 1)  # the idf of Whoosh
        return _end_to_end(
            [
                (worth * self._saturation(row.segment, field)).take(
                    self.tables[row.segment].codes[row.start : row.end]
                )
                for row in rows
            ]
        )

    def _saturation(self, segment: int, field: int) -> Numbers:
        """What each pair of count and length in a segment is worth in this field, without idf.

        BM25: more of a word counts less and less, and less in a long field.
        """
        key = (segment, field)
        if key not in self._saturations:
            table = self.tables[segment]
            lengths = sum(one.field_lengths[field] for one in self.tables)
            shares = table.lengths / (lengths / (self._doc_count or 1) or 1)
            k1, b = weights.REPETITION_SATURATES, weights.LENGTH_DILUTES
            dilution = (1 - b) + b * shares
            self._saturations[key] = table.weights * (k1 + 1) / (table.weights + k1 * dilution)
        return self._saturations[key]

    def _side_by_side(self, each: Sequence[Sequence[Row]]) -> Docs:
        """The documents in which these terms follow one another."""
        found = []
        for segment, table in enumerate(self.tables):
            rows = [row.row for some in each for row in some if row.segment == segment]
            if len(rows) == len(each):
                found.append(_moved(_in_phrase(table, rows), self._offsets[segment]))
        return _end_to_end(found) if found else _NOTHING.docs


def _in_phrase(table: TermTable, rows: Sequence[int]) -> Docs:
    places: NDArray[np.int64] | None = None
    for number, row in enumerate(rows):
        docs, positions = table.places_of(row)
        here = (docs.astype(np.int64) << _PLACE_BITS) + positions + len(rows) - number
        places = here if places is None else places[is_in_sorted(here, places)]
    return np.unique(places >> _PLACE_BITS).astype(np.int32)  # type: ignore[operator]


def is_in_sorted(known: NDArray[Any], some: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some numbers are among the known ones, which rise."""
    if not len(known):
        return np.zeros(len(some), dtype=np.bool_)
    places = np.minimum(known.searchsorted(some), len(known) - 1)
    held: NDArray[np.bool_] = known[places] == some
    return held


def _moved(docs: Docs, offset: int) -> Docs:
    return docs + np.int32(offset) if offset else docs


def _end_to_end(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
