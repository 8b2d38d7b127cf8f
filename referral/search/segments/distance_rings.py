"""Which documents are within 5 miles of a place, within 10, and so on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.search.segments.bits import Bits, planes_of
from referral.search.segments.doc_values import Docs, Mask
from referral.search.segments.site_points import (
    Points,
    Sites,
    square_of,
    squares_from,
)

DISTANCES = (5, 10, 25, 50, 100)  # miles: the choices that are counted

Numbers8 = NDArray[np.uint8]

_BLOCK = 1 << 14  # points at a time, so that they stay in the processor's cache
_MOST_PLACES = 160  # that are kept: 100 bytes for each document


class Rings:
    """The rings around places; those of the last ones are kept: people ask from the same ones.

    Args:
        located: documents with a place whose position is known.
    """

    def __init__(self, sites: Sites, located: Mask) -> None:
        self._sites = sites
        # A site at no known place is nowhere near, unless its document has no other.
        self._far_firsts = np.flatnonzero(np.isnan(sites.first_points[0]) & located)
        far = np.isnan(sites.other_points[0]) & located.take(sites.other_docs)
        self._far_others = np.flatnonzero(far)
        self._with_others, self._starts = np.unique(sites.other_docs, return_index=True)
        self.within = lru_cache(_MOST_PLACES)(self._within)

    def _within(self, place: Place) -> Bits:
        """For each of ``DISTANCES`` the documents whose nearest site is within it, or unknown."""
        rings = _rings(place, self._sites.first_points, self._far_firsts)
        if len(self._starts):
            others = _rings(place, self._sites.other_points, self._far_others)
            nearest = np.minimum.reduceat(others, self._starts)
            rings[self._with_others] = np.minimum(rings[self._with_others], nearest)
        return planes_of((rings <= ring for ring in range(len(DISTANCES))), len(rings))


def _rings(place: Place, points: Points, far: Docs | NDArray[np.intp]) -> Numbers8:
    """For each point how many of ``DISTANCES`` are too short."""
    rings = np.zeros(len(points[0]), dtype=np.uint8)
    for start in range(0, len(rings), _BLOCK):
        lines = squares_from(place, [line[start : start + _BLOCK] for line in points])
        here = rings[start : start + _BLOCK]
        for miles in DISTANCES:
            here += (lines > square_of(miles)).view(np.uint8)
    rings[far] = len(DISTANCES)
    return rings
