"""Recurrence of schedules: the days of an iCalendar rule (RFC 5545), by dateutil."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from dateutil import rrule

from referral.records.directory import Schedule

_FREQ: dict[str, Literal[1, 2]] = {"WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_WEEKDAY = {
    "MO": rrule.MO,
    "TU": rrule.TU,
    "WE": rrule.WE,
    "TH": rrule.TH,
    "FR": rrule.FR,
    "SA": rrule.SA,
    "SU": rrule.SU,
}
DAYS = tuple(_WEEKDAY)
_LIST_NAMES = ("bymonthday", "byyearday", "byweekno")
_NUMBER = re.compile(r"-?[1-9][0-9]{0,2}\Z")
_LONGEST_INTERVAL = 53
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)\Z")
_EARLIEST = date(1970, 1, 1)  # a beginning before this is a year left out, not a date


@lru_cache(maxsize=1024)  # a directory has few different ones, and a page asks for each often
def parse_byday(byday: str) -> tuple[tuple[int, int], ...] | None:
    """RFC 5545 ``MO,-1FR`` as (weekday from 0 for Monday, which of the month or 0); None if not."""
    days = []
    for part in byday.upper().replace(" ", "").split(","):
        match = _BYDAY.match(part)
        if match is None:
            return None
        days.append((DAYS.index(match.group(2)), int(match.group(1) or 0)))
    return tuple(days)


def has_recurrence(schedule: Schedule) -> bool:
    """Whether this is a rule that can be followed (and not only dates or words)."""
    freq = _freq(schedule)
    if freq is None or not 1 <= _interval(schedule) <= _LONGEST_INTERVAL:
        return False
    if _needs_beginning(schedule) and _beginning(schedule) is None:
        return False
    days = parse_byday(schedule.byday) if schedule.byday else ()
    if days is None or (freq == "WEEKLY" and any(nth for _, nth in days)):
        return False
    return all(_numbers(text) is not None for text in _number_lists(schedule))


def is_every_week(schedule: Schedule) -> bool:
    """Whether it is the same every week."""
    plain = not (schedule.count or any(_number_lists(schedule))) and _interval(schedule) == 1
    return plain and _freq(schedule) == "WEEKLY" and has_recurrence(schedule)


def weekdays_of(schedule: Schedule) -> frozenset[int]:
    """The days of the week of a weekly rule, 0 for Monday."""
    if schedule.byday:
        return frozenset(day for day, _ in parse_byday(schedule.byday) or ())
    beginning = _beginning(schedule)
    return frozenset({beginning.weekday()}) if beginning else frozenset()


def is_valid_on(schedule: Schedule, day: date) -> bool:
    """Whether the schedule claims to be right for a day (``valid_from`` to ``valid_to``)."""
    return not (
        (schedule.valid_from is not None and day < schedule.valid_from)
        or (schedule.valid_to is not None and day > schedule.valid_to)
    )


def is_in_force(schedule: Schedule, day: date) -> bool:
    """Whether the schedule has begun, has not ended, and claims to be right for a day."""
    begun = schedule.dtstart is None or schedule.dtstart <= day
    ended = schedule.until is not None and schedule.until < day
    return begun and not ended and is_valid_on(schedule, day)


@lru_cache(maxsize=16384)
def occurs_on(schedule: Schedule, day: date) -> bool:
    """Whether the days of a schedule, by its rule or else by its dates, include this day."""
    if not is_in_force(schedule, day):
        return False
    if has_recurrence(schedule):
        return _occurs_by_rule(schedule, day)
    return not _has_rule_fields(schedule) and _has_dates(schedule)


def _has_dates(schedule: Schedule) -> bool:
    """Dates that stand for days by themselves; a closure may be without end, hours may not."""
    begins = schedule.valid_from or schedule.dtstart
    ends = schedule.valid_to or schedule.until
    return begins is not None and (ends is not None or schedule.closed)


def _has_rule_fields(schedule: Schedule) -> bool:
    return bool(schedule.freq or schedule.byday or any(_number_lists(schedule)))


def _occurs_by_rule(schedule: Schedule, day: date) -> bool:
    if schedule.byday and is_every_week(schedule):  # nearly all are, and need no calendar
        return day.weekday() in weekdays_of(schedule)
    if not ever_occurs(schedule):
        return False
    instant = datetime.combine(day, time())
    rule = _rule(schedule, _first_day(schedule, day), until=instant)
    days = rule if schedule.count is None else islice(rule, schedule.count)
    return any(found == instant for found in days)


@lru_cache(maxsize=16384)
def ever_occurs(schedule: Schedule) -> bool:
    """Whether a rule has any day: for one that has none, dateutil looks up to the year 9999.

    The fifth Wednesday that is the 1st of its month is such a rule. It is asked once, not once
    for each day of a page.
    """
    start = _beginning(schedule) or _EARLIEST
    return next(iter(_rule(schedule, start)), None) is not None


def _rule(schedule: Schedule, start: date, until: datetime | None = None) -> rrule.rrule:
    return rrule.rrule(
        _FREQ[_freq(schedule) or "WEEKLY"],
        dtstart=datetime.combine(start, time()),
        until=until,
        interval=_interval(schedule),
        wkst=_WEEKDAY.get(schedule.wkst.upper()),
        **_by(schedule),
    )


def _by(schedule: Schedule) -> dict[str, Any]:
    """What narrows the rule, as dateutil wants it."""
    by: dict[str, Any] = {
        name: numbers
        for name, text in zip(_LIST_NAMES, _number_lists(schedule), strict=True)
        if (numbers := _numbers(text))
    }
    beginning = _beginning(schedule)
    if schedule.byday:
        days = parse_byday(schedule.byday) or ()
        by["byweekday"] = [rrule.weekday(day, nth or None) for day, nth in days]
    elif not by and beginning is not None:
        weekly = _freq(schedule) == "WEEKLY"
        name, value = (
            ("byweekday", beginning.weekday()) if weekly else ("bymonthday", beginning.day)
        )
        by[name] = value
    return by


def _first_day(schedule: Schedule, day: date) -> date:
    """Where to begin counting: as late as gives the same days."""
    beginning = _beginning(schedule)
    if beginning is None or (_interval(schedule) == 1 and not schedule.count):
        return day
    if _freq(schedule) == "MONTHLY" or schedule.count:
        return beginning
    step = 7 * _interval(schedule)
    return beginning + timedelta(days=(day - beginning).days // step * step)


def _freq(schedule: Schedule) -> str | None:
    """WEEKLY or MONTHLY; days without a frequency speak for themselves."""
    if not schedule.freq and schedule.byday:
        return "MONTHLY" if any(letter.isdigit() for letter in schedule.byday) else "WEEKLY"
    freq = schedule.freq.upper()
    return freq if freq in _FREQ else None


def _interval(schedule: Schedule) -> int:
    return 1 if schedule.interval is None else schedule.interval


def _needs_beginning(schedule: Schedule) -> bool:
    counts = schedule.count is not None or _interval(schedule) > 1
    return counts or not (schedule.byday or any(_number_lists(schedule)))


def _beginning(schedule: Schedule) -> date | None:
    begins = schedule.dtstart or schedule.valid_from
    return begins if begins and begins >= _EARLIEST else None


def _number_lists(schedule: Schedule) -> tuple[str, ...]:
    return schedule.bymonthday, schedule.byyearday, schedule.byweekno


def _numbers(text: str) -> list[int] | None:
    """Numbers separated by commas; None when it is something else."""
    if not text:
        return []
    parts = [part.strip() for part in text.split(",")]
    return [int(part) for part in parts] if all(map(_NUMBER.match, parts)) else None
