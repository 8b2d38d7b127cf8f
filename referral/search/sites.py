"""Places of services: how near, and open when.

Distances are compared as squared chords (straight lines through the earth, of radius 1), which
rise with great-circle miles and need no trigonometry per site. Services often share hours, so each
set of hours is read once a day, and a minute is asked of all of them at once. A site *counts* when
it is both near enough and open, as far as that was asked.
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
from referral.records.directory import Schedule
from referral.records.schedules.hours_in_doubt import is_in_doubt_on
from referral.records.schedules.opening_hours import federal_holiday, minutes_open_from
from referral.search.columns import Columns
from referral.search.facts import schedules_from_text
from referral.search.query import Notice
from referral.search.segment_facts import DocNumbers, Docs, Ends, Hours, Mask, Numbers

Points = Sequence[Numbers]  # x, y and z on a sphere of radius 1
_Numbers8 = NDArray[np.uint8]

DISTANCES = (5, 10, 25, 50, 100)  # miles: the choices that are counted
_BLOCK = 1 << 14  # points at a time, so that they stay in the processor's cache

# A straight line through the earth is 2 at the most, and its square 4.
_FARTHEST = 4.0
_UNKNOWN = 5.0  # where a site is, of a service with another place that is known
_CLOSED = 9.0

_EVENING = (18, 20)  # o'clock, of "tonight": supper, and where to sleep
_MORNING = 5  # o'clock: until then it is still the night
_MOST_KEPT = 16  # minutes, and days of a zone: now, and a few times that people ask about
_DAY = 24 * 60  # minutes
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class SitePoints:
    """First sites, one for each document in order, and all others.

    Attributes:
        located: documents with a site whose position is known.
        starts: for each document its first site among all; one more at the end.
        other_starts: the same among the others.
        other_rows, other_docs: of each other site where it is among all, and its document, rising.
        points, first_points, other_points: where they are, NaN where unknown.
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
        """Of values of all sites those of the first site of each document."""
        return _firsts(self.starts, of_sites)

    def others_of(self, docs: DocNumbers) -> tuple[DocNumbers, DocNumbers]:
        """The other sites of some documents, and for each which of the documents has it."""
        starts = self.other_starts.take(docs)
        counts = self.other_starts.take(docs + 1) - starts
        ends = counts.cumsum()
        others = (starts - ends + counts).repeat(counts)
        others += np.arange(len(others))
        return others, np.arange(len(docs)).repeat(counts)

    def rings(self, place: Place) -> _Numbers8:
        """For each document how many of ``DISTANCES`` are too short to reach its nearest site.

        A site at no known place is nowhere near, unless its document has no other.
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
    """The sites of all documents; a document without any is one that nobody asks about.

    Args:
        site_docs, latitudes, longitudes: of each site.
        located: of each document, whether a position of it is known.
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


def _rings(place: Place, points: Points) -> _Numbers8:
    """For each point how many of ``DISTANCES`` are too short; 0 where it is not known."""
    rings = np.zeros(len(points[0]), dtype=np.uint8)
    for start in range(0, len(rings), _BLOCK):
        lines = squared_chords(place, [line[start : start + _BLOCK] for line in points])
        here = rings[start : start + _BLOCK]
        for miles in DISTANCES:
            here += (lines > squared_chord(miles)).view(np.uint8)
    return rings


@dataclass(frozen=True, slots=True)
class _Zone:
    """The different hours of the sites of one time zone.

    Attributes:
        numbers: of these hours, as ``Columns.site_hours`` has them.
        sets: schedules as text.
    """

    numbers: list[int]
    sets: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpenMasks:
    """Which sites are open: all of them, and the same apart as ``SitePoints`` has them."""

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
        """The sites known to be open at this minute (aware)."""
        minute = moment.replace(second=0, microsecond=0)
        with self._lock:
            if minute not in self._minutes:
                _make_room(self._minutes)
                self._minutes[minute] = self._ask(minute)
            return self._minutes[minute]

    def at_any(self, moments: Iterable[datetime]) -> OpenMasks:
        """The sites known to be open at one of these minutes or more."""
        masks = [self.at(moment) for moment in moments]
        return OpenMasks(
            reduce(np.logical_or, [mask.sites for mask in masks]),
            reduce(np.logical_or, [mask.firsts for mask in masks]),
            reduce(np.logical_or, [mask.others for mask in masks]),
        )

    def known_on(self, moments: Sequence[datetime]) -> Mask:
        """The sites whose hours are known on the days of one of these moments or more."""
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
            _make_room(self._known_days)
            known = [not is_in_doubt_on(_read(text), day) for text in zone.sets]
            self._known_days[name, day] = np.array(known, dtype=np.bool_)
        return self._known_days[name, day]

    @cached_property
    def _by_zone(self) -> Mapping[str, _Zone]:
        return _by_zone(self._columns.hours, self.zone)

    def _ask(self, moment: datetime) -> OpenMasks:
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
        """For each set of hours whether it is open; what began the day before may go on."""
        is_open = np.zeros(len(zone.sets), dtype=np.bool_)
        minute = wall.hour * 60 + wall.minute
        for days_ago in (0, 1):
            at = minute + days_ago * _DAY
            which, opens, closes = self._openings(name, zone, wall.date() - timedelta(days_ago)).T
            is_open[which[(opens <= at) & (at < closes)]] = True
        return is_open

    def _openings(self, name: str, zone: _Zone, day: date) -> NDArray[np.int32]:
        """Rows of (set of hours, opens, closes) in minutes after the midnight of a day."""
        if (name, day) not in self._days:
            _make_room(self._days)
            rows = [
                (which, *span)
                for which, text in enumerate(zone.sets)
                for span in minutes_open_from(_read(text), day)
            ]
            self._days[name, day] = np.array(rows, dtype=np.int32).reshape(-1, 3)
        return self._days[name, day]


