"""Per-clause match masks, coverage and BM25F scores; the largest coverage (minimum match).

Coverage is the share of the required clauses that a document has, weighted by how rare each is
(0 to 1). It takes few different values per clause (all of it, or some number of its parts), so
documents are gathered by combination of values instead of being added up one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search import schema, weights
from referral.search.clauses import Clause, Topic, WordForm
from referral.search.matching.form_matches import FIELD_BITS, FormMatch, FormMatches
from referral.search.segments.bitmaps import docs_in
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Docs, Mask, Numbers
from referral.search.segments.postings import PostingTable, is_in_sorted
from referral.search.segments.term_table import TermTable
from referral.search.understanding.lexicon import Lexicon
from referral.search.understanding.vocabulary import Vocabulary


class CommitTerms:
    """What the term tables of all segments say together.

    Attributes:
        postings: which documents hold a term.
        holdings: which documents hold a form of a word in any field.
        vocabulary: which words are known, begun or meant.
    """

    def __init__(self, tables: Sequence[TermTable], live: Mask) -> None:
        self.postings = PostingTable(tables)
        self.holdings = FormMatches(self.postings, live)
        self.vocabulary = Vocabulary(Lexicon(self.postings, live))


DocNumbers = NDArray[np.integer]  # numbers of documents


def _bits_of(*whys: str) -> int:
    return sum(FIELD_BITS[name] for name, text in schema.TEXT_FIELDS.items() if text.why in whys)


NAMES = _bits_of("name", "organization", "program")
NAMES_AND_PLACES = NAMES | _bits_of("place")


class CoverageStep(NamedTuple):
    """Documents that have at least this share of a clause."""

    share: float
    mask: Mask


@dataclass(slots=True)
class ClauseMatch:
    """How documents have one clause.

    Attributes:
        parts: for each part its forms, each with the documents that hold it.
        spellings: the same for other spellings.
        topics: each with the documents under it, and what that is worth.
        telling: how much it tells that a document has it all.
        all: documents that have all of it.
        forms: all forms, each with the documents that hold it.
    """

    clause: Clause
    parts: Sequence[Sequence[tuple[WordForm, FormMatch]]]
    spellings: Sequence[tuple[WordForm, FormMatch]]
    topics: Sequence[tuple[Topic, Docs, float]]
    size: int
    telling: float = 0.0
    all: Mask = field(init=False)
    forms: Sequence[tuple[WordForm, FormMatch]] = field(init=False)
    _part_masks: list[Mask] = field(init=False)
    _whole: Mask | None = field(init=False)

    def __post_init__(self) -> None:
        self.forms = [*(each for part in self.parts for each in part), *self.spellings]
        self._part_masks = [self._any_of(part, ()) for part in self.parts]
        self.all = reduce(np.logical_and, self._part_masks)
        self._whole = None
        if self.spellings or self.topics:
            self._whole = self._any_of(self.spellings, [docs for _, docs, _ in self.topics])
            self.all = self.all | self._whole

    def _any_of(self, forms: Sequence[tuple[WordForm, FormMatch]], more: Iterable[Docs]) -> Mask:
        masks = [holding.mask(self.size) for _, holding in forms]
        mask = reduce(np.logical_or, masks) if masks else np.zeros(self.size, dtype=np.bool_)
        for docs in more:
            mask[docs] = True
        return mask

    @property
    def some(self) -> Mask:
        """Documents that have some of it."""
        return reduce(np.logical_or, self._part_masks, self.all)

    def steps(self) -> Iterator[CoverageStep]:
        """The shares of it that a document may have, the largest first."""
        yield CoverageStep(1.0, self.all)
        count = len(self._part_masks)
        if count > 1:
            held = np.sum(self._part_masks, axis=0, dtype=np.uint8)
            for least in range(count - 1, 0, -1):
                yield CoverageStep(self._share(least), (held >= least) | self.all)

    def _share(self, parts: int) -> float:
        """What so many parts are of it, and not all."""
        return (
            parts / len(self._part_masks) * (weights.PART_OF_A_RUN if self.clause.topics else 1.0)
        )

    def shares_of(self, docs: DocNumbers) -> Numbers:
        """How much of it each of these documents has (0 to 1)."""
        has_all = self.all.take(docs)
        if len(self._part_masks) == 1:
            return has_all.astype(np.float64)
        parts = np.sum([mask.take(docs) for mask in self._part_masks], axis=0)
        return np.where(has_all, 1.0, parts * self._share(1))

    def scores_of(self, docs: DocNumbers) -> Numbers:
        """What it is worth; of several topics a document gets the best."""
        scores = np.zeros(len(docs))
        for form, holding in self.forms:
            scores += holding.scores_of(docs) * form.damping
        if self.topics:
            worth = np.zeros(len(docs))
            for _, under, value in self.topics:
                np.maximum(worth, is_in_sorted(under, docs) * value, out=worth)
            scores += worth
        return scores

    @property
    def most(self) -> float:
        """No document's words of it are worth more."""
        return sum(holding.most * form.damping for form, holding in self.forms)

    def held_in_fields(self, docs: DocNumbers, bits: int) -> Mask:
        """Which documents have each part in one of these fields."""
        held = np.ones(len(docs), dtype=np.bool_)
        for part in self.parts:
            fields = np.zeros(len(docs), dtype=np.uint16)
            for _, holding in part:
                fields |= holding.fields_of(docs)
            held &= (fields & np.uint16(bits)) > 0
        return held


