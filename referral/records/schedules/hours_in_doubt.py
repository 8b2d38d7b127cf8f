"""Days whose hours are unknown, as opposed to days without hours, which count as closed.

With hours for Monday to Friday only, weekends are closed. A rule without times (``byday`` only,
from a row whose times were missing or refused) makes the hours of its days unknown, and so do words
that could not be parsed for the days that they name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from referral.fields.labeled_hours import possible_weekdays
from referral.fields.weekdays import WEEKDAY_NAMES
from referral.records.hsds import Schedule
from referral.records.schedules.recurrence import (
    DAYS,
    has_recurrence,
    is_every_week,
    is_in_force,
    occurs_on,
    weekdays_of,
)


def lacks_times(schedule: Schedule) -> bool:
    """Return whether a schedule has days but no usable times, so that their hours are unknown."""
    has_both = bool(schedule.opens_at and schedule.closes_at)
    return not (has_both or schedule.closed) and has_recurrence(schedule)


def says_only_not_known(schedule: Schedule) -> bool:
    """Return whether a schedule is only a weekly rule without times and without words."""
    words = schedule.description or schedule.notes
    return lacks_times(schedule) and is_every_week(schedule) and not words


def weekdays_in_doubt(schedules: Iterable[Schedule], day: date) -> frozenset[int]:
    """Return the weekdays (0 is Monday) of weekly rules in force without times.

    Their hours are unknown, or may be more than those of other schedules.
    """
    return frozenset(
        weekday
        for schedule in schedules
        if lacks_times(schedule) and is_every_week(schedule) and is_in_force(schedule, day)
        for weekday in weekdays_of(schedule)
    )


def weekdays_in_words(schedules: Iterable[Schedule], day: date) -> frozenset[int]:
    """Return the weekdays (0 is Monday) that may be open by words or by times without a day."""
    return frozenset(
        weekday
        for schedule in schedules
        if not schedule.closed and is_in_force(schedule, day)
        for weekday in _weekdays_meant(schedule)
    )


def words_as_weekdays(schedule: Schedule) -> Schedule:
    """Replace the words of a schedule by the weekdays that they may be about.

    A schedule without rule and dates becomes a weekly rule without times for these days.
    """
    weekdays = () if schedule.closed else sorted(_weekdays_meant(schedule))
    if not weekdays or has_recurrence(schedule) or _has_dates(schedule):
        words = ", ".join(WEEKDAY_NAMES[day] for day in weekdays)
        return replace(schedule, description=words, notes="")
    byday = ",".join(DAYS[day] for day in weekdays)
    return replace(
        schedule, freq="WEEKLY", byday=byday, opens_at="", closes_at="", description="", notes=""
    )


def is_in_doubt_on(schedules: Iterable[Schedule], day: date) -> bool:
    """Return whether a rule without times includes a day."""
    return any(lacks_times(schedule) and occurs_on(schedule, day) for schedule in schedules)


def _weekdays_meant(schedule: Schedule) -> frozenset[int]:
    has_times = bool(schedule.opens_at or schedule.closes_at)
    if has_times and not (_has_dates(schedule) or has_recurrence(schedule)):
        return frozenset(range(7))
    return _weekdays_in_texts(schedule.description, schedule.notes)


def _has_dates(schedule: Schedule) -> bool:
    return any((schedule.valid_from, schedule.valid_to, schedule.dtstart, schedule.until))


@lru_cache(maxsize=4096)
def _weekdays_in_texts(*texts: str) -> frozenset[int]:
    return frozenset(weekday for text in texts if text for weekday in possible_weekdays(text))