def moments_meant(said: str, now: datetime, zone: str) -> tuple[datetime, ...]:
    """The moments of ``now``, or of ``tonight``: this evening, from now on.

    Args:
        now: aware.
        zone: IANA zone of the evening.
    """
    wall = _wall_time(now, zone)
    if said == "now" or wall is None or wall.hour < _MORNING:
        return (now,)
    evening = [wall.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in _EVENING]
    ahead = [at.replace(tzinfo=ZoneInfo(zone)) for at in evening if at > wall]
    return tuple(ahead) if len(ahead) == len(evening) else (now, *ahead)


def holiday_notices(moment: datetime | None, near: Place | None, zone: str) -> Iterator[Notice]:
    """A warning when hours are asked about that fall on a federal holiday where people are."""
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
def _read(text: str) -> tuple[Schedule, ...]:
    return schedules_from_text(text)


def _wall_time(moment: datetime, zone: str) -> datetime | None:
    """What the clock on the wall shows in a zone; None when there is no such zone, or no such day.

    The first and the last days of the calendar are left out: they have no neighbors.
    """
    try:
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return None
    return wall if date.min < wall.date() < date.max else None


def _make_room(kept: dict[_Key, Any]) -> None:
    """Drop the oldest when there are too many."""
    if len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)))


@dataclass(frozen=True, slots=True)
class SiteFilter:
    """Which sites count for one question: those near enough, and open where that was asked.

    Attributes:
        near: where distances are measured from.
        within: miles; None for any distance.
        is_open: which sites are open, where that was asked.
    """

    points: SitePoints
    near: Place | None
    within: float | None
    is_open: OpenMasks | None

    @property
    def farthest(self) -> float:
        """The square of the longest line that is near enough."""
        return _UNKNOWN if self.within is None else squared_chord(self.within)

    def nearest(self, docs: DocNumbers) -> Numbers:
        """The squared line from the place asked about to the nearest site of each that counts."""
        others, whose = self.points.others_of(docs)
        return _least(*self._lines(docs, others, whose), whose)

    def measure(self, docs: DocNumbers, now: OpenMasks) -> tuple[Numbers, int]:
        """The miles to the nearest site of each that counts, and how many are open.

        Miles are NaN where unknown. Open is meant at the time asked about, or else now.
        """
        if self.near is None and self.is_open is None and now.docs is not None:
            how_many = int(np.count_nonzero(now.docs.take(docs)))  # any place will do
            return np.full(len(docs), np.nan), how_many
        others, whose = self.points.others_of(docs)
        first_lines, other_lines = self._lines(docs, others, whose)
        nearest = _least(first_lines, other_lines, whose)
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

    def _lines(
        self, docs: DocNumbers, others: DocNumbers, whose: DocNumbers
    ) -> tuple[Numbers, Numbers]:
        """Of first and of other sites.

        None is too far where its service has no known place: it stays in.
        """
        points = self.points
        if self.near is None:
            first, other = (np.full(len(some), _UNKNOWN) for some in (docs, others))
        else:
            unknown = np.where(points.located.take(docs), _UNKNOWN, 0.0)
            first = _taken(self.near, points.first_points, docs)
            other = _taken(self.near, points.other_points, others)
            np.copyto(first, unknown, where=np.isnan(first))
            np.copyto(other, unknown.take(whose), where=np.isnan(other))
        if self.is_open is not None:
            first[~self.is_open.firsts.take(docs)] = _CLOSED
            other[~self.is_open.others.take(others)] = _CLOSED
        return first, other

    def site_of(self, doc: int) -> int | None:
        """The nearest site that counts, the first of equals.

        Where no distance is known, the first that is open, if that was asked, else None.
        """
        if self.near is None and self.is_open is None:
            return None
        points = self.points
        rows: Sequence[int] = range(int(points.starts[doc]), int(points.starts[doc + 1]))
        if self.is_open is None and len(rows) == 1:  # of most services: nothing to compare
            return None if isnan(points.points[0].item(rows[0])) else rows[0]
        if self.is_open is not None:
            rows = [row for row in rows if self.is_open.sites[row]]
        nearest = self._nearest_of(rows, self.near) if self.near else None
        return rows[0] if nearest is None and self.is_open is not None and rows else nearest

    def _nearest_of(self, rows: Sequence[int], near: Place) -> int | None:
        """The nearest of some sites; None where no position is known."""
        x, y, z = unit_vector(near)
        east, north, up = self.points.points
        nearest, least = None, _UNKNOWN
        # They are few, so that plain numbers are quicker than arrays.
        for row in rows:
            line = (east.item(row) - x) ** 2 + (north.item(row) - y) ** 2
            line += (up.item(row) - z) ** 2
            if line < least:
                nearest, least = row, line
        return nearest


def _least(first: Numbers, others: Numbers, whose: DocNumbers) -> Numbers:
    if not len(others):
        return first
    nearest = first.copy()
    np.minimum.at(nearest, whose, others)
    return nearest


def _taken(near: Place, points: Points, rows: DocNumbers) -> Numbers:
    """The squares of some points; where they are most of all, one pass over all is quicker."""
    if len(rows) * 2 > len(points[0]):
        return squared_chords(near, points).take(rows)
    return squared_chords(near, [line.take(rows) for line in points])