def match_clauses(
    clauses: Iterable[Clause], columns: Columns, words: CommitTerms
) -> list[ClauseMatch]:
    """How documents have each clause."""
    found = []
    for clause in clauses:
        had = ClauseMatch(
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


def _tells(had: ClauseMatch, columns: Columns) -> float:
    """By the rarest thing it may mean: "box of food" tells more than "food".

    What no document has tells nothing, so it is not held against any.
    """
    known = int(np.count_nonzero(had.all)) or int(np.count_nonzero(had.some))
    fewest = min(filter(None, [known, *(len(docs) for _, docs, _ in had.topics)]), default=0)
    return _rarity(fewest, columns.count) * _certainty(had.clause) if fewest else 0.0


def _certainty(clause: Clause) -> float:
    """Words that were understood tell more than stray ones, and several together more than one."""
    return float(len(clause.parts) ** 0.5) * (weights.UNDERSTOOD if clause.topics else 1.0)


def _rarity(known: int, live: int) -> float:
    """As BM25 has it: how much it tells that a document is one of the ``known``."""
    return float(np.log1p((live - known + 0.5) / (known + 0.5)))


_MOST_COMBINATIONS = 24

CoverageMask = Callable[[float], Mask]  # from a share to the documents that have this much, or more


def best_coverage(required: Sequence[ClauseMatch]) -> tuple[float, CoverageMask]:
    """The largest share that any document has, and who has how much."""
    steps = [[*had.steps(), None] if had.telling else [None] for had in required]
    if np.prod([len(some) for some in steps]) > _MOST_COMBINATIONS:
        return _one_by_one(required)
    telling = sum(had.telling for had in required) or 1.0
    combinations = []
    for some in product(*steps):
        chosen = [(had, step) for had, step in zip(required, some, strict=True) if step]
        share = sum(had.telling * step.share for had, step in chosen) / telling
        combinations.append((share, [step.mask for _, step in chosen]))
    combinations.sort(key=lambda combination: -combination[0])
    best = next((share for share, masks in combinations if share and _all(masks).any()), 0.0)

    def enough(share: float) -> Mask:
        some = [masks for known, masks in combinations if known and known >= share]
        return reduce(np.logical_or, map(_all, _least(some)), np.zeros(required[0].size, np.bool_))

    return best, enough


def _all(masks: Sequence[Mask]) -> Mask:
    return reduce(np.logical_and, masks)


def _least(combinations: Sequence[Sequence[Mask]]) -> Iterator[Sequence[Mask]]:
    """Without those that ask for all that another asks for, and for more."""
    asked = [frozenset(map(id, masks)) for masks in combinations]
    return (
        masks
        for masks, here in zip(combinations, asked, strict=True)
        if not any(other < here for other in asked)
    )


def _one_by_one(required: Sequence[ClauseMatch]) -> tuple[float, CoverageMask]:
    docs = docs_in(reduce(np.logical_or, [had.some for had in required]))
    shares = coverage(required, docs)

    def enough(share: float) -> Mask:
        mask = np.zeros(required[0].size, dtype=np.bool_)
        mask[docs[(shares > 0) & (shares >= share)]] = True
        return mask

    return float(shares.max(initial=0.0)), enough


def coverage(required: Sequence[ClauseMatch], docs: DocNumbers) -> Numbers:
    """How much of what was said each document has, by how much it tells (0 to 1)."""
    shares = np.zeros(len(docs))
    for had in required:
        shares += had.telling * had.shares_of(docs)
    telling = sum(had.telling for had in required)
    return shares / telling if telling else shares
