"""Which documents the words find, and how good they are.

Whether a document has something is known for all of them (a mask); how much that is worth is only
asked of some: those that the filters left, those of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
from referral.search.columns import Columns
from referral.search.facts_file import Docs, Mask, Numbers
from referral.search.having import NAMES, NAMES_AND_PLACES, Had, Rising, look_up
from referral.search.postings import held_in
from referral.search.query import Clause, Question
from referral.search.words import Words

_SHORTEST_BEGINNING = 6  # letters
_MOST_BEGINNINGS = 50  # names
_ROUNDED_UP = 1.0001  # short numbers are added up where it is close
_NAME_FIELDS = (schema.NAME_KEY, schema.ORGANIZATION_KEY)


@dataclass(frozen=True, slots=True)
class Found:
    """What the words found. What is asked "of documents" is given for each of them; they rise.

    Attributes:
        docs: documents found.
        had: the clauses that were looked up in the end.
        named: for each kind of name the documents that have the words for a whole name.
        begins: documents whose name, or organization's, begins with the words as they stand.
        best_share: the largest share that any document has.
        has_all: every document found has all words, or the name.
        only_some: no document has all words; these have some of them.
    """

    docs: Mask
    had: Sequence[Had] = ()
    named: Sequence[Docs] = ()
    begins: Docs = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    best_share: float = 1.0
    has_all: bool = True
    only_some: bool = False

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What was looked up in the end."""
        return tuple(had.clause for had in self.had)

    def scores_of(self, docs: Rising) -> Numbers:
        """BM25F, summed over words and fields, and what topics are worth."""
        scores = np.zeros(len(docs))
        for had in self.had:
            scores += had.scores_of(docs)
        return scores

    def shares_of(self, docs: Rising) -> Numbers:
        """How much of what was said each has, by how much it tells (0 to 1)."""
        if self.has_all and not any(map(len, self.named)):
            return np.ones(len(docs))
        return _shares(_required(self.had), docs)

    def tiers_of(self, docs: Rising) -> NDArray[np.int32]:
        """What counts before the score: 1 for a whole name, 2 for two of them."""
        tiers = np.zeros(len(docs), dtype=np.int32)
        for named in self.named:
            if len(named):
                tiers += held_in(named, docs)
        return tiers

    def by_name(self, docs: Rising) -> Mask:
        """Which have all of the words in names: their own, their organization's."""
        return _all_in_fields(_required(self.had), docs, NAMES)

    def in_town(self, docs: Rising) -> Mask:
        """Which have the words of the town in a name or a place."""
        of_town = [had for had in self.had if had.clause.names_town]
        return _all_in_fields(of_town, docs, NAMES_AND_PLACES)

    def by_beginning(self, docs: Rising) -> Mask:
        """Which have a name that begins with the words as they stand."""
        return held_in(self.begins, docs)


def find(question: Question, columns: Columns, words: Words) -> Found:
    """All words before some words; a whole name first; without words everything."""
    named = [words.postings.docs(name, question.key) for name in _NAME_FIELDS if question.key]
    begins = _begins(question, words)
    had = look_up(question.clauses, columns, words)
    required = _required(had)
    if not required:
        return Found(columns.live, had, named, begins)
    has_all = reduce(np.logical_and, [one.all for one in required], columns.live)
    docs = _with(named, has_all, columns)
    understood = any(clause.topics for clause in question.clauses)
    if (
        docs.any()
        and not understood
        and (_are_surely_best(has_all, had) or _are_best(docs, had, columns))
    ):
        best = 1.0 if has_all.any() else float(_shares(required, np.flatnonzero(docs)).max())
        return Found(docs, had, named, begins, best)
    if question.loose != question.clauses:
        had = look_up(question.loose, columns, words)
    some, best = _enough(_required(had), columns)
    return Found(
        docs=_with(named, some, columns),
        had=had,
        named=named,
        begins=begins,
        best_share=best,
        has_all=False,
        only_some=bool(best) and not docs.any(),
    )


def _enough(required: Sequence[Had], columns: Columns) -> tuple[Mask, float]:
    """Documents that have enough of what the best one has, and the share of that one."""
    docs = np.flatnonzero(reduce(np.logical_or, [had.some for had in required]) & columns.live)
    shares = _shares(required, docs)
    best = float(shares.max(initial=0.0))
    mask = np.zeros(columns.size, dtype=np.bool_)
    mask[docs[(shares > 0) & (shares >= weights.LEAST_SHARE * best)]] = True
    return mask, best


def _are_surely_best(has_all: Mask, had: Sequence[Had]) -> bool:
    """Whether one with all words is worth more than anything that lacks one could be.

    It is seldom needed to add up the worth of all documents (``_are_best``) after that.
    """
    required = _required(had)
    if len(required) == 1:
        return True
    if any(len(one.parts) > 1 for one in required):  # may lack one and have some of it
        return False
    worth = sum(one.most for one in had)
    telling = sum(one.telling for one in required) or 1.0
    most = max(
        (worth - one.most) * (1 - one.telling / telling) ** weights.COVERAGE_POWER
        for one in required
    )
    docs = np.flatnonzero(has_all)
    scores = np.zeros(len(docs))
    for one in had:
        scores += one.scores_of(docs)
    return bool(scores.max(initial=0.0) > most * _ROUNDED_UP)


def _are_best(docs: Mask, had: Sequence[Had], columns: Columns) -> bool:
    """Whether nothing with a part of the words is better than the best with all of them.

    Plain words only: a clause is had, or it is not. Short numbers will do for all documents.
    """
    required = _required(had)
    scores, shares = np.zeros((2, columns.size), dtype=np.float32)
    for one in had:
        one.add_scores(scores)
    telling = sum(one.telling for one in required) or 1.0
    for one in required:
        shares += one.all * np.float32(one.telling / telling)
    scores *= shares ** np.float32(weights.COVERAGE_POWER)
    return float((scores * docs).max()) >= float(scores.max())


def _required(had: Sequence[Had]) -> list[Had]:
    return [one for one in had if one.clause.is_required]


def _shares(required: Sequence[Had], docs: Rising) -> Numbers:
    if not required:
        return np.ones(len(docs))
    shares = np.zeros(len(docs))
    for one in required:
        shares += one.telling * one.shares_of(docs)
    telling = sum(one.telling for one in required)
    return shares / telling if telling else shares


def _all_in_fields(had: Sequence[Had], docs: Rising, bits: int) -> Mask:
    held = np.ones(len(docs), dtype=np.bool_)
    for one in had:
        held &= one.held_in_fields(docs, bits)
    return held


def _with(named: Sequence[Docs], docs: Mask, columns: Columns) -> Mask:
    """With the live ones of a whole name."""
    if not any(map(len, named)):
        return docs
    both = docs.copy()
    for some in named:
        both[some] = True
    return both & columns.live


def _begins(question: Question, words: Words) -> Docs:
    """Documents with a name that begins with the words: at least two, or "food" would do it."""
    found: list[Docs] = [np.zeros(0, dtype=np.int32)]
    if len(question.words) > 1 and len(question.key) >= _SHORTEST_BEGINNING:
        for name in _NAME_FIELDS:
            keys = words.postings.beginning_with(name, question.key)
            found += [words.postings.docs(name, key) for key in keys[:_MOST_BEGINNINGS]]
    return np.unique(np.concatenate(found))
