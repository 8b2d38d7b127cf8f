"""Scores and sort keys of results: BM25F times coverage and the small factors of ``weights.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.records.topic_suggestions import LIKELY
from referral.search import weights
from referral.search.doc_facts import NATIONAL, POPULATION, YES
from referral.search.matching.match import MatchResult
from referral.search.query import Question, SearchQuery, Sort, WordKind
from referral.search.segments.bitmaps import docs_in
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Numbers

_SAME_SCORE = 9  # decimals: several segments add up in another order than one
Docs = NDArray[np.integer[Any]]  # numbers of documents

_GIVING = "volunteers"  # slug of the heading
_ANY_NEED = "help-line-211"  # key of the topic of lines that know of all services
_MOST_GROUPS = 64  # of people: one bit each


@dataclass(frozen=True, slots=True)
class StaticScore:
    """Query-independent score factors of every document.

    Attributes:
        freshness: from 1 for what was checked last of all down to STALE.
        only_giving: services under the heading of volunteers and donors, and under no other.
        groups: the groups of people that each is made for, as bits; 0 for everybody.
        group_bits: the bit of each group.
        special_lines: help lines of the whole country that are for some needs only.
        national: help lines of the whole country, on a list that nobody tagged.
    """

    freshness: Numbers
    only_giving: NDArray[np.bool_]
    groups: NDArray[np.uint64]
    group_bits: Mapping[str, int]
    special_lines: NDArray[np.bool_]
    national: NDArray[np.bool_]

    def are_for_others(self, docs: Docs, groups: Collection[str]) -> NDArray[np.bool_]:
        """Which are made for another group than these."""
        others = sum(bit for group, bit in self.group_bits.items() if group not in groups)
        return (self.groups.take(docs) & np.uint64(others)) > 0


def static_scores(columns: Columns) -> StaticScore:
    """The static scores of the documents of one commit."""
    lines = columns.tagged(NATIONAL, YES)
    return StaticScore(
        _freshness(columns.assured_days),
        _only_giving(columns),
        *_groups(columns),
        lines & ~columns.tagged("term", _ANY_NEED),
        lines & columns.is_untagged,
    )


def score_docs(
    docs: Docs,
    miles: Numbers,
    found: MatchResult,
    question: Question,
    static_score: StaticScore,
    *,
    describes_person: bool,
) -> Numbers:
    """The final scores of documents, which rise.

    Args:
        miles: to the nearest place of each.
        describes_person: whether filters say who needs help.
    """
    scores = found.scores(docs)
    if found.at_least or found.whole_names:
        scores *= found.coverage(docs) ** weights.COVERAGE_POWER
    scores *= static_score.freshness.take(docs)
    if len(found.name_prefixes):
        scores[found.name_begins(docs)] *= weights.NAME_BEGINS
    if any(word.kind is WordKind.ORGANIZATION for word in question.words):
        scores[found.all_in_names(docs)] *= weights.ALL_IN_NAMES
    if not question.asks_to_give:
        scores[static_score.only_giving.take(docs)] *= weights.GIVING_UNASKED
    national = np.flatnonzero(static_score.national.take(docs))
    if len(national) and not question.is_danger_search:
        is_named = found.all_in_names(docs.take(national))
        scores[national[~is_named]] *= weights.NATIONAL
    if not describes_person:
        scores[static_score.are_for_others(docs, question.groups)] *= weights.FOR_A_GROUP
    if question.near is not None:
        factor = nearness(miles)
        if any(clause.names_town for clause in question.clauses):
            factor[found.has_town(docs)] = 1.0
        scores *= factor
    return scores


def drop_weak_volunteering(
    found: MatchResult, question: Question, static_score: StaticScore
) -> MatchResult:
    """Leave out chances to give that share a word or two with someone who is in need."""
    if question.asks_to_give or found.at_least is None:
        return found
    well_met = found.at_least(weights.GIVING_LEAST_SHARE * found.best_coverage)
    stray = docs_in(found.docs & static_score.only_giving & ~well_met)
    stray = stray[~((found.name_tiers(stray) > 0) | found.all_in_names(stray))]
    left = found.docs.copy()
    left[stray] = False
    return replace(found, docs=left) if left.any() else found


def drop_lines_off_topic(
    found: MatchResult, question: Question, static_score: StaticScore
) -> MatchResult:
    """Leave out national help lines that share words with a need that they are not for.

    We give each line its topics ourselves, and they are few texts: "trabajo" is said by the
    line against forced work and, in a county without Spanish texts, by hardly anybody else.
    """
    if not any(clause.is_required and clause.topics for clause in question.clauses):
        return found
    stray = static_score.special_lines & found.docs
    for match in found.clauses:
        for each in match.topics:
            stray[each.docs] = False
    docs = docs_in(stray)
    stray[docs[(found.name_tiers(docs) > 0) | found.any_in_names(docs)]] = False
    return replace(found, docs=found.docs & ~stray)


def nearness(miles: Numbers) -> Numbers:
    """From 1 where the place is down to FAR; half way at HALF_MILES."""
    known = np.where(np.isnan(miles), weights.PLACELESS_MILES, miles)
    factor: Numbers = weights.FAR + (1 - weights.FAR) / (1 + known / weights.HALF_MILES)
    return factor


def _freshness(days: Numbers) -> Numbers:
    """Measured from the latest check of any listing, not from today: the same again tomorrow."""
    if np.isnan(days).all():
        return np.ones(len(days))
    age = np.nan_to_num(np.nanmax(days) - days, nan=weights.STALE_AFTER_DAYS)
    share: Numbers = np.minimum(age / weights.STALE_AFTER_DAYS, 1.0)
    return 1 - (1 - weights.STALE) * share


def order_keys(
    docs: Docs,
    sort: Sort,
    tiers: NDArray[np.int32],
    scores: Numbers,
    miles: Numbers,
    columns: Columns,
) -> Sequence[NDArray[Any]]:
    """What the documents are put in order by, weightiest first, the name last.

    Ties go by name, then by id: everybody gets the same order.
    """
    by_name = columns.order_by_name.take(docs)
    if sort is Sort.NAME:
        return [by_name]
    best = (-tiers, -np.round(scores, _SAME_SCORE), by_name)
    return [miles, *best] if sort is Sort.NEAREST else best  # NaN, no known place, goes last


def tagged_before_suggested(
    suggested: NDArray[np.bool_], confidences: NDArray[np.float32]
) -> Sequence[NDArray[Any]]:
    """Keys that put what people placed here first, then what is likely to belong here.

    Args:
        suggested: which of the documents nobody placed here.
        confidences: of the surest topic suggested for each.
    """
    return [suggested, suggested & (confidences < LIKELY)]


def spread_same_names(
    rows: NDArray[np.intp], keys: Sequence[NDArray[Any]], titles: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Rows in order, a second one of the same name and organization worth less than the first.

    Args:
        keys: what they are in order by: the last but one is the score, negative.
        titles: hash of name and organization of each row.
    """
    hashes = titles.tolist()
    if len(set(hashes)) == len(rows):
        return rows
    seen: Counter[int] = Counter()
    factors = []
    for title in hashes:
        factors.append(weights.SAME_NAME[min(seen[title], len(weights.SAME_NAME) - 1)])
        seen[title] += 1
    values = [key.take(rows) for key in keys]
    values[-2] = values[-2] * np.array(factors)
    return rows[np.lexsort(values[::-1])]


def sort_of(query: SearchQuery, question: Question) -> Sort:
    """Without words there is no best: then it is by distance, or else by name."""
    sort = query.sort
    if sort is Sort.BEST and not question.has_best:
        sort = Sort.NEAREST
    return Sort.NAME if sort is Sort.NEAREST and question.near is None else sort


def _only_giving(columns: Columns) -> NDArray[np.bool_]:
    """Services under the heading of volunteers and donors, and under no other."""
    others = [value for kind, value in columns.tags if kind == "heading" and value != _GIVING]
    return columns.tagged("heading", _GIVING) & ~columns.tagged("heading", *others)


def _groups(columns: Columns) -> tuple[NDArray[np.uint64], Mapping[str, int]]:
    slugs = sorted(value for kind, value in columns.tags if kind == POPULATION)[:_MOST_GROUPS]
    bits = {slug: 1 << number for number, slug in enumerate(slugs)}
    groups = np.zeros(columns.size, dtype=np.uint64)
    for slug, bit in bits.items():
        groups[columns.tags[POPULATION, slug]] |= np.uint64(bit)
    return groups, bits
