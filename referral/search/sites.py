"""Sites of services: their distance from a place, and whether they are open.

Distances are compared as squared chords (straight lines through the earth, of radius 1), which
rise with great-circle miles and need no trigonometry per site. Services often share hours, so
the openings of each distinct set of hours are computed once a day, and those of a minute for
all sets at once. A site *counts* when it passes the filters of both distance and hours.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, reduce
from math import cos, isnan, pi, radians, sin
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import EARTH_RADIUS_MILES, Place
from referral.records.hsds import Schedule
from referral.records.schedules.hours_in_doubt import is_in_doubt_on
from referral.records.schedules.opening_hours import federal_holiday, minutes_open_from
from referral.search.columns import Columns
from referral.search.facts import schedules_from_text
from referral.search.query import Notice
from referral.search.segment_facts import DocNumbers, Docs, Ends, Hours, Mask, Numbers

Points = Sequence[Numbers]  # x, y and z on a sphere of radius 1
_Numbers8 = NDArray[np.uint8]

DISTANCES = (5, 10, 25, 50, 100)  # miles of the distance filter
_BLOCK = 1 << 14  # points at a time, so that they stay in the processor's cache

# A straight line through the earth is 2 at the most, and its square 4.
_FARTHEST = 4.0
_UNKNOWN = 5.0  # of a site without a known position, if its service has another with one
_CLOSED = 9.0

_EVENING = (18, 20)  # o'clock, of "tonight": supper, and a place to sleep
_MORNING = 5  # o'clock: before it, "tonight" is now
_MOST_CACHED = 16  # cached minutes, and days of a zone: now, and a few times of the filter
_DAY = 24 * 60  # minutes
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class SitePoints:
    """Positions of the first site of each document, and of all other sites.

    Attributes:
        located: documents with a site whose position is known.
        starts: for each document the index of its first site; one more at the end.
        other_starts: for each document its first index among the other sites; one more at the end.
        other_rows, other_docs: for each other site its index among all, and its document,
            ascending.
        points, first_points, other_points: positions, NaN where unknown.
    """

    located: Mask
    starts: Ends
    other_starts: Ends
    other_rows: Ends
    other_docs: Docs
    points: Points
    first_points: Points
    other_points: Points

    def first_of(self, of_sites: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the first site of each document, out of those of all sites."""
        return _first_values(self.starts, of_sites)

    def others_of(self, docs: DocNumbers) -> tuple[DocNumbers, DocNumbers]:
        """Return the other sites of some documents, and for each the index of its document."""
        starts = self.other_starts.take(docs)
        counts = self.other_starts.take(docs + 1) - starts
        ends = counts.cumsum()
        others = (starts - ends + counts).repeat(counts)
        others += np.arange(len(others))
        return others, np.arange(len(docs)).repeat(counts)

    def rings(self, place: Place) -> _Numbers8:
        """Return for each document how many of ``DISTANCES`` its nearest site is beyond.

        A site without a known position is beyond all, unless its document has no known position.
        """
        rings = _rings(place, self.first_points)
        rings[np.isnan(self.first_points[0]) & self.located] = len(DISTANCES)
        if len(self.other_docs):
            others = _rings(place, self.other_points)
            unknown = np.isnan(self.other_points[0]) & self.located.take(self.other_docs)
            others[unknown] = len(DISTANCES)
            np.minimum.at(rings, self.other_docs, others)
        return rings


def lay_out_sites(
    site_docs: Docs, latitudes: Numbers, longitudes: Numbers, located: Mask
) -> SitePoints:
    """Return the positions of the sites of all documents.

    A document without any site is deleted, and is never looked up.

    Args:
        site_docs, latitudes, longitudes: of each site.
        located: for each document whether any position of it is known.
    """
    size = len(located)
    counts = np.bincount(site_docs, minlength=size)
    starts = np.concatenate([[0], np.cumsum(counts)])
    others = np.flatnonzero(np.diff(site_docs, prepend=-1) == 0)
    points = _points(latitudes, longitudes)
    return SitePoints(
        located,
        starts,
        site_docs[others].searchsorted(np.arange(size + 1)),
        others,
        site_docs[others],
        points,
        [_first_values(starts, line) for line in points],
        [line[others] for line in points],
    )


