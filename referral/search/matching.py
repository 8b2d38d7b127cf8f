"""Which documents the words find, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.search import schema
from referral.search.columns import Columns, Mask, Numbers
from referral.search.postings import Postings, read_docs, read_postings
from referral.search.query import Clause, Question

_WHOLE_NAME = 1_000  # tiers above any number of words


@dataclass(frozen=True, slots=True)
class Found:
    """What the words found, over all documents.

    Attributes:
        docs: documents found.
        scores: BM25F, summed over words and fields.
        tiers: what counts before the score: a whole name, then how many of the words.
        reasons: for each lookup that found something why it counts, and its postings.
        only_some: no document has all words; these have some of them.
    """

    docs: Mask
    scores: Numbers
    tiers: NDArray[np.int32]
    reasons: Sequence[tuple[str, Postings]] = ()
    only_some: bool = False


@dataclass(slots=True)
class _Tally:
    """Sums up clauses: in how many of them each document is, and its score."""

    size: int
    scores: Numbers = field(init=False)
    clauses: NDArray[np.int32] = field(init=False)
    reasons: list[tuple[str, Postings]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scores = np.zeros(self.size, dtype=np.float64)
        self.clauses = np.zeros(self.size, dtype=np.int32)

    def add(self, clause: Clause, searcher: Searcher, *, counts: bool) -> None:
        """Add one clause; a document in several of its lookups is counted once."""
        seen = np.zeros(self.size, dtype=np.bool_)
        for lookup in clause.lookups:
            postings = read_postings(searcher, lookup)
            if len(postings.docs):
                self.scores[postings.docs] += postings.scores
                seen[postings.docs] = True
                self.reasons.append((lookup.why, postings))
        if counts:
            self.clauses += seen


def find(question: Question, searcher: Searcher, columns: Columns) -> Found:
    """All words before some words; a whole name first; without words everything."""
    if not question.clauses:
        nothing = np.zeros(columns.size)
        return Found(columns.live, nothing, nothing.astype(np.int32))
    required = [clause for clause in question.clauses if clause.is_required]
    tally = _add_up(question.clauses, required, searcher, columns)
    named = _named(question.key, searcher, columns)
    docs = columns.live & ((tally.clauses == len(required)) | named)
    if docs.any():
        return Found(docs, tally.scores, named * _WHOLE_NAME, tally.reasons)
    required = [clause for clause in question.loose if clause.is_required]
    tally = _add_up(question.loose, required, searcher, columns)
    docs = columns.live & (tally.clauses > 0)
    return Found(docs, tally.scores, tally.clauses, tally.reasons, only_some=bool(docs.any()))


def _add_up(
    clauses: Iterable[Clause], required: Sequence[Clause], searcher: Searcher, columns: Columns
) -> _Tally:
    tally = _Tally(columns.size)
    for clause in clauses:
        tally.add(clause, searcher, counts=clause in required)
    return tally


def _named(key: str, searcher: Searcher, columns: Columns) -> NDArray[np.int32]:
    """1 for each document whose service or organization has this whole name, 2 for both."""
    named = np.zeros(columns.size, dtype=np.int32)
    if key:
        for name_field in (schema.NAME_KEY, schema.ORGANIZATION_KEY):
            named[read_docs(searcher, name_field, key)] += 1
    return named
