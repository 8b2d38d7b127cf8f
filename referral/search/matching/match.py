"""Matches of a parsed query: documents, their coverage and scores, whole names.

Whether a document matches is known for all of them (a mask); scores are only computed of some:
those that the filters left, those of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
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
from referral.search.query import Clause, Question
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
    """Matches of a query. Methods take document numbers, which rise, and answer for each.

    Attributes:
        docs: matching documents.
        clauses: the clauses that were looked up in the end.
        whole_names: for each kind of name the documents that have the words for a whole name.
        name_prefixes: documents whose name, or organization's, begins with the words.
        best_coverage: the largest coverage of any document.
        has_all: every document has all words, or the name.
        only_some: no document has all words; these have some of them.
        at_least: the documents by least coverage, where not every one has all.
    """

    docs: Mask
    clauses: Sequence[ClauseMatch]
    whole_names: Sequence[Docs]
    name_prefixes: Docs
    best_coverage: float = 1.0
    has_all: bool = True
    only_some: bool = False
    at_least: CoverageMask | None = None

    def scores(self, docs: DocNumbers) -> Numbers:
        """BM25F, summed over words and fields, and the scores of topics."""
        return _scores(self.clauses, docs)

    def coverage(self, docs: DocNumbers) -> Numbers:
        """Coverage of the required clauses (0 to 1)."""
        return coverage(_required(self.clauses), docs)

    def name_tiers(self, docs: DocNumbers) -> NDArray[np.int32]:
        """What counts before the score: 1 for a whole name, 2 for two of them."""
        tiers = np.zeros(len(docs), dtype=np.int32)
        for named in self.whole_names:
            tiers += is_in_sorted(named, docs)
        return tiers

    def all_in_names(self, docs: DocNumbers) -> Mask:
        """Which have all of the words in names: their own, their organization's."""
        return _all_in_fields(_required(self.clauses), docs, NAMES)

    def any_in_names(self, docs: DocNumbers) -> Mask:
        """Which have some of the words in names."""
        masks = (match.all_in_fields(docs, NAMES) for match in _required(self.clauses))
        return reduce(np.logical_or, masks, np.zeros(len(docs), dtype=np.bool_))

    def has_town(self, docs: DocNumbers) -> Mask:
        """Which have the words of the town in a name or a place."""
        of_town = [match for match in self.clauses if match.clause.names_town]
        return _all_in_fields(of_town, docs, NAMES_AND_PLACES)

    def name_begins(self, docs: DocNumbers) -> Mask:
        """Which have a name that begins with the words as they stand."""
        return is_in_sorted(self.name_prefixes, docs)


def find_matches(question: Question, columns: Columns, terms: CommitTerms) -> MatchResult:
    """All words before some words; a whole name first; without words everything."""
    names = whole_names(question, terms)
    prefixes = _name_prefixes(question, terms)
    clauses = _match(question.clauses, columns, terms)
    required = _required(clauses)
    if not required:
        return MatchResult(columns.live, clauses, names, prefixes)
    has_all = reduce(np.logical_and, [match.all for match in required])
    docs = _with_names(names, has_all, columns)
    understood = any(clause.topics for clause in question.clauses)
    if not understood and docs.any() and _are_best(docs, clauses):
        best = 1.0 if has_all.any() else float(coverage(required, docs_in(docs)).max())
        return MatchResult(docs, clauses, names, prefixes, best)
    if question.loose != question.clauses:
        clauses = _match(question.loose, columns, terms)
    best, at_least = best_coverage(_required(clauses))
    return MatchResult(
        docs=_with_names(names, at_least(weights.LEAST_SHARE * best), columns),
        clauses=clauses,
        whole_names=names,
        name_prefixes=prefixes,
        best_coverage=best,
        has_all=False,
        only_some=bool(best) and not docs.any(),
        at_least=at_least,
    )


def whole_names(question: Question, terms: CommitTerms) -> Sequence[Docs]:
    """For each kind of name the documents that have the words for a whole name, if any."""
    found = [terms.postings.docs(name, question.key) for name in _NAME_FIELDS if question.key]
    return [docs for docs in found if len(docs)]


def _match(clauses: Sequence[Clause], columns: Columns, terms: CommitTerms) -> list[ClauseMatch]:
    """Matches of clauses; where no document has what is required, of all that may be required."""
    matches = match_clauses(clauses, columns, terms)
    if any(match.weight for match in _required(matches)):
        return matches
    if not any(clause.is_required_alone and not clause.is_required for clause in clauses):
        return matches
    alone = (
        replace(clause, is_required=clause.is_required or clause.is_required_alone)
        for clause in clauses
    )
    return match_clauses(alone, columns, terms)


def _are_best(docs: Mask, clauses: Sequence[ClauseMatch]) -> bool:
    """Whether no document with a part of the words scores above the best of these, with all.

    Plain words only: a clause matches, or it does not. The score of what lacks one is bounded;
    only where the bound does not decide it is looked at document by document.
    """
    required = _required(clauses)
    if len(required) == 1:
        return True
    total = sum(match.max_score for match in clauses)
    weight = sum(match.weight for match in required) or 1.0
    bounds = [
        (total - match.max_score)
        * (1 - match.weight / weight) ** weights.COVERAGE_POWER
        * _ROUNDED_UP
        for match in required
    ]
    for some in (docs[:_FIRST_LOOK], docs):
        best = _best_score(some, clauses)
        if best > max(bounds):
            return True
    lacking = [~match.all for match, bound in zip(required, bounds, strict=True) if bound >= best]
    some = reduce(np.logical_or, [match.all for match in required])
    return best >= _best_score(some & reduce(np.logical_or, lacking), clauses)


def _best_score(mask: Mask, clauses: Sequence[ClauseMatch]) -> float:
    """The largest product of score and coverage among these documents."""
    docs = docs_in(mask)
    scores = _scores(clauses, docs)
    scores *= coverage(_required(clauses), docs) ** weights.COVERAGE_POWER
    return float(scores.max(initial=0.0))


def _scores(clauses: Sequence[ClauseMatch], docs: DocNumbers) -> Numbers:
    scores = np.zeros(len(docs))
    for match in clauses:
        scores += match.scores(docs)
    return scores


def _required(clauses: Sequence[ClauseMatch]) -> list[ClauseMatch]:
    return [match for match in clauses if match.clause.is_required]


def _all_in_fields(clauses: Sequence[ClauseMatch], docs: DocNumbers, bits: int) -> Mask:
    mask = np.ones(len(docs), dtype=np.bool_)
    for match in clauses:
        mask &= match.all_in_fields(docs, bits)
    return mask


def _with_names(names: Sequence[Docs], docs: Mask, columns: Columns) -> Mask:
    """With the live documents of a whole name."""
    if not names:
        return docs
    both = docs.copy()
    for some in names:
        both[some] = True
    return both & columns.live


def _name_prefixes(question: Question, terms: CommitTerms) -> Docs:
    """Documents with a name that begins with the words: at least two, or "food" would do it."""
    found: list[Docs] = []
    if len(question.words) > 1 and len(question.key) >= _SHORTEST_BEGINNING:
        for name in _NAME_FIELDS:
            keys = terms.postings.beginning_with(name, question.key)
            found += [terms.postings.docs(name, key) for key in keys[:_MOST_BEGINNINGS]]
    return np.unique(np.concatenate(found)) if found else _NOTHING
