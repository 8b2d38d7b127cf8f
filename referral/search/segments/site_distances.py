"""Distances from a place to sites: points on the unit sphere, and bitmaps per distance ring.

Distances are compared as squared chords (straight lines through the earth of radius 1), which rise
with great-circle miles and need no trigonometry per site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import EARTH_RADIUS_MILES, Place
from referral.search.segments.bitmaps import Bits, pack_masks
from referral.search.segments.doc_values import Docs, Ends, Mask, Numbers

Points = Sequence[Numbers]  # x, y and z on a sphere of radius 1


@dataclass(frozen=True, slots=True)
class SitePoints:
    """First sites, one for each document in order, and all others.

    Attributes:
        starts: for each document its first site among all; one more at the end.
        other_starts: the same among the others.
        other_rows, other_docs: of each other site where it is among all, and its document, rising.
        points, first_points, other_points: where they are, NaN where unknown.
    """

    starts: Ends
    other_starts: Ends
    other_rows: Ends
    other_docs: Docs
    points: Points
    first_points: Points
    other_points: Points

    def first_of(self, of_sites: NDArray[Any]) -> NDArray[Any]:
        """Of values of all sites those of the first site of each document."""
        return _firsts(self.starts, of_sites)

    def others_of(self, docs: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The other sites of some documents, and for each which of the documents has it."""
        starts = self.other_starts.take(docs)
        counts = self.other_starts.take(docs + 1) - starts
        ends = counts.cumsum()
        others = (starts - ends + counts).repeat(counts)
        others += np.arange(len(others))
        return others, np.arange(len(docs)).repeat(counts)


def lay_out_sites(
    site_docs: Docs, latitudes: Numbers, longitudes: Numbers, size: int
) -> SitePoints:
    """The sites of ``size`` documents; a document without any is one that nobody asks about."""
    counts = np.bincount(site_docs, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)])
    others = np.flatnonzero(np.diff(site_docs, prepend=-1) == 0)
    points = _points(latitudes, longitudes)
    return SitePoints(
        starts,
        site_docs[others].searchsorted(np.arange(size + 1)),
        others,
        site_docs[others],
        points,
        [_firsts(starts, line) for line in points],
        [line[others] for line in points],
    )


def squared_chords(place: Place, points: Points) -> Numbers:
    """The straight line from a place to each point, through the earth, squared (radius 1)."""
    here = unit_vector(place)
    total, line = np.empty((2, len(points[0])))
    np.subtract(points[0], here[0], out=total)
    np.multiply(total, total, out=total)
    for axis in (1, 2):
        np.subtract(points[axis], here[axis], out=line)
        np.multiply(line, line, out=line)
        np.add(total, line, out=total)
    return total


@lru_cache(maxsize=256)
def unit_vector(place: Place) -> tuple[float, float, float]:
    """Where a place is on a sphere of radius 1."""
    north, east = radians(place.latitude), radians(place.longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


@lru_cache(maxsize=256)
def squared_chord(miles: float) -> float:
    """The same for a great-circle distance."""
    angle = min(max(miles / EARTH_RADIUS_MILES, 0.0), pi)
    return (2 * sin(angle / 2)) ** 2


def chord_miles(squares: Numbers) -> Numbers:
    """Great-circle miles, as ``fields.places.lookup.miles_between``."""
    half = np.minimum(np.sqrt(squares) / 2, 1.0)
    miles: Numbers = 2 * EARTH_RADIUS_MILES * np.arcsin(half)
    return miles


def _points(latitudes: Numbers, longitudes: Numbers) -> Points:
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)


def _firsts(starts: Ends, of_sites: NDArray[Any]) -> NDArray[Any]:
    if not len(of_sites):
        return np.zeros(len(starts) - 1, dtype=of_sites.dtype)
    return of_sites[np.minimum(starts[:-1], len(of_sites) - 1)]


DISTANCES = (5, 10, 25, 50, 100)  # miles: the choices that are counted

Numbers8 = NDArray[np.uint8]

_BLOCK = 1 << 14  # points at a time, so that they stay in the processor's cache
_MOST_PLACES = 160  # that are kept: 100 bytes for each document


class DistanceRings:
    """The rings around places; those of the last ones are kept: people ask from the same ones.

    Args:
        located: documents with a place whose position is known.
    """

    def __init__(self, sites: SitePoints, located: Mask) -> None:
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
        return pack_masks((rings <= ring for ring in range(len(DISTANCES))), len(rings))


def _rings(place: Place, points: Points, far: Docs | NDArray[np.intp]) -> Numbers8:
    """For each point how many of ``DISTANCES`` are too short."""
    rings = np.zeros(len(points[0]), dtype=np.uint8)
    for start in range(0, len(rings), _BLOCK):
        lines = squared_chords(place, [line[start : start + _BLOCK] for line in points])
        here = rings[start : start + _BLOCK]
        for miles in DISTANCES:
            here += (lines > squared_chord(miles)).view(np.uint8)
    rings[far] = len(DISTANCES)
    return rings
