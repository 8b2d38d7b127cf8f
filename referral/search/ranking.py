"""Scores of the filtered matches: their word scores times the small factors of ``weights.py``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from referral.search import weights
from referral.search.columns import Columns
from referral.search.facts import NATIONAL, POPULATION, YES
from referral.search.matches import Matches
from referral.search.query import Question
from referral.search.segment_facts import DocNumbers, Mask, Numbers

_MOST_GROUPS = 64  # of people: one bit each


@dataclass(frozen=True, slots=True)
class Ranking:
    """Factors of the score of each document of one commit that do not depend on the query.

    Attributes:
        freshness: from 1 for the latest verified down to STALE.
        only_giving: services under the heading of volunteers and donors, and under no other.
        groups: the groups of people that each is made for, as bits; 0 for everybody.
        group_bits: the bit of each group.
        national: national help lines, on a list that nobody tagged.
        shelters: shelters for survivors of violence.
    """

    freshness: Numbers
    only_giving: Mask
    groups: NDArray[np.uint64]
    group_bits: Mapping[str, int]
    national: Mask
    shelters: Mask

    def scores(
        self, matches: Matches, miles: Numbers, question: Question, *, describes_person: bool
    ) -> Numbers:
        """Return the final score of each match.

        Args:
            miles: to the nearest location of each.
            describes_person: whether filters say who needs help.
        """
        docs, scores = matches.docs, _fuse(matches)
        scores[matches.has_every_word] *= weights.EVERY_WORD
        if matches.coverage is not None:
            scores *= matches.coverage**weights.COVERAGE_POWER
        if matches.kind_factors is not None:
            scores *= matches.kind_factors
        scores *= self.freshness.take(docs)
        scores[matches.has_name_phrase] *= weights.NAMED_SO
        if question.names_organization or matches.has_several_needs:
            scores[matches.in_names] *= weights.ALL_IN_NAMES
        if not question.asks_to_give:
            scores[self.only_giving.take(docs)] *= weights.GIVING_UNASKED
        scores[self.national.take(docs) & ~matches.in_names] *= weights.NATIONAL
        if not describes_person:
            scores[self._is_for_other_groups(docs, question.groups)] *= weights.FOR_A_GROUP
        if question.near is not None:
            if question.is_danger_search:  # a shelter's location is withheld: it counts as near
                miles = np.where(np.isnan(miles) & self.shelters.take(docs), 0.0, miles)
            scores *= np.where(matches.in_town, 1.0, _nearness_factors(miles))
        return scores

    def _is_for_other_groups(self, docs: DocNumbers, groups: Collection[str]) -> Mask:
        """Return which documents are made for a group that is not among the given ones."""
        others = sum(bit for group, bit in self.group_bits.items() if group not in groups)
        return (self.groups.take(docs) & np.uint64(others)) > 0


def _fuse(matches: Matches) -> Numbers:
    """Return one score of each match from its scores by words, by phrases and by topics.

    Each is taken relative to the highest of its kind. The square root lets two middling scores
    outweigh a single high one.
    """
    total = np.zeros(len(matches.docs))
    by_kind = (matches.word_scores, matches.phrase_scores, matches.topic_scores)
    for scores, highest, weight in zip(by_kind, matches.highest, weights.FUSED, strict=True):
        if highest:
            total += weight * np.sqrt(scores / highest)
    return total**2


def ranking_of(columns: Columns) -> Ranking:
    """Return the ranking factors of the documents of one commit."""
    return Ranking(
        _freshness(columns.assured_days),
        columns.only_giving,
        *_group_bits(columns),
        columns.tagged(NATIONAL, YES) & columns.is_untagged,
        columns.for_survivors(),
    )


def _nearness_factors(miles: Numbers) -> Numbers:
    """Return a factor from 1 at the place down to FAR, half way between at HALF_MILES."""
    measured = np.where(np.isnan(miles), weights.PLACELESS_MILES, miles)
    factor: Numbers = weights.FAR + (1 - weights.FAR) / (1 + measured / weights.HALF_MILES)
    return factor


def _freshness(days: Numbers) -> Numbers:
    """Return the freshness of each document, relative to the latest verification of any listing."""
    if np.isnan(days).all():
        return np.ones(len(days))
    age = np.nan_to_num(np.nanmax(days) - days, nan=weights.STALE_AFTER_DAYS)
    share: Numbers = np.minimum(age / weights.STALE_AFTER_DAYS, 1.0)
    return 1 - (1 - weights.STALE) * share


def _group_bits(columns: Columns) -> tuple[NDArray[np.uint64], Mapping[str, int]]:
    """Return the bits of the groups that each document is made for, and the bit of each group."""
    groups = sorted(value for kind, value in columns.tags if kind == POPULATION)[:_MOST_GROUPS]
    group_bits = {group: 1 << number for number, group in enumerate(groups)}
    doc_bits = np.zeros(columns.size, dtype=np.uint64)
    for group, bit in group_bits.items():
        doc_bits[columns.tags[POPULATION, group]] |= np.uint64(bit)
    return doc_bits, group_bits
