"""Distance filter: the nearest site of each document that counts (near enough, open), and counts.

A site counts when it is both near enough and open. Distances are squared chords
(``segments/site_distances.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.search.matching.opening_hours import OpenMasks
from referral.search.query import FacetValue
from referral.search.segments.bitmaps import (
    Bits,
    docs_in,
    intersection_counts,
    mask_from_docs,
    pack_mask,
    unpack_mask,
)
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Mask, Numbers
from referral.search.segments.site_distances import (
    DISTANCES,
    Points,
    chord_miles,
    squared_chord,
    squared_chords,
    unit_vector,
)

_Docs = NDArray[np.intp]

# A straight line through the earth is 2 at the most, and its square 4.
_FARTHEST = 4.0
_UNKNOWN = 5.0  # where a site is, of a service with another place that is known
_CLOSED = 9.0


@dataclass(frozen=True, slots=True)
class SiteCriteria:
    """Which sites count.

    Attributes:
        near: where distances are measured from.
        within: miles; None for any distance.
        is_open: which sites are open, where that was asked.
    """

    columns: Columns
    near: Place | None
    within: float | None
    is_open: OpenMasks | None

    @property
    def farthest(self) -> float:
        """The square of the longest line that is near enough."""
        return _UNKNOWN if self.within is None else squared_chord(self.within)

    def places_among(
        self, found: Bits, passing: Bits
    ) -> tuple[Bits | None, tuple[FacetValue, ...]]:
        """The documents found that have a site that counts, and what each distance would leave.

        None: the place tells nothing about them.

        Args:
            passing: those that pass all other filters.
        """
        if self.is_open is None and self.near is None:
            return None, ()
        if self.is_open is None and self.near and self.within in {None, *DISTANCES}:
            rings = self.columns.distance_rings.within(self.near)
            place = None if self.within is None else rings[DISTANCES.index(self.within)]
            return place, _distances(intersection_counts(rings, passing))
        size = self.columns.size
        docs = docs_in(unpack_mask(found, size))
        distances = DistanceFilter(self, docs)
        counts = distances.count_distances(unpack_mask(passing, size).take(docs))
        return pack_mask(mask_from_docs(docs.compress(distances.within()), size)), counts

    def site_of(self, doc: int) -> int | None:
        """The nearest site that counts, the first of equals.

        Where no distance is known, the first that is open, if that was asked, else None.
        """
        if self.near is None and self.is_open is None:
            return None
        sites = self.columns.sites
        rows: Sequence[int] = range(int(sites.starts[doc]), int(sites.starts[doc + 1]))
        if self.is_open is None and len(rows) == 1:  # of most services: nothing to compare
            return None if isnan(sites.points[0].item(rows[0])) else rows[0]
        if self.is_open is not None:
            rows = [row for row in rows if self.is_open.sites[row]]
        nearest = self._nearest_of(rows, self.near) if self.near else None
        return rows[0] if nearest is None and self.is_open is not None and rows else nearest

    def _nearest_of(self, rows: Sequence[int], near: Place) -> int | None:
        """The nearest of some sites; None where no position is known."""
        x, y, z = unit_vector(near)
        east, north, up = self.columns.sites.points
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are quicker than arrays.
        for row in rows:
            line = (east.item(row) - x) ** 2 + (north.item(row) - y) ** 2
            line += (up.item(row) - z) ** 2
            if line < least:
                nearest, least = row, line
        return nearest


class DistanceFilter:
    """Distances of some documents to the nearest site that counts."""

    def __init__(self, criteria: SiteCriteria, docs: _Docs) -> None:
        self._criteria = criteria
        self._docs = docs
        self._others, self._whose = criteria.columns.sites.others_of(docs)

    @cached_property
    def _nearest(self) -> Numbers:
        """The squared chord to the nearest site that counts."""
        first, others = self._lines
        if not len(others):
            return first
        nearest = first.copy()
        np.minimum.at(nearest, self._whose, others)
        return nearest

    def within(self) -> Mask:
        """Which documents have a site that counts."""
        near_enough: Mask = self._nearest <= self._criteria.farthest
        return near_enough

    def miles(self) -> Numbers:
        """The miles to the nearest site that counts; NaN where unknown."""
        if self._criteria.near is None:
            return np.full(len(self._docs), np.nan)
        is_known = (self._nearest <= _FARTHEST) & self._criteria.columns.located.take(self._docs)
        return chord_miles(np.where(is_known, self._nearest, np.nan))

    def count_open(self, now: OpenMasks) -> int:
        """How many "open" would leave, at the time asked about or else now."""
        if self._criteria.is_open is not None:
            return int(np.count_nonzero(self.within()))
        is_open = now.firsts.take(self._docs)
        others_open = now.others.take(self._others)
        if self._criteria.within is not None:
            first_lines, other_lines = self._lines
            is_open &= first_lines <= self._criteria.farthest
            others_open &= other_lines <= self._criteria.farthest
        is_open[self._whose[others_open]] = True
        return int(np.count_nonzero(is_open))

    def count_distances(self, docs: Mask) -> tuple[FacetValue, ...]:
        """How many of these each distance would leave, open ones where that was asked."""
        lines = self._nearest.compress(docs)
        return _distances([int(np.count_nonzero(lines <= squared_chord(m))) for m in DISTANCES])

    @cached_property
    def _lines(self) -> tuple[Numbers, Numbers]:
        """Of first and of other sites.

        None is too far where its service has no known place: it stays in.
        """
        near, is_open = self._criteria.near, self._criteria.is_open
        sites = self._criteria.columns.sites
        if near is None:
            first, others = (np.full(len(some), _UNKNOWN) for some in (self._docs, self._others))
        else:
            unknown = np.where(self._criteria.columns.located.take(self._docs), _UNKNOWN, 0.0)
            first = _taken(near, sites.first_points, self._docs)
            others = _taken(near, sites.other_points, self._others)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(others, unknown.take(self._whose), where=np.isnan(others))
        if is_open is not None:
            first[~is_open.firsts.take(self._docs)] = _CLOSED
            others[~is_open.others.take(self._others)] = _CLOSED
        return first, others


def _distances(counts: Sequence[int]) -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(value=str(miles), count=count)
        for miles, count in zip(DISTANCES, counts, strict=True)
        if count
    )


def _taken(near: Place, points: Points, rows: _Docs) -> Numbers:
    """The squares of some points; where they are most of all, one pass over all is quicker."""
    if len(rows) * 2 > len(points[0]):
        return squared_chords(near, points).take(rows)
    return squared_chords(near, [line.take(rows) for line in points])
