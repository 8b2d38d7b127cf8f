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

    def first_of(self, site_values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the first site of each document, out of those of all sites."""
        return _first_values(self.starts, site_values)

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
    points = _sphere_points(latitudes, longitudes)
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
    origin = unit_vector(place)
    total, difference = np.empty((2, len(points[0])))
    np.subtract(points[0], origin[0], out=total)
    np.multiply(total, total, out=total)
    for axis in (1, 2):
        np.subtract(points[axis], origin[axis], out=difference)
        np.multiply(difference, difference, out=difference)
        np.add(total, difference, out=total)
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


def _sphere_points(latitudes: Numbers, longitudes: Numbers) -> Points:
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)


def _first_values(starts: Ends, site_values: NDArray[Any]) -> NDArray[Any]:
    if not len(site_values):
        return np.zeros(len(starts) - 1, dtype=site_values.dtype)
    return site_values[np.minimum(starts[:-1], len(site_values) - 1)]


def _rings(place: Place, points: Points) -> _Numbers8:
    """Return for each point how many of ``DISTANCES`` it is beyond; 0 where it is unknown."""
    rings = np.zeros(len(points[0]), dtype=np.uint8)
    for start in range(0, len(rings), _BLOCK):
        chords = squared_chords(place, [line[start : start + _BLOCK] for line in points])
        block = rings[start : start + _BLOCK]
        for miles in DISTANCES:
            block += (chords > squared_chord(miles)).view(np.uint8)
    return rings


@dataclass(frozen=True, slots=True)
class _ZoneHours:
    """The distinct hours of the sites in one time zone.

    Attributes:
        numbers: indexes of these hours in ``Columns.hours``.
        sets: schedules as text.
    """

    indexes: list[int]
    schedules: Sequence[str]


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
        self._open_by_minute: dict[datetime, OpenMasks] = {}
        self._openings_by_day: dict[tuple[str, date], NDArray[np.int32]] = {}
        self._known_by_day: dict[tuple[str, date], Mask] = {}

    def at(self, moment: datetime) -> OpenMasks:
        """Return the sites known to be open at the minute of an aware datetime."""
        minute = moment.replace(second=0, microsecond=0)
        with self._lock:
            if minute not in self._open_by_minute:
                _evict_oldest(self._open_by_minute)
                self._open_by_minute[minute] = self._find_open(minute)
            return self._open_by_minute[minute]

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
        for zone, zone_hours in self._hours_by_zone.items():
            wall_times = (_wall_time(moment, zone) for moment in moments)
            for day in {wall_time.date() for wall_time in wall_times if wall_time is not None}:
                with self._lock:
                    known[zone_hours.indexes] |= self._find_known(zone, zone_hours, day)
        mask: Mask = known[self._columns.site_hours]
        return mask

    def _find_known(self, zone: str, zone_hours: _ZoneHours, day: date) -> Mask:
        if (zone, day) not in self._known_by_day:
            _evict_oldest(self._known_by_day)
            known = [
                not is_in_doubt_on(_read_schedules(text), day) for text in zone_hours.schedules
            ]
            self._known_by_day[zone, day] = np.array(known, dtype=np.bool_)
        return self._known_by_day[zone, day]

    @cached_property
    def _hours_by_zone(self) -> Mapping[str, _ZoneHours]:
        return _hours_by_zone(self._columns.hours, self.zone)

    def _find_open(self, moment: datetime) -> OpenMasks:
        is_open = np.zeros(len(self._columns.hours), dtype=np.bool_)
        for zone, zone_hours in self._hours_by_zone.items():
            wall_time = _wall_time(moment, zone)
            if wall_time is not None:
                is_open[zone_hours.indexes] = self._find_open_at(zone, zone_hours, wall_time)
        mask: Mask = is_open[self._columns.site_hours]
        firsts, others = self._points.first_of(mask), mask[self._points.other_rows]
        docs = firsts.copy()
        docs[self._points.other_docs[others]] = True
        return OpenMasks(mask, firsts, others, docs)

    def _find_open_at(self, zone: str, zone_hours: _ZoneHours, wall_time: datetime) -> Mask:
        """Return for each set of hours whether it is open, also since the day before."""
        is_open = np.zeros(len(zone_hours.schedules), dtype=np.bool_)
        minute = wall_time.hour * 60 + wall_time.minute
        for days_ago in (0, 1):
            now = minute + days_ago * _DAY
            day = wall_time.date() - timedelta(days_ago)
            indexes, opens, closes = self._openings(zone, zone_hours, day).T
            is_open[indexes[(opens <= now) & (now < closes)]] = True
        return is_open

    def _openings(self, zone: str, zone_hours: _ZoneHours, day: date) -> NDArray[np.int32]:
        """Return rows of (set of hours, opens, closes) in minutes after a day's midnight."""
        if (zone, day) not in self._openings_by_day:
            _evict_oldest(self._openings_by_day)
            rows = [
                (index, *span)
                for index, text in enumerate(zone_hours.schedules)
                for span in minutes_open_from(_read_schedules(text), day)
            ]
            self._openings_by_day[zone, day] = np.array(rows, dtype=np.int32).reshape(-1, 3)
        return self._openings_by_day[zone, day]


def moments_meant(value: str, now: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the moments of ``now``, or of ``tonight``: this evening, from now on.

    Args:
        now: aware.
        zone: IANA zone of the evening.
    """
    wall_time = _wall_time(now, zone)
    if value == "now" or wall_time is None or wall_time.hour < _MORNING:
        return (now,)
    evening = [wall_time.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in _EVENING]
    later = [moment.replace(tzinfo=ZoneInfo(zone)) for moment in evening if moment > wall_time]
    return tuple(later) if len(later) == len(evening) else (now, *later)


def holiday_notices(moment: datetime | None, near: Place | None, zone: str) -> Iterator[Notice]:
    """Yield a warning if the hours searched for fall on a federal holiday at the place."""
    wall = _wall_time(moment, (near.timezone if near else "") or zone) if moment else None
    if wall is not None and (holiday := federal_holiday(wall.date())):
        yield Notice(
            kind="holiday",
            details={"holiday": holiday, "date": wall.date().isoformat()},
        )


def _hours_by_zone(hours: Sequence[Hours], default: str) -> dict[str, _ZoneHours]:
    schedules_by_zone: dict[str, dict[int, str]] = defaultdict(dict)
    for index, (schedules, zone) in enumerate(hours):
        if schedules:
            schedules_by_zone[zone or default][index] = schedules
    return {
        zone: _ZoneHours(list(by_index), tuple(by_index.values()))
        for zone, by_index in schedules_by_zone.items()
    }


@lru_cache(maxsize=16384)
def _read_schedules(text: str) -> tuple[Schedule, ...]:
    return schedules_from_text(text)


def _wall_time(moment: datetime, zone: str) -> datetime | None:
    """Return the wall time in a zone; None when there is no such zone, or no such day.

    The first and the last day of the calendar are left out, since they have no neighbors.
    """
    try:
        wall_time = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return None
    return wall_time if date.min < wall_time.date() < date.max else None


def _evict_oldest(cache: dict[_Key, Any]) -> None:
    """Remove the oldest entry of a full cache."""
    if len(cache) >= _MOST_CACHED:
        cache.pop(next(iter(cache)))


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

    def nearest_chords(self, docs: DocNumbers) -> Numbers:
        """Return for each document the squared chord to its nearest site that counts."""
        others, doc_indexes = self.points.others_of(docs)
        return _nearest_chords(*self._squared_chords(docs, others, doc_indexes), doc_indexes)

    def measure(self, docs: DocNumbers, now: OpenMasks) -> tuple[Numbers, int]:
        """Return the miles to the nearest site of each document, and how many documents are open.

        Only sites that count are measured. Miles are NaN where unknown. Open is at the time of the
        filter, or else now.
        """
        if self.near is None and self.is_open is None and now.docs is not None:
            count = int(np.count_nonzero(now.docs.take(docs)))  # any place will do
            return np.full(len(docs), np.nan), count
        others, doc_indexes = self.points.others_of(docs)
        first_chords, other_chords = self._squared_chords(docs, others, doc_indexes)
        nearest_chords = _nearest_chords(first_chords, other_chords, doc_indexes)
        miles = self._miles(docs, nearest_chords)
        if self.is_open is not None:
            return miles, int(np.count_nonzero(nearest_chords <= self.farthest))
        if self.within is None and now.docs is not None:
            return miles, int(np.count_nonzero(now.docs.take(docs)))
        is_open, others_open = now.firsts.take(docs), now.others.take(others)
        if self.within is not None:
            is_open &= first_chords <= self.farthest
            others_open &= other_chords <= self.farthest
        is_open[doc_indexes[others_open]] = True
        return miles, int(np.count_nonzero(is_open))

    def _miles(self, docs: DocNumbers, chords: Numbers) -> Numbers:
        """Return the miles of squared chords to sites of documents, NaN where unknown."""
        if self.near is None:
            return np.full(len(docs), np.nan)
        is_known = (chords <= _FARTHEST) & self.points.located.take(docs)
        return chord_miles(np.where(is_known, chords, np.nan))

    def _squared_chords(
        self, docs: DocNumbers, others: DocNumbers, doc_indexes: DocNumbers
    ) -> tuple[Numbers, Numbers]:
        """Return the squared chords to the first sites, and to the other sites, of documents.

        They are 0 for all sites of a service without a known position, so that distance never
        excludes it, and ``_CLOSED`` for sites that the filter of hours excludes.
        """
        points = self.points
        if self.near is None:
            first, other = (np.full(len(sites), _UNKNOWN) for sites in (docs, others))
        else:
            unknown = np.where(points.located.take(docs), _UNKNOWN, 0.0)
            first = _squared_chords_of(self.near, points.first_points, docs)
            other = _squared_chords_of(self.near, points.other_points, others)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(other, unknown.take(doc_indexes), where=np.isnan(other))
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
        xs, ys, zs = self.points.points
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are faster than arrays.
        for row in rows:
            chord = (xs.item(row) - x) ** 2 + (ys.item(row) - y) ** 2
            chord += (zs.item(row) - z) ** 2
            if chord < least:
                nearest, least = row, chord
        return nearest


def _nearest_chords(first: Numbers, others: Numbers, doc_indexes: DocNumbers) -> Numbers:
    if not len(others):
        return first
    chords = first.copy()
    np.minimum.at(chords, doc_indexes, others)
    return chords


def _squared_chords_of(near: Place, points: Points, rows: DocNumbers) -> Numbers:
    """Return squared chords to some points; computed for all points if most are needed."""
    if len(rows) * 2 > len(points[0]):
        return squared_chords(near, points).take(rows)
    return squared_chords(near, [line.take(rows) for line in points])
