"""Recurrence of schedules: the days of iCalendar rules (RFC 5545), computed with dateutil."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from dateutil import rrule

from referral.records.hsds import Schedule

_DATEUTIL_FREQ: dict[str, Literal[1, 2]] = {"WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_DATEUTIL_WEEKDAY = {
    "MO": rrule.MO,
    "TU": rrule.TU,
    "WE": rrule.WE,
    "TH": rrule.TH,
    "FR": rrule.FR,
    "SA": rrule.SA,
    "SU": rrule.SU,
}
DAYS = tuple(_DATEUTIL_WEEKDAY)
_LIST_NAMES = ("bymonthday", "byyearday", "byweekno")
_LIST_NUMBER = re.compile(r"-?[1-9][0-9]{0,2}\Z")
_LONGEST_INTERVAL = 53
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)\Z")
_EARLIEST = date(1970, 1, 1)  # an earlier start is a placeholder for a missing year


@lru_cache(maxsize=1024)  # a directory has few distinct values, which pages parse often
def parse_byday(byday: str) -> tuple[tuple[int, int], ...] | None:
    """Parse RFC 5545 ``MO,-1FR`` into (weekday from 0, nth of the month or 0); None if invalid."""
    days = []
    for part in byday.upper().replace(" ", "").split(","):
        match = _BYDAY.match(part)
        if match is None:
            return None
        days.append((DAYS.index(match.group(2)), int(match.group(1) or 0)))
    return tuple(days)


def has_recurrence(schedule: Schedule) -> bool:
    """Return whether a schedule is a valid recurrence rule, not only dates or words."""
    freq = _freq(schedule)
    if freq is None or not 1 <= _interval(schedule) <= _LONGEST_INTERVAL:
        return False
    if _needs_start(schedule) and _start_date(schedule) is None:
        return False
    days = parse_byday(schedule.byday) if schedule.byday else ()
    if days is None or (freq == "WEEKLY" and any(nth for _, nth in days)):
        return False
    return all(_parse_numbers(text) is not None for text in _number_lists(schedule))


def is_every_week(schedule: Schedule) -> bool:
    """Return whether a schedule is a rule that is equal in every week."""
    is_plain_weekly = (
        not (schedule.count or any(_number_lists(schedule))) and _interval(schedule) == 1
    )
    return is_plain_weekly and _freq(schedule) == "WEEKLY" and has_recurrence(schedule)


def weekdays_of(schedule: Schedule) -> frozenset[int]:
    """Return the weekdays (0 is Monday) of a weekly rule."""
    if schedule.byday:
        return frozenset(day for day, _ in parse_byday(schedule.byday) or ())
    start = _start_date(schedule)
    return frozenset({start.weekday()}) if start else frozenset()


def is_valid_on(schedule: Schedule, day: date) -> bool:
    """Return whether a day is within ``valid_from`` and ``valid_to`` of a schedule."""
    return not (
        (schedule.valid_from is not None and day < schedule.valid_from)
        or (schedule.valid_to is not None and day > schedule.valid_to)
    )


def is_in_force(schedule: Schedule, day: date) -> bool:
    """Return whether a schedule has begun, has not ended and is valid on a day."""
    has_begun = schedule.dtstart is None or schedule.dtstart <= day
    has_ended = schedule.until is not None and schedule.until < day
    return has_begun and not has_ended and is_valid_on(schedule, day)


@lru_cache(maxsize=16384)
def occurs_on(schedule: Schedule, day: date) -> bool:
    """Return whether a schedule includes a day, by its rule or else by its dates."""
    if not is_in_force(schedule, day):
        return False
    if has_recurrence(schedule):
        return _occurs_by_rule(schedule, day)
    return not _has_rule_fields(schedule) and _has_dates(schedule)


def _has_dates(schedule: Schedule) -> bool:
    """Return whether the dates of a schedule alone define its days.

    A closure may be open-ended, hours may not.
    """
    first_day = schedule.valid_from or schedule.dtstart
    last_day = schedule.valid_to or schedule.until
    return first_day is not None and (last_day is not None or schedule.closed)


def _has_rule_fields(schedule: Schedule) -> bool:
    return bool(schedule.freq or schedule.byday or any(_number_lists(schedule)))


def _occurs_by_rule(schedule: Schedule, day: date) -> bool:
    if schedule.byday and is_every_week(schedule):  # fast path for nearly all schedules
        return day.weekday() in weekdays_of(schedule)
    if not ever_occurs(schedule):
        return False
    instant = datetime.combine(day, time())
    rule = _rule(schedule, _counting_start(schedule, day), until=instant)
    occurrences = rule if schedule.count is None else islice(rule, schedule.count)
    return any(occurrence == instant for occurrence in occurrences)


@lru_cache(maxsize=16384)
def ever_occurs(schedule: Schedule) -> bool:
    """Return whether a rule has any day, unlike "the fifth Wednesday on the 1st of the month".

    For a rule without days, dateutil searches up to the year 9999, so the result is cached.
    """
    start = _start_date(schedule) or _EARLIEST
    return next(iter(_rule(schedule, start)), None) is not None


def _rule(schedule: Schedule, start: date, until: datetime | None = None) -> rrule.rrule:
    return rrule.rrule(
        _DATEUTIL_FREQ[_freq(schedule) or "WEEKLY"],
        dtstart=datetime.combine(start, time()),
        until=until,
        interval=_interval(schedule),
        wkst=_DATEUTIL_WEEKDAY.get(schedule.wkst.upper()),
        **_rule_arguments(schedule),
    )


def _rule_arguments(schedule: Schedule) -> dict[str, Any]:
    """Return the BY parts of a rule as keyword arguments for dateutil."""
    arguments: dict[str, Any] = {
        name: numbers
        for name, text in zip(_LIST_NAMES, _number_lists(schedule), strict=True)
        if (numbers := _parse_numbers(text))
    }
    start = _start_date(schedule)
    if schedule.byday:
        days = parse_byday(schedule.byday) or ()
        arguments["byweekday"] = [rrule.weekday(day, nth or None) for day, nth in days]
    elif not arguments and start is not None:
        is_weekly = _freq(schedule) == "WEEKLY"
        name, value = ("byweekday", start.weekday()) if is_weekly else ("bymonthday", start.day)
        arguments[name] = value
    return arguments


def _counting_start(schedule: Schedule, day: date) -> date:
    """Return the latest day from which the rule can be computed with the same result."""
    start = _start_date(schedule)
    if start is None or (_interval(schedule) == 1 and not schedule.count):
        return day
    if _freq(schedule) == "MONTHLY" or schedule.count:
        return start
    step = 7 * _interval(schedule)
    return start + timedelta(days=(day - start).days // step * step)


def _freq(schedule: Schedule) -> str | None:
    """Return WEEKLY or MONTHLY, inferred from ``byday`` if not given; None for other values."""
    if not schedule.freq and schedule.byday:
        return "MONTHLY" if any(letter.isdigit() for letter in schedule.byday) else "WEEKLY"
    freq = schedule.freq.upper()
    return freq if freq in _DATEUTIL_FREQ else None


def _interval(schedule: Schedule) -> int:
    return 1 if schedule.interval is None else schedule.interval


def _needs_start(schedule: Schedule) -> bool:
    is_counted = schedule.count is not None or _interval(schedule) > 1
    return is_counted or not (schedule.byday or any(_number_lists(schedule)))


def _start_date(schedule: Schedule) -> date | None:
    start = schedule.dtstart or schedule.valid_from
    return start if start and start >= _EARLIEST else None


def _number_lists(schedule: Schedule) -> tuple[str, ...]:
    return schedule.bymonthday, schedule.byyearday, schedule.byweekno


def _parse_numbers(text: str) -> list[int] | None:
    """Parse numbers separated by commas; None for other text."""
    if not text:
        return []
    parts = [part.strip() for part in text.split(",")]
    return [int(part) for part in parts] if all(map(_LIST_NUMBER.match, parts)) else None
