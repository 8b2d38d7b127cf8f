"""Distance and coverage bands: near, serves, remote, elsewhere, for a place asked about.

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
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.records.coverage import place_keys
from referral.search.doc_facts import AREA, AREA_CODED, REMOTE, YES
from referral.search.query import Area, SearchQuery
from referral.search.segments.bitmaps import Bits, pack_mask, unpack_mask
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Docs, Numbers
from referral.search.segments.sort_order import first_rows

_Docs = NDArray[np.intp]
_Flags = NDArray[np.uint8]

BANDS = ("near", "serves", "remote", "elsewhere")
NEAR_MILES = 25.0
WHOLE_NAME = 1  # a tier from here on is the whole name of a service or organization

# What may stand before the bands that come first: what is worth this much more than the best of
# them, and no more than so many. Somebody who names a service wants it, wherever it is.
AHEAD_FACTOR = 1.5
MOST_AHEAD = 3

_MOST_PLACES = 256
_NOTHING: Docs = np.zeros(0, dtype=np.int32)

AHEAD = -1
_NEAR, _SERVES, _MAY_SERVE, _REMOTE, _ELSEWHERE = range(5)
_BAND_OF_RANK = ("near", "serves", "serves", "remote", "elsewhere")


# What is known of a document, one bit each: always, of a place, and of a place and a distance.
_REMOTE_SERVICE, _AREA_CODED, _PLACED, _COVERED, _IS_NEAR = (1 << bit for bit in range(5))


def _rank_of(flags: int) -> int:
    if flags & _IS_NEAR and flags & _PLACED:
        return _NEAR
    if flags & _AREA_CODED and not flags & _COVERED:
        return _ELSEWHERE
    if flags & _REMOTE_SERVICE:
        return _REMOTE
    return _SERVES if flags & _COVERED else _MAY_SERVE


_RANKS = np.array([_rank_of(flags) for flags in range(2 * _IS_NEAR)], dtype=np.int8)


class ServiceAreas:
    """Coverage of places by the service areas of one commit; that of the last places is cached."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._flags = columns.placed * np.uint8(_PLACED)
        for kind, bit in ((REMOTE, _REMOTE_SERVICE), (AREA_CODED, _AREA_CODED)):
            self._flags[columns.tags.get((kind, YES), _NOTHING)] |= np.uint8(bit)
        self._covering = lru_cache(_MOST_PLACES)(self._cover)

    def bands(self, docs: _Docs, miles: Numbers, query: SearchQuery, near: Place | None) -> Bands:
        """The bands of documents; ``miles`` are to the nearest place asked for of each."""
        flags = self._flags.take(docs)
        if near is None:
            ranks = np.where(flags & np.uint8(_REMOTE_SERVICE), _REMOTE, _MAY_SERVE)
            return Bands(ranks.astype(np.int8), flags, has_place=False)
        covering = unpack_mask(self._covering(near), self._columns.size)
        is_near = miles <= (query.within or NEAR_MILES)  # NaN is not
        flags |= covering.take(docs) * np.uint8(_COVERED)
        flags |= is_near * np.uint8(_IS_NEAR)
        return Bands(_RANKS.take(flags), flags, has_place=True)

    def _cover(self, place: Place) -> Bits:
        """The documents with a coded area that covers a place."""
        mask = np.zeros(self._columns.size, dtype=np.bool_)
        for key in place_keys(place):
            mask[self._columns.tags.get((AREA, key), _NOTHING)] = True
        return pack_mask(mask)


@dataclass(frozen=True, slots=True)
class Bands:
    """Where documents stand; without a place to measure from only what is remote is told.

    Attributes:
        ranks: the order of bands, with what may serve apart from what does.
        flags: what that was told by.
        has_place: a place was asked about.
    """

    ranks: NDArray[np.int8]
    flags: _Flags
    has_place: bool

    def name_of(self, at: int) -> str:
        """The band of one of them, "" when no place was asked about and it is not remote."""
        name = _BAND_OF_RANK[self.ranks[at]]
        return name if self.has_place or name == "remote" else ""

    def area_of(self, at: int) -> Area:
        """Whether its area covers the place."""
        if not self.has_place:
            return Area.NOT_ASKED
        flags = int(self.flags[at])
        if flags & _COVERED:
            return Area.COVERED
        return Area.OTHER if flags & _AREA_CODED else Area.UNKNOWN

    def counts(self, left_out: NDArray[np.bool_] | None = None) -> Mapping[str, int]:
        """How many are in each band, without those left out; empty without a place."""
        if not self.has_place:
            return {}
        counts = dict.fromkeys(BANDS, 0)
        ranks = self.ranks if left_out is None else self.ranks[~left_out]
        by_rank = np.bincount(ranks, minlength=len(_BAND_OF_RANK)).tolist()
        for band, count in zip(_BAND_OF_RANK, by_rank, strict=True):
            counts[band] += count
        return counts


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
    if not _has_better(bands.ranks, scores) and not tiers.any():
        return bands.ranks
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
    ranks[rows[first_rows(keys, MOST_AHEAD)]] = AHEAD
    return ranks


def _has_better(ranks: NDArray[np.int8], scores: Numbers) -> bool:
    """Whether anything is so much better than the best of the first band that it may go ahead."""
    if not len(ranks):
        return False
    first = ranks.min()
    here = ranks <= (_MAY_SERVE if first == _SERVES else first)
    best = float(scores.max(where=here, initial=0.0))
    return not best or float(scores.max()) >= AHEAD_FACTOR * best
