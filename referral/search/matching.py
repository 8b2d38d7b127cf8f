"""Which documents the words find, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.search import schema, weights
from referral.search.columns import Columns, Mask
from referral.search.facts_file import Docs, Numbers
from referral.search.postings import Postings
from referral.search.query import Clause, Lookup, Question, Topic

# By what a result says.
_NAMES = frozenset({"name", "organization", "program"})
_PLACE = "place"
_SHORTEST_BEGINNING = 6  # letters
_MOST_BEGINNINGS = 50  # names
_ALL = 1 - 1e-9  # a share of everything, sums of fractions being what they are


@dataclass(frozen=True, slots=True)
class Reason:
    """Documents that one entry of the index, or one topic, brought in."""

    cause: Lookup | Topic
    docs: Docs

    def holds(self, docs: NDArray[np.integer]) -> NDArray[np.bool_]:
        """For each of these documents whether it is here."""
        return np.isin(docs, self.docs)


@dataclass(frozen=True, slots=True)
class Found:
    """What the words found, over all documents.

    Attributes:
        docs: documents found.
        scores: BM25F, summed over words and fields, and what topics are worth.
        shares: how much of what was said each document has, by how much it tells (0 to 1).
        tiers: what counts before the score: a whole name.
        by_name: documents that have all of the words in names: their own, their organization's.
        by_beginning: documents whose name, or organization's, begins with the words as they stand.
        in_town: documents that have the words of the town in a name or a place.
        clauses: what was looked up in the end.
        reasons: what brought documents in.
        only_some: no document has all words; these have some of them.
    """

    docs: Mask
    scores: Numbers
    shares: Numbers
    tiers: NDArray[np.int32]
    by_name: Mask
    by_beginning: Mask
    in_town: Mask
    clauses: Sequence[Clause] = ()
    reasons: Sequence[Reason] = ()
    only_some: bool = False


@dataclass(slots=True)
class _Tally:
    """Sums up clauses: what they are worth, and how much of what was said each document has."""

    searcher: Searcher
    columns: Columns
    scores: Numbers = field(init=False)
    shares: Numbers = field(init=False)
    has_all: Mask = field(init=False)
    by_name: Mask = field(init=False)
    in_town: Mask = field(init=False)
    telling: float = 0.0
    reasons: list[Reason] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scores = np.zeros(self.columns.size)
        self.shares = np.zeros(self.columns.size)
        self.has_all = self.columns.live.copy()
        self.by_name = self.columns.live.copy()
        self.in_town = self.columns.live.copy()

    def add(self, clause: Clause) -> None:
        """Add one clause. What no document has tells nothing, so it is not held against any."""
        share = np.zeros(self.columns.size)
        for part in clause.parts:
            seen, named, placed = self._add_lookups(part)
            share += seen
            if clause.is_required:
                self.by_name &= named
            if clause.names_town:
                self.in_town &= named | placed
        share /= len(clause.parts)
        if clause.topics:
            share[share < _ALL] *= weights.PART_OF_A_RUN
        spelt, *_ = self._add_lookups(clause.spellings)
        share[spelt | self._add_topics(clause.topics)] = 1.0
        if clause.is_required:
            self.has_all &= share >= _ALL
            telling = self._tells(clause, share[self.columns.live])
            self.shares += telling * share
            self.telling += telling

    def _tells(self, clause: Clause, share: Numbers) -> float:
        """By the rarest thing it may mean: "box of food" tells more than "food"."""
        all_or_some = (int((share >= _ALL).sum()), int((share > 0).sum()))
        known = [next(filter(None, all_or_some), 0), *map(self._under, clause.topics)]
        fewest = min(filter(None, known), default=0)
        if not fewest:
            return 0.0
        return _rarity(fewest, len(share)) * _certainty(clause)

    def _under(self, topic: Topic) -> int:
        return len(self.columns.tags.get(("term", topic.code), ()))

    def _add_lookups(self, lookups: Iterable[Lookup]) -> tuple[Mask, Mask, Mask]:
        """Documents that have any of these, that have one in a name, that have one in a place."""
        seen, named, placed = np.zeros((3, self.columns.size), dtype=np.bool_)
        for lookup in lookups:
            postings: Postings = self.columns.postings.read(self.searcher, lookup)
            if len(postings.docs):
                self.scores[postings.docs] += postings.scores
                seen[postings.docs] = True
                if lookup.why in _NAMES:
                    named[postings.docs] = True
                if lookup.why == _PLACE:
                    placed[postings.docs] = True
                self.reasons.append(Reason(lookup, postings.docs))
        return seen, named, placed

    def _add_topics(self, topics: Iterable[Topic]) -> Mask:
        """Of several topics that words may stand for, a document gets the best."""
        worth = np.zeros(self.columns.size)
        live = int(self.columns.live.sum())
        for topic in topics:
            docs = self.columns.tags.get(("term", topic.code))
            if docs is not None and len(docs):
                rarity = _rarity(len(docs), live)
                worth[docs] = np.maximum(worth[docs], weights.TOPIC * topic.weight * rarity)
                self.reasons.append(Reason(topic, docs))
        self.scores += worth
        return worth > 0


def find(question: Question, searcher: Searcher, columns: Columns) -> Found:
    """All words before some words; a whole name first; without words everything."""
    named = _named(question.key, columns)
    begins = _begins(question, searcher, columns)
    if not any(clause.is_required for clause in question.clauses):
        return replace(_without_words(question, searcher, columns, named), by_beginning=begins)
    tally = _add_up(question.clauses, searcher, columns)
    docs = tally.has_all | (columns.live & (named > 0))
    understood = any(clause.topics for clause in question.clauses)
    if docs.any() and not understood and _are_best(docs, tally):
        shares = _shares(tally)
        found = _found(tally, docs, shares, named, question.clauses)
        return replace(found, by_beginning=begins)
    if question.loose != question.clauses:
        tally = _add_up(question.loose, searcher, columns)
    shares = _shares(tally)
    best = float(shares[columns.live].max(initial=0.0))
    enough = (shares > 0) & (shares >= weights.LEAST_SHARE * best)
    found = _found(tally, columns.live & (enough | (named > 0)), shares, named, question.loose)
    return replace(found, by_beginning=begins, only_some=bool(best) and not docs.any())


def _found(
    tally: _Tally,
    docs: Mask,
    shares: Numbers,
    named: NDArray[np.int32],
    clauses: Sequence[Clause],
) -> Found:
    return Found(
        docs=docs,
        scores=tally.scores,
        shares=shares,
        tiers=named,
        by_name=tally.by_name,
        by_beginning=np.zeros_like(docs),
        in_town=tally.in_town,
        clauses=clauses,
        reasons=tally.reasons,
    )


def _without_words(
    question: Question, searcher: Searcher, columns: Columns, named: NDArray[np.int32]
) -> Found:
    """Everything; the words of a town still tell who names it."""
    tally = _add_up(question.clauses, searcher, columns)
    return _found(tally, columns.live, np.ones(columns.size), named, ())


def _add_up(clauses: Iterable[Clause], searcher: Searcher, columns: Columns) -> _Tally:
    tally = _Tally(searcher, columns)
    for clause in clauses:
        tally.add(clause)
    return tally


def _are_best(docs: Mask, tally: _Tally) -> bool:
    """Whether nothing with a part of the words is better than the best with all of them."""
    worth = tally.scores * _shares(tally) ** weights.COVERAGE_POWER
    return float(worth[docs].max()) >= float(worth[tally.columns.live].max())


def _shares(tally: _Tally) -> Numbers:
    return tally.shares / tally.telling if tally.telling else tally.shares


def _certainty(clause: Clause) -> float:
    """Words that were understood tell more than stray ones, and several together more than one."""
    return float(len(clause.parts) ** 0.5) * (weights.UNDERSTOOD if clause.topics else 1.0)


def _rarity(known: int, live: int) -> float:
    """As BM25 has it: how much it tells that a document is one of the ``known``."""
    return float(np.log1p((live - known + 0.5) / (known + 0.5)))


def _named(key: str, columns: Columns) -> NDArray[np.int32]:
    """1 for each document whose service or organization has this whole name, 2 for both."""
    named = np.zeros(columns.size, dtype=np.int32)
    if key:
        for name_field in (schema.NAME_KEY, schema.ORGANIZATION_KEY):
            named[columns.postings.docs(name_field, key)] += 1
    return named


def _begins(question: Question, searcher: Searcher, columns: Columns) -> Mask:
    """Documents with a name that begins with the words: at least two, or "food" would do it."""
    begins = np.zeros(columns.size, dtype=np.bool_)
    if len(question.words) > 1 and len(question.key) >= _SHORTEST_BEGINNING:
        for name_field in (schema.NAME_KEY, schema.ORGANIZATION_KEY):
            keys = searcher.reader().expand_prefix(name_field, question.key)
            for key in islice(keys, _MOST_BEGINNINGS):
                begins[columns.postings.docs(name_field, key.decode())] = True
    return begins
