"""Near, serving from elsewhere, remote, elsewhere: where a service stands to the place asked about.

=========  =======================================================================================
near       it has a physical place within the miles asked for, or within 25
serves     its coded area covers the place, from farther away or at no told place; or its area is
           not coded, so that it may (marked, and after those that are known to)
remote     by telephone or on the web, and its area does not exclude the place
elsewhere  its coded area does not cover the place: it can still be found, last of all
=========  =======================================================================================

A place is covered by an area of its ZIP code, its city, its county, its state or the nation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.records.coverage import place_keys
from referral.records.places import Place
from referral.records.search import Area, SearchQuery
from referral.search.codes import AREA, AREA_CODED, REMOTE, YES
from referral.search.columns import Columns
from referral.search.facts_file import Mask, Numbers
from referral.search.ordering import first_in_order

_Docs = NDArray[np.integer[Any]]

BANDS = ("near", "serves", "remote", "elsewhere")
NEAR_MILES = 25.0
WHOLE_NAME = 1  # a tier from here on is the whole name of a service or organization

# What may stand before the bands that come first: what is worth this much more than the best of
# them, and no more than so many. Somebody who names a service wants it, wherever it is.
AHEAD_FACTOR = 1.5
MOST_AHEAD = 3

AHEAD = -1
_NEAR, _SERVES, _MAY_SERVE, _REMOTE, _ELSEWHERE = range(5)
_BAND_OF_RANK = ("near", "serves", "serves", "remote", "elsewhere")


@dataclass(frozen=True, slots=True)
class Bands:
    """Where documents stand; without a place to measure from only what is remote is told.

    Attributes:
        ranks: the order of bands, with what may serve apart from what does.
        covered: its area covers the place.
        coded: its area is coded.
        has_place: a place was asked about.
    """

    ranks: NDArray[np.int8]
    covered: Mask
    coded: Mask
    has_place: bool

    def name_of(self, at: int) -> str:
        """The band of one of them, "" when no place was asked about and it is not remote."""
        name = _BAND_OF_RANK[self.ranks[at]]
        return name if self.has_place or name == "remote" else ""

    def area_of(self, at: int) -> Area:
        """Whether its area covers the place."""
        if not self.has_place:
            return Area.NOT_ASKED
        if self.covered[at]:
            return Area.COVERED
        return Area.OTHER if self.coded[at] else Area.UNKNOWN

    def counts(self) -> Mapping[str, int]:
        """How many are in each band; empty without a place."""
        if not self.has_place:
            return {}
        by_rank = np.bincount(self.ranks, minlength=len(_BAND_OF_RANK)).tolist()
        return {
            band: sum(
                count for name, count in zip(_BAND_OF_RANK, by_rank, strict=True) if name == band
            )
            for band in BANDS
        }


def bands_of(
    columns: Columns, docs: _Docs, miles: Numbers, query: SearchQuery, near: Place | None
) -> Bands:
    """The bands of documents; ``miles`` are to the nearest place asked for of each."""
    ranks = np.full(len(docs), _MAY_SERVE, dtype=np.int8)
    remote = columns.tagged(REMOTE, YES).take(docs)
    if near is None:
        ranks[remote] = _REMOTE
        nothing = np.zeros(len(docs), dtype=np.bool_)
        return Bands(ranks, nothing, nothing, has_place=False)
    covered = columns.tagged(AREA, *place_keys(near)).take(docs)
    coded = columns.tagged(AREA_CODED, YES).take(docs)
    ranks[covered] = _SERVES
    ranks[remote] = _REMOTE
    ranks[coded & ~covered] = _ELSEWHERE
    is_near = miles <= (query.within_miles or NEAR_MILES)  # NaN is not
    ranks[is_near & columns.placed.take(docs)] = _NEAR
    return Bands(ranks, covered, coded, has_place=True)


def ranks_in_order(
    bands: Bands, scores: Numbers, tiers: NDArray[np.int32], best_first: Sequence[NDArray[Any]]
) -> NDArray[np.int8]:
    """The outer order of results: the rank of each document's band, or AHEAD of all bands.

    Ahead is what is much better than all that stays in earlier bands: a whole name when none of
    that has one, or, in a band that can serve the place, a score of AHEAD_FACTOR times its best;
    MOST_AHEAD at the most.

    Args:
        bands, scores, tiers: of the documents.
        best_first: the keys of their order within a band, weightiest first; they settle ties.
    """
    ranks = bands.ranks.copy()
    ahead = np.zeros(len(ranks), dtype=np.bool_)
    named = tiers >= WHOLE_NAME
    best, has_named = 0.0, False
    for first, last in ((_NEAR, _NEAR), (_SERVES, _MAY_SERVE), (_REMOTE,) * 2, (_ELSEWHERE,) * 2):
        here = (ranks >= first) & (ranks <= last)
        if best:
            is_better = scores >= AHEAD_FACTOR * best
            if has_named:
                ahead |= here & is_better & named
            else:
                ahead |= here & (named | is_better if first != _ELSEWHERE else named)
            here &= ~ahead
        best = max(best, float((scores * here).max(initial=0.0)))
        has_named = has_named or bool((named & here).any())
    rows = np.flatnonzero(ahead)
    keys = [key[rows] for key in (~named, -scores, *best_first)]
    ranks[rows[first_in_order(keys, MOST_AHEAD)]] = AHEAD
    return ranks
