"""How far one must go for a site that was asked for: near enough and open, of the same site.

Distances are compared as squares of straight lines through the earth (``site_order.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.records.places import Place
from referral.records.search import FacetValue
from referral.search.columns import Columns
from referral.search.facts_file import Mask, Numbers
from referral.search.opening_hours import Open
from referral.search.rings import DISTANCES
from referral.search.site_order import Points, miles_of, point_of, square_of, squares_from

_Docs = NDArray[np.integer[Any]]

# A straight line through the earth is 2 at the most, and its square 4.
_FARTHEST = 4.0
_UNKNOWN = 5.0  # where a site is, of a service with another place that is known
_CLOSED = 9.0


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What is asked of a site.

    Attributes:
        near: where distances are measured from.
        within: miles; None for any distance.
        is_open: which sites are open, where that was asked.
    """

    columns: Columns
    near: Place | None
    within: float | None
    is_open: Open | None

    @property
    def narrows(self) -> bool:
        """Whether sites narrow the results at all."""
        return self.within is not None or self.is_open is not None

    @property
    def farthest(self) -> float:
        """The square of the longest line that is near enough."""
        return _UNKNOWN if self.within is None else square_of(self.within)

    @property
    def is_by_place(self) -> bool:
        """Whether only the place tells which documents are near enough, whatever the hour."""
        return self.near is not None and self.is_open is None

    def near_enough(self) -> Mask | None:
        """Which of all documents are, where that is quickly told; None where it is not."""
        if self.near is None or self.is_open is not None or self.within not in DISTANCES:
            return None
        near_enough: Mask = self.columns.rings.around(self.near) <= DISTANCES.index(self.within)
        return near_enough

    def site_of(self, doc: int) -> int | None:
        """The nearest site of a document that is open, the first of equals; None if unknown."""
        if self.near is None:
            return None
        sites, (x, y, z) = self.columns.sites, point_of(self.near)
        east, north, up = sites.points
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are quicker than arrays.
        for row in range(int(sites.starts[doc]), int(sites.starts[doc + 1])):
            if self.is_open is None or self.is_open.sites[row]:
                line = (east.item(row) - x) ** 2 + (north.item(row) - y) ** 2
                line += (up.item(row) - z) ** 2
                if line < least:
                    nearest, least = row, line
        return nearest


class Reaches:
    """How far one must go for each of some documents, which rise."""

    def __init__(self, asked: AskedFor, docs: _Docs) -> None:
        self._asked = asked
        self._docs = docs

    @cached_property
    def _whose_others(self) -> tuple[_Docs, _Docs]:
        """Of their other sites, besides the first: which these are, and whose."""
        sites, columns = self._asked.columns.sites, self._asked.columns
        places = np.full(columns.size, -1, dtype=np.int32)
        places[self._docs] = np.arange(len(self._docs), dtype=np.int32)
        whose = places.take(sites.other_docs)
        others = np.flatnonzero(whose >= 0)
        return others, whose.take(others)

    @cached_property
    def _nearest(self) -> Numbers:
        """The square to the nearest site that was asked for."""
        first, others = self._lines
        nearest = first.copy()
        np.minimum.at(nearest, self._whose_others[1], others)
        return nearest

    def within(self) -> Mask:
        """Which documents have a site that was asked for."""
        near_enough: Mask = self._nearest <= self._asked.farthest
        return near_enough

    def miles(self, rows: _Docs) -> Numbers:
        """For some of the documents the miles to the nearest site asked for; NaN where unknown.

        Args:
            rows: which of the documents.
        """
        lines = self._nearest.take(rows)
        is_known = (lines <= _FARTHEST) & self._asked.columns.located.take(self._docs.take(rows))
        return miles_of(np.where(is_known, lines, np.nan))

    def count_open(self, docs: Mask, now: Open) -> int:
        """How many of these "open" would leave, at the time asked about or else now."""
        if self._asked.is_open is not None:
            return int(np.count_nonzero(docs & self.within()))
        others, whose = self._whose_others
        is_open = now.firsts.take(self._docs)
        others_open = now.others.take(others)
        if self._asked.within is not None:
            first_lines, other_lines = self._lines
            is_open &= first_lines <= self._asked.farthest
            others_open &= other_lines <= self._asked.farthest
        is_open[whose[others_open]] = True
        return int(np.count_nonzero(docs & is_open))

    def count_distances(self, docs: Mask) -> tuple[FacetValue, ...]:
        """How many of these each distance would leave, open ones where that was asked."""
        lines = self._nearest.compress(docs)
        return distances_counted(
            [int(np.count_nonzero(lines <= square_of(miles))) for miles in DISTANCES]
        )

    @cached_property
    def _lines(self) -> tuple[Numbers, Numbers]:
        """Of first and of other sites.

        None is too far where its service has no known place: it stays in.
        """
        near, is_open = self._asked.near, self._asked.is_open
        sites = self._asked.columns.sites
        which, whose = self._whose_others
        if near is None:
            first, others = (np.full(len(some), _UNKNOWN) for some in (self._docs, which))
        else:
            unknown = np.where(self._asked.columns.located.take(self._docs), _UNKNOWN, 0.0)
            first = _taken(near, sites.first_points, self._docs)
            others = _taken(near, sites.other_points, which)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(others, unknown.take(whose), where=np.isnan(others))
        if is_open is not None:
            first[~is_open.firsts.take(self._docs)] = _CLOSED
            others[~is_open.others.take(which)] = _CLOSED
        return first, others


def distances_counted(counts: Sequence[int]) -> tuple[FacetValue, ...]:
    """The distances that would leave something, by how many each would leave."""
    return tuple(
        FacetValue(value=str(miles), count=count)
        for miles, count in zip(DISTANCES, counts, strict=True)
        if count
    )


def _taken(near: Place, points: Points, rows: _Docs) -> Numbers:
    """The squares of some points; where they are most of all, one pass over all is quicker."""
    if len(rows) * 2 > len(points[0]):
        return squares_from(near, points).take(rows)
    return squares_from(near, [line.take(rows) for line in points])
