"""Which documents the words find, and how good they are.

Whether a document has something is known for all of them (a mask); how much that is worth is only
asked of some: those that the filters left, those of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
from referral.search.clauses import Clause, ParsedQuery
from referral.search.matching.clause_matches import (
    NAMES,
    NAMES_AND_PLACES,
    ClauseMatch,
    CommitTerms,
    CoverageMask,
    DocNumbers,
    best_coverage,
    coverage,
    match_clauses,
)
from referral.search.segments.bitmaps import docs_in
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Docs, Mask, Numbers
from referral.search.segments.postings import is_in_sorted

_SHORTEST_BEGINNING = 6  # letters
_MOST_BEGINNINGS = 50  # names
_ROUNDED_UP = 1.0001  # sums of fractions being what they are
_FIRST_LOOK = 8192  # documents: among so many there is a good one, nearly always
_NOTHING: Docs = np.zeros(0, dtype=np.int32)
_NAME_FIELDS = (schema.NAME_KEY, schema.ORGANIZATION_KEY)


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What the words found. What is asked "of documents" is given for each of them; they rise.

    Attributes:
        docs: documents found.
        had: the clauses that were looked up in the end.
        named: for each kind of name the documents that have the words for a whole name.
        begins: documents whose name, or organization's, begins with the words as they stand.
        best_share: the largest share that any document has.
        has_all: every document found has all words, or the name.
        only_some: no document has all words; these have some of them.
        enough: the documents with a share of the words, or more, where not every one has all.
    """

    docs: Mask
    had: Sequence[ClauseMatch]
    named: Sequence[Docs]
    begins: Docs
    best_share: float = 1.0
    has_all: bool = True
    only_some: bool = False
    enough: CoverageMask | None = None

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What was looked up in the end."""
        return tuple(had.clause for had in self.had)

    def scores_of(self, docs: DocNumbers) -> Numbers:
        """BM25F, summed over words and fields, and what topics are worth."""
        return _scores(self.had, docs)

    def shares_of(self, docs: DocNumbers) -> Numbers:
        """How much of what was said each has, by how much it tells (0 to 1)."""
        return coverage(_required(self.had), docs)

    def tiers_of(self, docs: DocNumbers) -> NDArray[np.int32]:
        """What counts before the score: 1 for a whole name, 2 for two of them."""
        tiers = np.zeros(len(docs), dtype=np.int32)
        for named in self.named:
            tiers += is_in_sorted(named, docs)
        return tiers

    def by_name(self, docs: DocNumbers) -> Mask:
        """Which have all of the words in names: their own, their organization's."""
        return _all_in_fields(_required(self.had), docs, NAMES)

    def in_town(self, docs: DocNumbers) -> Mask:
        """Which have the words of the town in a name or a place."""
        of_town = [had for had in self.had if had.clause.names_town]
        return _all_in_fields(of_town, docs, NAMES_AND_PLACES)

    def by_beginning(self, docs: DocNumbers) -> Mask:
        """Which have a name that begins with the words as they stand."""
        return is_in_sorted(self.begins, docs)


def find_matches(question: ParsedQuery, columns: Columns, words: CommitTerms) -> MatchResult:
    """All words before some words; a whole name first; without words everything."""
    named = [words.postings.docs(name, question.key) for name in _NAME_FIELDS if question.key]
    named = [docs for docs in named if len(docs)]
    begins = _begins(question, words)
    had = match_clauses(question.clauses, columns, words)
    required = _required(had)
    if not required:
        return MatchResult(columns.live, had, named, begins)
    has_all = reduce(np.logical_and, [one.all for one in required])
    docs = _with(named, has_all, columns)
    understood = any(clause.topics for clause in question.clauses)
    if not understood and docs.any() and _are_best(docs, had):
        best = 1.0 if has_all.any() else float(coverage(required, docs_in(docs)).max())
        return MatchResult(docs, had, named, begins, best)
    if question.loose != question.clauses:
        had = match_clauses(question.loose, columns, words)
    best, enough = best_coverage(_required(had))
    return MatchResult(
        docs=_with(named, enough(weights.LEAST_SHARE * best), columns),
        had=had,
        named=named,
        begins=begins,
        best_share=best,
        has_all=False,
        only_some=bool(best) and not docs.any(),
        enough=enough,
    )


def _are_best(docs: Mask, had: Sequence[ClauseMatch]) -> bool:
    """Whether nothing with a part of the words is better than the best of these, which have all.

    Plain words only: a clause is had, or it is not. What lacks one can be worth so much and no
    more; only where that is enough it is looked at document by document.
    """
    required = _required(had)
    if len(required) == 1:
        return True
    worth = sum(one.most for one in had)
    telling = sum(one.telling for one in required) or 1.0
    bounds = [
        (worth - one.most) * (1 - one.telling / telling) ** weights.COVERAGE_POWER * _ROUNDED_UP
        for one in required
    ]
    for some in (docs[:_FIRST_LOOK], docs):
        best = _most_worth(some, had)
        if best > max(bounds):
            return True
    lacking = [~one.all for one, bound in zip(required, bounds, strict=True) if bound >= best]
    some = reduce(np.logical_or, [one.all for one in required])
    return best >= _most_worth(some & reduce(np.logical_or, lacking), had)


def _most_worth(mask: Mask, had: Sequence[ClauseMatch]) -> float:
    """The most that any of these documents is worth, by its words and how many it has."""
    docs = docs_in(mask)
    scores = _scores(had, docs)
    scores *= coverage(_required(had), docs) ** weights.COVERAGE_POWER
    return float(scores.max(initial=0.0))


def _scores(had: Sequence[ClauseMatch], docs: DocNumbers) -> Numbers:
    scores = np.zeros(len(docs))
    for one in had:
        scores += one.scores_of(docs)
    return scores


def _required(had: Sequence[ClauseMatch]) -> list[ClauseMatch]:
    return [one for one in had if one.clause.is_required]


def _all_in_fields(had: Sequence[ClauseMatch], docs: DocNumbers, bits: int) -> Mask:
    held = np.ones(len(docs), dtype=np.bool_)
    for one in had:
        held &= one.held_in_fields(docs, bits)
    return held


def _with(named: Sequence[Docs], docs: Mask, columns: Columns) -> Mask:
    """With the live ones of a whole name."""
    if not named:
        return docs
    both = docs.copy()
    for some in named:
        both[some] = True
    return both & columns.live


def _begins(question: ParsedQuery, words: CommitTerms) -> Docs:
    """Documents with a name that begins with the words: at least two, or "food" would do it."""
    found: list[Docs] = []
    if len(question.words) > 1 and len(question.key) >= _SHORTEST_BEGINNING:
        for name in _NAME_FIELDS:
            keys = words.postings.beginning_with(name, question.key)
            found += [words.postings.docs(name, key) for key in keys[:_MOST_BEGINNINGS]]
    return np.unique(np.concatenate(found)) if found else _NOTHING