def squared_chords(place: Place, points: Points) -> Numbers:
    """Return the squares of the chords from a place to each point, on a sphere of radius 1."""
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
    """Return the position of a place on a sphere of radius 1."""
    north, east = radians(place.latitude), radians(place.longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


@lru_cache(maxsize=256)
def squared_chord(miles: float) -> float:
    """Return the square of the chord of a great-circle distance."""
    angle = min(max(miles / EARTH_RADIUS_MILES, 0.0), pi)
    return (2 * sin(angle / 2)) ** 2


def chord_miles(squares: Numbers) -> Numbers:
    """Return great-circle miles of squared chords, as ``fields.places.lookup.miles_between``."""
    half = np.minimum(np.sqrt(squares) / 2, 1.0)
    miles: Numbers = 2 * EARTH_RADIUS_MILES * np.arcsin(half)
    return miles


def _points(latitudes: Numbers, longitudes: Numbers) -> Points:
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)


def _first_values(starts: Ends, of_sites: NDArray[Any]) -> NDArray[Any]:
    if not len(of_sites):
        return np.zeros(len(starts) - 1, dtype=of_sites.dtype)
    return of_sites[np.minimum(starts[:-1], len(of_sites) - 1)]


def _rings(place: Place, points: Points) -> _Numbers8:
    """Return for each point how many of ``DISTANCES`` it is beyond; 0 where it is unknown."""
    rings = np.zeros(len(points[0]), dtype=np.uint8)
    for start in range(0, len(rings), _BLOCK):
        lines = squared_chords(place, [line[start : start + _BLOCK] for line in points])
        here = rings[start : start + _BLOCK]
        for miles in DISTANCES:
            here += (lines > squared_chord(miles)).view(np.uint8)
    return rings


@dataclass(frozen=True, slots=True)
class _Zone:
    """The distinct hours of the sites in one time zone.

    Attributes:
        numbers: indexes of these hours in ``Columns.hours``.
        sets: schedules as text.
    """

    numbers: list[int]
    sets: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpenMasks:
    """Which sites are open: all sites, first and other sites apart, and documents with any."""

    sites: Mask
    firsts: Mask
    others: Mask
    docs: Mask | None = None


class OpenSites:
    """The hours of all sites of one commit.

    Args:
        zone: IANA zone of sites whose ZIP code is not known.
    """

    def __init__(self, columns: Columns, points: SitePoints, zone: str) -> None:
        self.zone = zone
        self._columns = columns
        self._points = points
        self._lock = threading.Lock()
        self._minutes: dict[datetime, OpenMasks] = {}
        self._days: dict[tuple[str, date], NDArray[np.int32]] = {}
        self._known_days: dict[tuple[str, date], Mask] = {}

    def at(self, moment: datetime) -> OpenMasks:
        """Return the sites known to be open at the minute of an aware datetime."""
        minute = moment.replace(second=0, microsecond=0)
        with self._lock:
            if minute not in self._minutes:
                _evict_oldest(self._minutes)
                self._minutes[minute] = self._find_open(minute)
            return self._minutes[minute]

    def at_any(self, moments: Iterable[datetime]) -> OpenMasks:
        """Return the sites known to be open at any of some minutes."""
        masks = [self.at(moment) for moment in moments]
        return OpenMasks(
            reduce(np.logical_or, [mask.sites for mask in masks]),
            reduce(np.logical_or, [mask.firsts for mask in masks]),
            reduce(np.logical_or, [mask.others for mask in masks]),
        )

    def known_on(self, moments: Sequence[datetime]) -> Mask:
        """Return the sites whose hours are known on the day of any of some moments."""
        known = np.zeros(len(self._columns.hours), dtype=np.bool_)
        for name, zone in self._by_zone.items():
            walls = (_wall_time(moment, name) for moment in moments)
            for day in {wall.date() for wall in walls if wall is not None}:
                with self._lock:
                    known[zone.numbers] |= self._known_sets(name, zone, day)
        mask: Mask = known[self._columns.site_hours]
        return mask

    def _known_sets(self, name: str, zone: _Zone, day: date) -> Mask:
        if (name, day) not in self._known_days:
            _evict_oldest(self._known_days)
            known = [not is_in_doubt_on(_read_schedules(text), day) for text in zone.sets]
            self._known_days[name, day] = np.array(known, dtype=np.bool_)
        return self._known_days[name, day]

    @cached_property
    def _by_zone(self) -> Mapping[str, _Zone]:
        return _by_zone(self._columns.hours, self.zone)

    def _find_open(self, moment: datetime) -> OpenMasks:
        is_open = np.zeros(len(self._columns.hours), dtype=np.bool_)
        for name, zone in self._by_zone.items():
            wall = _wall_time(moment, name)
            if wall is not None:
                is_open[zone.numbers] = self._open_sets(name, zone, wall)
        mask: Mask = is_open[self._columns.site_hours]
        firsts, others = self._points.first_of(mask), mask[self._points.other_rows]
        docs = firsts.copy()
        docs[self._points.other_docs[others]] = True
        return OpenMasks(mask, firsts, others, docs)

    def _open_sets(self, name: str, zone: _Zone, wall: datetime) -> Mask:
        """Return for each set of hours whether it is open, also since the day before."""
        is_open = np.zeros(len(zone.sets), dtype=np.bool_)
        minute = wall.hour * 60 + wall.minute
        for days_ago in (0, 1):
            at = minute + days_ago * _DAY
            which, opens, closes = self._openings(name, zone, wall.date() - timedelta(days_ago)).T
            is_open[which[(opens <= at) & (at < closes)]] = True
        return is_open

    def _openings(self, name: str, zone: _Zone, day: date) -> NDArray[np.int32]:
        """Return rows of (set of hours, opens, closes) in minutes after a day's midnight."""
        if (name, day) not in self._days:
            _evict_oldest(self._days)
            rows = [
                (which, *span)
                for which, text in enumerate(zone.sets)
                for span in minutes_open_from(_read_schedules(text), day)
            ]
            self._days[name, day] = np.array(rows, dtype=np.int32).reshape(-1, 3)
        return self._days[name, day]


