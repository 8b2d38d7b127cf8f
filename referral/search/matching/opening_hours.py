"""Opening hours: which sites are open at a moment, and notices of holidays.

Services often share hours, so each set of hours is read once a day, and a minute is asked of all
of them at once.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, reduce
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.records.directory import Schedule
from referral.records.schedules.hours_in_doubt import is_in_doubt_on
from referral.records.schedules.opening_hours import federal_holiday, minutes_open_from
from referral.search.doc_facts import schedules_from_text
from referral.search.query import Notice
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Hours, Mask

_EVENING = (18, 20)  # o'clock, of "tonight": supper, and where to sleep
_MORNING = 5  # o'clock: until then it is still the night
_MOST_KEPT = 16  # minutes, and days of a zone: now, and a few times that people ask about
_DAY = 24 * 60  # minutes
_Key = TypeVar("_Key")


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
    """Which sites are open: all of them, and the same apart as ``Sites`` has them."""

    sites: Mask
    firsts: Mask
    others: Mask


class OpenSites:
    """The hours of all sites of one commit.

    Args:
        zone: IANA zone of sites whose ZIP code is not known.
    """

    def __init__(self, columns: Columns, zone: str) -> None:
        self.zone = zone
        self._columns = columns
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
        sites = self._columns.sites
        return OpenMasks(mask, sites.first_of(mask), mask[sites.other_rows])

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
