"""How far one must go for a site that was asked for: near enough and open, of the same site.

Distances are compared as squares of straight lines through the earth (``site_order.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.records.places import Place
from referral.records.search import FacetValue
from referral.search.columns import Columns
from referral.search.facts_file import Mask, Numbers
from referral.search.opening_hours import Open
from referral.search.site_order import miles_of, point_of, square_of, squares_from

DISTANCES = (5, 10, 25, 50, 100)  # miles: the choices that are counted

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

    def site_of(self, doc: int) -> int | None:
        """The nearest site of a document that is open, the first of equals; None if unknown."""
        if self.near is None:
            return None
        sites, here = self.columns.sites, point_of(self.near)
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are quicker than arrays.
        for row in range(int(sites.starts[doc]), int(sites.starts[doc + 1])):
            if self.is_open is None or self.is_open.sites[row]:
                line = sum((float(sites.points[axis][row]) - here[axis]) ** 2 for axis in range(3))
                if line < least:
                    nearest, least = row, line
        return nearest


class Reaches:
    """How far one must go for each of some documents, which rise."""

    def __init__(self, asked: AskedFor, docs: _Docs) -> None:
        self._asked = asked
        self._docs = docs
        sites, columns = asked.columns.sites, asked.columns
        places = np.full(columns.size, -1, dtype=np.int32)
        places[docs] = np.arange(len(docs), dtype=np.int32)
        # Of their other sites, besides the first: which these are, and whose.
        whose = places.take(sites.other_docs)
        self._others = np.flatnonzero(whose >= 0)
        self._whose = whose.take(self._others)
        self._first_lines, self._other_lines = self._lines()
        self._nearest = self._first_lines.copy()
        np.minimum.at(self._nearest, self._whose, self._other_lines)

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
        farthest = self._asked.farthest
        is_open = now.firsts.take(self._docs) & (self._first_lines <= farthest)
        others = now.others.take(self._others) & (self._other_lines <= farthest)
        is_open[self._whose[others]] = True
        return int(np.count_nonzero(docs & is_open))

    def count_distances(self, docs: Mask) -> tuple[FacetValue, ...]:
        """How many of these each distance would leave, open ones where that was asked."""
        lines = self._nearest.compress(docs)
        counts = [int(np.count_nonzero(lines <= square_of(miles))) for miles in DISTANCES]
        return tuple(
            FacetValue(value=str(miles), count=count)
            for miles, count in zip(DISTANCES, counts, strict=True)
            if count
        )

    def _lines(self) -> tuple[Numbers, Numbers]:
        """Of first and of other sites.

        None is too far where its service has no known place: it stays in.
        """
        near, is_open = self._asked.near, self._asked.is_open
        sites = self._asked.columns.sites
        if near is None:
            first, others = (np.full(len(some), _UNKNOWN) for some in (self._docs, self._others))
        else:
            unknown = np.where(self._asked.columns.located.take(self._docs), _UNKNOWN, 0.0)
            first = _taken(near, sites.first_points, self._docs)
            others = _taken(near, sites.other_points, self._others)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(others, unknown.take(self._whose), where=np.isnan(others))
        if is_open is not None:
            first[~is_open.firsts.take(self._docs)] = _CLOSED
            others[~is_open.others.take(self._others)] = _CLOSED
        return first, others


def _taken(near: Place, points: Sequence[Numbers], rows: _Docs) -> Numbers:
    """The squares of some points; where they are most of all, one pass over all is quicker."""
    if len(rows) * 2 > len(points[0]):
        return squares_from(near, points).take(rows)
    return squares_from(near, [line.take(rows) for line in points])
