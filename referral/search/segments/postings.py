"""Postings over all segments of a commit: documents of a term, phrases, BM25F scores.

Scores are those of Whoosh's BM25F: idf and average lengths are of the whole collection, deleted
documents included, and are applied here to what Whoosh's readers of our codec give
(``tests/search/test_reference.py`` compares with plain Whoosh).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import IndexReader

from referral.search import weights
from referral.search.segments.doc_values import Docs, Numbers

_PLACE_BITS = 32  # for a position, so that positions of different documents never meet


class Postings(NamedTuple):
    """Documents, rising, deleted ones included, and for each its BM25F score."""

    docs: Docs
    scores: Numbers


_Found = tuple[int, Any]  # number of a segment, and the codec's ``TermMatcher``
_NOTHING = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


class PostingTable:
    """What a commit has of a term, over all its segments.

    Args:
        readers: Whoosh's readers of them, in their order.
    """

    def __init__(self, readers: Sequence[IndexReader]) -> None:
        self._readers = readers
        counts = [reader.doc_count_all() for reader in readers]
        self._offsets: list[int] = np.cumsum([0, *counts], dtype=np.int64).tolist()
        self._doc_count = sum(counts)
        self._saturations: dict[tuple[int, str], Numbers] = {}

    def read(self, name: str, terms: Sequence[str], weight: float) -> Postings:
        """The postings of a term in a field, or of several that stand side by side."""
        each = [self._find(name, term) for term in terms]
        if not all(each):
            return _NOTHING
        if len(each) == 1:
            return Postings(self._docs(each[0]), self._scores(name, each[0], weight))
        docs = self._side_by_side(each)
        scores = np.zeros(len(docs), dtype=np.float64)
        for found in each:
            places = np.searchsorted(self._docs(found), docs)
            scores += self._scores(name, found, weight)[places]
        return Postings(docs, scores)

    def docs(self, field: str, text: str) -> Docs:
        """The documents whose field has exactly this."""
        found = self._find(field, text)
        return self._docs(found) if found else _NOTHING.docs

    def doc_frequency(self, field: str, text: str) -> int:
        """How many documents have a term, deleted ones included."""
        term = text.encode(errors="surrogatepass")
        return sum(reader.doc_frequency(field, term) for reader in self._readers)

    def beginning_with(self, field: str, letters: str) -> list[str]:
        """The terms of a field that begin so, rising."""
        start = letters.encode(errors="surrogatepass")
        found = (term for reader in self._readers for term in reader.expand_prefix(field, start))
        return [term.decode() for term in sorted(set(found))]

    def _find(self, field: str, text: str) -> Sequence[_Found]:
        """The postings in each segment that has the term."""
        term = text.encode(errors="surrogatepass")
        return [
            (segment, _whole(reader.postings(field, term)))
            for segment, reader in enumerate(self._readers)
            if (field, term) in reader
        ]

    def _docs(self, found: Sequence[_Found]) -> Docs:
        return _end_to_end(
            [_moved(matcher.docs, self._offsets[segment]) for segment, matcher in found]
        )

    def _scores(self, field: str, found: Sequence[_Found], weight: float) -> Numbers:
        frequency = sum(len(matcher.docs) for _, matcher in found)
        worth = weight * (log(self._doc_count / (frequency + 1)) + 1)  # the idf of Whoosh
        return _end_to_end(
            [
                (worth * self._saturation(segment, field, matcher.table)).take(matcher.codes)
                for segment, matcher in found
            ]
        )

    def _saturation(self, segment: int, field: str, table: Any) -> Numbers:
        """What each pair of count and length in a segment is worth in this field, without idf.

        BM25: more of a word counts less and less, and less in a long field.
        """
        key = (segment, field)
        if key not in self._saturations:
            lengths = sum(reader.field_length(field) for reader in self._readers)
            shares = table.lengths / (lengths / (self._doc_count or 1) or 1)
            k1, b = weights.REPETITION_SATURATES, weights.LENGTH_DILUTES
            dilution = (1 - b) + b * shares
            self._saturations[key] = table.weights * (k1 + 1) / (table.weights + k1 * dilution)
        return self._saturations[key]

    def _side_by_side(self, each: Sequence[Sequence[_Found]]) -> Docs:
        """The documents in which these terms follow one another."""
        found = []
        for segment in range(len(self._readers)):
            matchers = [matcher for some in each for at, matcher in some if at == segment]
            if len(matchers) == len(each):
                found.append(_moved(_in_phrase(matchers), self._offsets[segment]))
        return _end_to_end(found) if found else _NOTHING.docs


def _whole(matcher: Any) -> Any:
    """The postings with those of deleted documents, which Whoosh leaves out one by one."""
    return getattr(matcher, "child", matcher)


def _in_phrase(matchers: Sequence[Any]) -> Docs:
    places: NDArray[np.int64] | None = None
    for number, matcher in enumerate(matchers):
        docs, positions = matcher.occurrences()
        here = (docs.astype(np.int64) << _PLACE_BITS) + positions + len(matchers) - number
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
