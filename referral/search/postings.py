"""Which documents hold a term, and what that is worth. The only place that walks postings.

(Issue 3 reads these out of columns derived from the same postings; plain Whoosh, as used here,
stays as what that is compared with.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Phrase
from whoosh.searching import Searcher

from referral.search.columns import Docs, Numbers
from referral.search.query import Lookup


@dataclass(frozen=True, slots=True)
class Postings:
    """Documents, rising, and for each its BM25F score; idf and lengths are of all segments."""

    docs: Docs
    scores: Numbers

    def hold(self, docs: NDArray[np.integer]) -> NDArray[np.bool_]:
        """For each of these documents whether it is here."""
        return np.isin(docs, self.docs)


_NOTHING = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


def read_postings(searcher: Searcher, lookup: Lookup) -> Postings:
    """The postings of a term, or of a phrase."""
    if lookup.field not in searcher.schema:
        return _NOTHING
    if len(lookup.terms) > 1:
        return _walk_phrase(searcher, lookup)
    return _walk_term(searcher, lookup.field, lookup.terms[0], lookup.weight)


def read_docs(searcher: Searcher, field: str, text: str) -> Docs:
    """The documents whose field is exactly this."""
    return _walk_term(searcher, field, text, 1.0).docs


def _walk_term(searcher: Searcher, field: str, text: str, weight: float) -> Postings:
    if (field, text) not in searcher.reader():
        return _NOTHING
    return _walked(searcher.postings(field, text), 0, weight)


def _walk_phrase(searcher: Searcher, lookup: Lookup) -> Postings:
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
