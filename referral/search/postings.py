"""Which documents hold a term, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Phrase
from whoosh.searching import Searcher

from referral.search import weights
from referral.search.postings_file import SegmentPostings
from referral.search.query import Lookup

Docs = NDArray[np.int32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """Documents, rising, and for each its BM25F score; idf and lengths are of all segments."""

    docs: Docs
    scores: Numbers


_NOTHING = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


class AllPostings:
    """The postings of all segments of one commit, in the order of their document numbers.

    Scores are those of Whoosh's ``BM25F``: tests/search/test_reference.py compares them.
    """

    def __init__(self, segments: Sequence[SegmentPostings]) -> None:
        self._segments = segments
        self._offsets = np.cumsum([0, *(segment.size for segment in segments)])
        self._size = int(self._offsets[-1])

    def read(self, searcher: Searcher, lookup: Lookup) -> Postings:
        """The postings of a term, or of a phrase, times the weight of the lookup."""
        if len(lookup.terms) > 1:
            return _walk_phrase(searcher, lookup)
        return self._read_term(lookup.field, lookup.terms[0], lookup.weight)

    def docs(self, field: str, text: str) -> Docs:
        """The documents whose field has exactly this term."""
        return self._read_term(field, text, 1.0).docs

    def _read_term(self, field: str, text: str, weight: float) -> Postings:
        rows = [(segment, segment.find(field, text)) for segment in self._segments]
        known = sum(row.stop - row.start for _, row in rows if row)
        if not known:
            return _NOTHING
        idf = log(self._size / (known + 1)) + 1
        average = self._average_length(field)
        docs: list[Docs] = []
        scores: list[Numbers] = []
        for (segment, row), offset in zip(rows, self._offsets, strict=False):
            if row is None:
                continue
            held = segment.docs[row]
            docs.append(held + np.int32(offset))
            if field in segment.lengths:
                counts = segment.counts[row].astype(np.float64)
                lengths = segment.field_lengths(field, held)
                scores.append(weight * idf * _saturation(counts, lengths, average))
            else:
                scores.append(np.full(len(held), weight * idf))
        if len(docs) == 1:
            return Postings(docs[0], scores[0])
        return Postings(np.concatenate(docs), np.concatenate(scores))

    def _average_length(self, field: str) -> float:
        total = sum(segment.totals.get(field, 0) for segment in self._segments)
        return total / self._size or 1.0


def _saturation(counts: Numbers, lengths: Numbers, average: float) -> Numbers:
    """BM25: more of a word counts less and less, and less in a long field."""
    dilution = (1 - weights.LENGTH_DILUTES) + weights.LENGTH_DILUTES * lengths / average
    k1 = weights.REPETITION_SATURATES
    return counts * (k1 + 1) / (counts + k1 * dilution)


def _walk_phrase(searcher: Searcher, lookup: Lookup) -> Postings:
    """Phrases need positions, which only Whoosh has; they are rare, and so are their matches."""
    query = Phrase(lookup.field, list(lookup.terms))
    parts = [
        _walked(query.matcher(leaf, leaf.context()), offset, lookup.weight)
        for leaf, offset in searcher.leaf_searchers()
    ]
    return Postings(
        np.concatenate([_NOTHING.docs, *(part.docs for part in parts)]),
        np.concatenate([_NOTHING.scores, *(part.scores for part in parts)]),
    )


def _walked(matcher: Any, offset: int, weight: float) -> Postings:
    docs: list[int] = []
    scores: list[float] = []
    while matcher.is_active():
        docs.append(matcher.id() + offset)
        scores.append(matcher.score())
        matcher.next()
    return Postings(np.array(docs, dtype=np.int32), np.array(scores, dtype=np.float64) * weight)