def moments_meant(value: str, now: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the moments of ``now``, or of ``tonight``: this evening, from now on.

    Args:
        now: aware.
        zone: IANA zone of the evening.
    """
    wall = _wall_time(now, zone)
    if value == "now" or wall is None or wall.hour < _MORNING:
        return (now,)
    evening = [wall.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in _EVENING]
    ahead = [at.replace(tzinfo=ZoneInfo(zone)) for at in evening if at > wall]
    return tuple(ahead) if len(ahead) == len(evening) else (now, *ahead)


def holiday_notices(moment: datetime | None, near: Place | None, zone: str) -> Iterator[Notice]:
    """Yield a warning if the hours searched for fall on a federal holiday at the place."""
    wall = _wall_time(moment, (near.timezone if near else "") or zone) if moment else None
    if wall is not None and (holiday := federal_holiday(wall.date())):
        yield Notice(
            kind="holiday",
            details={"holiday": holiday, "date": wall.date().isoformat()},
        )


def _by_zone(hours: Sequence[Hours], default: str) -> dict[str, _Zone]:
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for number, (schedules, zone) in enumerate(hours):
        if schedules:
            found[zone or default][number] = schedules
    return {zone: _Zone(list(sets), tuple(sets.values())) for zone, sets in found.items()}


@lru_cache(maxsize=16384)
def _read_schedules(text: str) -> tuple[Schedule, ...]:
    return schedules_from_text(text)


def _wall_time(moment: datetime, zone: str) -> datetime | None:
    """Return the wall time in a zone; None when there is no such zone, or no such day.

    The first and the last day of the calendar are left out, since they have no neighbors.
    """
    try:
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return None
    return wall if date.min < wall.date() < date.max else None


def _evict_oldest(kept: dict[_Key, Any]) -> None:
    """Remove the oldest entry of a full cache."""
    if len(kept) >= _MOST_CACHED:
        kept.pop(next(iter(kept)))


@dataclass(frozen=True, slots=True)
class SiteFilter:
    """Which sites count for a query: those near enough, and open where hours are filtered.

    Attributes:
        near: where distances are measured from.
        within: miles; None for any distance.
        is_open: which sites are open; None without a filter of hours.
    """

    points: SitePoints
    near: Place | None
    within: float | None
    is_open: OpenMasks | None

    @property
    def farthest(self) -> float:
        """Return the squared chord of the farthest site that counts."""
        return _UNKNOWN if self.within is None else squared_chord(self.within)

    def nearest(self, docs: DocNumbers) -> Numbers:
        """Return for each document the squared chord to its nearest site that counts."""
        others, whose = self.points.others_of(docs)
        return _nearest_lines(*self._squared_chords(docs, others, whose), whose)

    def measure(self, docs: DocNumbers, now: OpenMasks) -> tuple[Numbers, int]:
        """Return the miles to the nearest site of each document, and how many documents are open.

        Only sites that count are measured. Miles are NaN where unknown. Open is at the time of the
        filter, or else now.
        """
        if self.near is None and self.is_open is None and now.docs is not None:
            how_many = int(np.count_nonzero(now.docs.take(docs)))  # any place will do
            return np.full(len(docs), np.nan), how_many
        others, whose = self.points.others_of(docs)
        first_lines, other_lines = self._squared_chords(docs, others, whose)
        nearest = _nearest_lines(first_lines, other_lines, whose)
        if self.near is None:
            miles = np.full(len(docs), np.nan)
        else:
            is_known = (nearest <= _FARTHEST) & self.points.located.take(docs)
            miles = chord_miles(np.where(is_known, nearest, np.nan))
        if self.is_open is not None:
            return miles, int(np.count_nonzero(nearest <= self.farthest))
        if self.within is None and now.docs is not None:
            return miles, int(np.count_nonzero(now.docs.take(docs)))
        is_open, others_open = now.firsts.take(docs), now.others.take(others)
        if self.within is not None:
            is_open &= first_lines <= self.farthest
            others_open &= other_lines <= self.farthest
        is_open[whose[others_open]] = True
        return miles, int(np.count_nonzero(is_open))

    def _squared_chords(
        self, docs: DocNumbers, others: DocNumbers, whose: DocNumbers
    ) -> tuple[Numbers, Numbers]:
        """Return the squared chords to the first sites, and to the other sites, of documents.

        They are 0 for all sites of a service without a known position, so that distance never
        excludes it, and ``_CLOSED`` for sites that the filter of hours excludes.
        """
        points = self.points
        if self.near is None:
            first, other = (np.full(len(some), _UNKNOWN) for some in (docs, others))
        else:
            unknown = np.where(points.located.take(docs), _UNKNOWN, 0.0)
            first = _squared_chords_of(self.near, points.first_points, docs)
            other = _squared_chords_of(self.near, points.other_points, others)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(other, unknown.take(whose), where=np.isnan(other))
        if self.is_open is not None:
            first[~self.is_open.firsts.take(docs)] = _CLOSED
            other[~self.is_open.others.take(others)] = _CLOSED
        return first, other

    def site_of(self, doc: int) -> int | None:
        """Return the nearest site of a document that counts, the first of equals.

        Without any known distance it is the first open site, if hours are filtered, else None.
        """
        if self.near is None and self.is_open is None:
            return None
        points = self.points
        rows: Sequence[int] = range(int(points.starts[doc]), int(points.starts[doc + 1]))
        if self.is_open is None and len(rows) == 1:  # as most services: nothing to compare
            return None if isnan(points.points[0].item(rows[0])) else rows[0]
        if self.is_open is not None:
            rows = [row for row in rows if self.is_open.sites[row]]
        nearest = self._nearest_of(rows, self.near) if self.near else None
        return rows[0] if nearest is None and self.is_open is not None and rows else nearest

    def _nearest_of(self, rows: Sequence[int], near: Place) -> int | None:
        """Return the nearest of some sites; None where no position is known."""
        x, y, z = unit_vector(near)
        east, north, up = self.points.points
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are faster than arrays.
        for row in rows:
            line = (east.item(row) - x) ** 2 + (north.item(row) - y) ** 2
            line += (up.item(row) - z) ** 2
            if line < least:
                nearest, least = row, line
        return nearest


def _nearest_lines(first: Numbers, others: Numbers, whose: DocNumbers) -> Numbers:
    if not len(others):
        return first
    nearest = first.copy()
    np.minimum.at(nearest, whose, others)
    return nearest


def _squared_chords_of(near: Place, points: Points, rows: DocNumbers) -> Numbers:
    """Return squared chords to some points; computed for all points if most are needed."""
    if len(rows) * 2 > len(points[0]):
        return squared_chords(near, points).take(rows)
    return squared_chords(near, [line.take(rows) for line in points])
