"""The sites of all documents, laid out so that one pass finds the nearest of each document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import EARTH_RADIUS_MILES, Place
from referral.search.segments.doc_values import Docs, Ends, Numbers

Points = Sequence[Numbers]  # x, y and z on a sphere of radius 1


@dataclass(frozen=True, slots=True)
class Sites:
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


def lay_out(site_docs: Docs, latitudes: Numbers, longitudes: Numbers, size: int) -> Sites:
    """The sites of ``size`` documents; a document without any is one that nobody asks about."""
    counts = np.bincount(site_docs, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)])
    others = np.flatnonzero(np.diff(site_docs, prepend=-1) == 0)
    points = _points(latitudes, longitudes)
    return Sites(
        starts,
        site_docs[others].searchsorted(np.arange(size + 1)),
        others,
        site_docs[others],
        points,
        [_firsts(starts, line) for line in points],
        [line[others] for line in points],
    )


def squares_from(place: Place, points: Points) -> Numbers:
    """The straight line from a place to each point, through the earth, squared (radius 1)."""
    here = point_of(place)
    total, line = np.empty((2, len(points[0])))
    np.subtract(points[0], here[0], out=total)
    np.multiply(total, total, out=total)
    for axis in (1, 2):
        np.subtract(points[axis], here[axis], out=line)
        np.multiply(line, line, out=line)
        np.add(total, line, out=total)
    return total


@lru_cache(maxsize=256)
def point_of(place: Place) -> tuple[float, float, float]:
    """Where a place is on a sphere of radius 1."""
    north, east = radians(place.latitude), radians(place.longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


@lru_cache(maxsize=256)
def square_of(miles: float) -> float:
    """The same for a great-circle distance."""
    angle = min(max(miles / EARTH_RADIUS_MILES, 0.0), pi)
    return (2 * sin(angle / 2)) ** 2


def miles_of(squares: Numbers) -> Numbers:
    """Great-circle miles, as ``records.places.miles_between``."""
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
