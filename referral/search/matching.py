"""Which documents the words find, and how good they are.

Whether a document has something is known for all of them (a mask); how much that is worth is only
asked of some: those that the filters left, those of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
from referral.search.columns import Columns
from referral.search.facts_file import Docs, Mask, Numbers
from referral.search.holding import FIELD_BITS, Holding
from referral.search.postings import held_in
from referral.search.query import Clause, Form, Question, Topic
from referral.search.words import Words

Rising = NDArray[np.integer]  # numbers of documents

_SHORTEST_BEGINNING = 6  # letters
_MOST_BEGINNINGS = 50  # names
_NAME_FIELDS = (schema.NAME_KEY, schema.ORGANIZATION_KEY)
_ALL = 1 - 1e-9  # a share of everything, sums of fractions being what they are


def _bits_of(*whys: str) -> int:
    return sum(FIELD_BITS[name] for name, text in schema.TEXT_FIELDS.items() if text.why in whys)


_NAMES = _bits_of("name", "organization", "program")
_NAMES_AND_PLACES = _NAMES | _bits_of("place")


@dataclass(slots=True)
class Had:
    """How documents have one clause.

    Attributes:
        parts: for each part its forms, each with the documents that hold it.
        spellings: the same for other spellings.
        topics: each with the documents under it, and what that is worth.
        telling: how much it tells that a document has it all.
    """

    clause: Clause
    parts: Sequence[Sequence[tuple[Form, Holding]]]
    spellings: Sequence[tuple[Form, Holding]]
    topics: Sequence[tuple[Topic, Docs, float]]
    size: int
    telling: float = 0.0
    _part_masks: list[Mask] = field(init=False)
    _whole: Mask | None = field(init=False)

    def __post_init__(self) -> None:
        self._part_masks = [self._any_of(part, ()) for part in self.parts]
        self._whole = None
        if self.spellings or self.topics:
            self._whole = self._any_of(self.spellings, [docs for _, docs, _ in self.topics])

    def _any_of(self, forms: Sequence[tuple[Form, Holding]], more: Iterable[Docs]) -> Mask:
        masks = [holding.mask(self.size) for _, holding in forms]
        mask = reduce(np.logical_or, masks) if masks else np.zeros(self.size, dtype=np.bool_)
        for docs in more:
            mask[docs] = True
        return mask

    @property
    def all(self) -> Mask:
        """Documents that have all of it."""
        mask = reduce(np.logical_and, self._part_masks)
        return mask if self._whole is None else mask | self._whole

    @property
    def some(self) -> Mask:
        """Documents that have some of it."""
        mask = reduce(np.logical_or, self._part_masks)
        return mask if self._whole is None else mask | self._whole

    def shares_of(self, docs: Rising) -> Numbers:
        """How much of it each of these documents has (0 to 1)."""
        shares = self._part_masks[0].take(docs).astype(np.float64)
        for mask in self._part_masks[1:]:
            shares += mask.take(docs)
        shares /= len(self._part_masks)
        if self.clause.topics:
            shares[shares < _ALL] *= weights.PART_OF_A_RUN
        if self._whole is not None:
            shares[self._whole.take(docs)] = 1.0
        return shares

    def scores_of(self, docs: Rising) -> Numbers:
        """What it is worth; of several topics a document gets the best."""
        scores = np.zeros(len(docs))
        for form, holding in self.forms:
            scores += holding.scores_of(docs) * form.damping
        if self.topics:
            worth = np.zeros(len(docs))
            for _, under, value in self.topics:
                worth[held_in(under, docs)] = np.maximum(worth[held_in(under, docs)], value)
            scores += worth
        return scores

    @property
    def forms(self) -> Sequence[tuple[Form, Holding]]:
        """All forms, each with the documents that hold it."""
        return [*(each for part in self.parts for each in part), *self.spellings]

    def held_in_fields(self, docs: Rising, bits: int) -> Mask:
        """Which documents have each part in one of these fields."""
        held = np.ones(len(docs), dtype=np.bool_)
        for part in self.parts:
            fields = np.zeros(len(docs), dtype=np.uint16)
            for _, holding in part:
                fields |= holding.fields_of(docs)
            held &= (fields & np.uint16(bits)) > 0
        return held


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
        return _all_in_fields(_required(self.had), docs, _NAMES)

    def in_town(self, docs: Rising) -> Mask:
        """Which have the words of the town in a name or a place."""
        of_town = [had for had in self.had if had.clause.names_town]
        return _all_in_fields(of_town, docs, _NAMES_AND_PLACES)

    def by_beginning(self, docs: Rising) -> Mask:
        """Which have a name that begins with the words as they stand."""
        return held_in(self.begins, docs)


def find(question: Question, columns: Columns, words: Words) -> Found:
    """All words before some words; a whole name first; without words everything."""
    named = [words.postings.docs(name, question.key) for name in _NAME_FIELDS if question.key]
    begins = _begins(question, words)
    had = _look_up(question.clauses, columns, words)
    required = _required(had)
    if not required:
        return Found(columns.live, had, named, begins)
    has_all = reduce(np.logical_and, [one.all for one in required], columns.live)
    docs = _with(named, has_all, columns)
    understood = any(clause.topics for clause in question.clauses)
    if docs.any() and not understood and _are_best(np.flatnonzero(docs), had, columns):
        best = 1.0 if has_all.any() else float(_shares(required, np.flatnonzero(docs)).max())
        return Found(docs, had, named, begins, best)
    if question.loose != question.clauses:
        had = _look_up(question.loose, columns, words)
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


def _look_up(clauses: Iterable[Clause], columns: Columns, words: Words) -> list[Had]:
    found = []
    for clause in clauses:
        had = Had(
            clause,
            parts=[[(form, words.holdings.of(form)) for form in part] for part in clause.parts],
            spellings=[(form, words.holdings.of(form)) for form in clause.spellings],
            topics=list(_topics(clause, columns)),
            size=columns.size,
        )
        if clause.is_required:
            had.telling = _tells(had, columns)
        found.append(had)
    return found


def _topics(clause: Clause, columns: Columns) -> Iterable[tuple[Topic, Docs, float]]:
    for topic in clause.topics:
        docs = columns.tags.get(("term", topic.code))
        if docs is not None and len(docs):
            rarity = _rarity(len(docs), columns.count)
            yield topic, docs, weights.TOPIC * topic.weight * rarity


def _tells(had: Had, columns: Columns) -> float:
    """By the rarest thing it may mean: "box of food" tells more than "food".

    What no document has tells nothing, so it is not held against any.
    """
    known = int(np.count_nonzero(had.all)) or int(np.count_nonzero(had.some))
    fewest = min(filter(None, [known, *(len(docs) for _, docs, _ in had.topics)]), default=0)
    return _rarity(fewest, columns.count) * _certainty(had.clause) if fewest else 0.0


def _are_best(docs: Rising, had: Sequence[Had], columns: Columns) -> bool:
    """Whether nothing with a part of the words is better than the best with all of them."""
    required = _required(had)
    best = float(_worth(docs, had).max())
    if best >= _at_most(had):
        return True
    some = reduce(np.logical_or, [one.some for one in required]) & columns.live
    return best >= float(_worth(np.flatnonzero(some), had).max(initial=0.0))


def _at_most(had: Sequence[Had]) -> float:
    """What no document that lacks a required clause can be worth more than.

    Plain words: a clause is had, or it is not.
    """
    tops = [sum((holding.best * form.damping for form, holding in one.forms), 0.0) for one in had]
    telling = sum(one.telling for one in had) or 1.0
    return max(
        (sum(tops) - top) * float((1 - one.telling / telling) ** weights.COVERAGE_POWER)
        for one, top in zip(had, tops, strict=True)
        if one.clause.is_required
    )


def _worth(docs: Rising, had: Sequence[Had]) -> Numbers:
    scores = sum((one.scores_of(docs) for one in had), np.zeros(len(docs)))
    worth: Numbers = scores * _shares(_required(had), docs) ** weights.COVERAGE_POWER
    return worth


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


def _certainty(clause: Clause) -> float:
    """Words that were understood tell more than stray ones, and several together more than one."""
    return float(len(clause.parts) ** 0.5) * (weights.UNDERSTOOD if clause.topics else 1.0)


def _rarity(known: int, live: int) -> float:
    """As BM25 has it: how much it tells that a document is one of the ``known``."""
    return float(np.log1p((live - known + 0.5) / (known + 0.5)))


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
