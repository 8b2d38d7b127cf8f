"""The order of results: what the words are worth, times small factors, in ``weights.py``."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from referral.records.search import SearchQuery, Sort, WordKind
from referral.search import weights
from referral.search.columns import Columns
from referral.search.facts_file import Numbers
from referral.search.matching import Found
from referral.search.query import Question

_SAME_SCORE = 9  # decimals: several segments add up in another order than one
_GIVING = "volunteers"  # slug of the heading


@dataclass(frozen=True, slots=True)
class Standing:
    """What every document brings along, whatever is asked.

    Attributes:
        freshness: from 1 for what was checked last of all down to STALE.
        only_giving: services under the heading of volunteers and donors, and under no other.
    """

    freshness: Numbers
    only_giving: NDArray[np.bool_]


def standing_of(columns: Columns) -> Standing:
    """The standing of the documents of one commit."""
    return Standing(_freshness(columns.assured_days), _only_giving(columns))


def scores_of(found: Found, question: Question, standing: Standing, nearest: Numbers) -> Numbers:
    """The final score of every document."""
    scores: Numbers = found.scores * found.shares**weights.COVERAGE_POWER * standing.freshness
    scores[found.by_beginning] *= weights.NAME_BEGINS
    if any(word.kind is WordKind.ORGANIZATION for word in question.words):
        scores[found.by_name] *= weights.ALL_IN_NAMES
    if not question.asks_to_give:
        scores[standing.only_giving] *= weights.GIVING_UNASKED
    if question.near is not None:
        named = any(clause.names_town for clause in question.clauses)
        scores *= np.where(named & found.in_town, 1.0, nearness(nearest))
    return scores


def without_stray_giving(found: Found, question: Question, standing: Standing) -> Found:
    """Leave out chances to give that share a word or two with someone who is in need."""
    if question.asks_to_give or not found.reasons:
        return found
    best = float(found.shares[found.docs].max(initial=0.0))
    stray = standing.only_giving & (found.shares < weights.GIVING_LEAST_SHARE * best)
    left = found.docs & (~stray | (found.tiers > 0) | found.by_name)
    return replace(found, docs=left) if left.any() else found


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


def in_order(
    docs: NDArray[np.intp],
    sort: Sort,
    tiers: NDArray[np.int32],
    scores: Numbers,
    nearest: Numbers,
    columns: Columns,
) -> NDArray[np.intp]:
    """The documents in order. Ties go by name, then by id: everybody gets the same order."""
    by_name = columns.order_by_name[docs]
    if sort is Sort.NAME:
        return docs[np.argsort(by_name)]
    best = (-np.round(scores[docs], _SAME_SCORE), -tiers[docs])
    if sort is Sort.NEAREST:  # NaN, no known place, goes last
        return docs[np.lexsort((by_name, *best, nearest[docs]))]
    return docs[np.lexsort((by_name, *best))]


def sort_of(query: SearchQuery, question: Question) -> Sort:
    """Without words there is no best: then it is by distance, or else by name."""
    sort = query.sort
    if sort is Sort.BEST and not any(clause.is_required for clause in question.clauses):
        sort = Sort.NEAREST
    return Sort.NAME if sort is Sort.NEAREST and question.near is None else sort


def _only_giving(columns: Columns) -> NDArray[np.bool_]:
    """Services under the heading of volunteers and donors, and under no other."""
    others = [value for kind, value in columns.tags if kind == "heading" and value != _GIVING]
    return columns.tagged("heading", _GIVING) & ~columns.tagged("heading", *others)
