"""Days whose hours are not known: without hours a day is closed only where nothing speaks for more.

A list that says Monday to Friday is taken at its word: weekends are closed. A rule without times
(``byday`` only, from a row whose times were missing or refused) says that the hours of its days
are not known. Words that could not be read say it of the days they name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from referral.fields.labelled_hours import possible_weekdays
from referral.fields.weekdays import WEEKDAY_NAMES
from referral.records.directory import Schedule
from referral.records.schedules.recurrence import (
    DAYS,
    has_recurrence,
    is_every_week,
    is_in_force,
    occurs_on,
    weekdays_of,
)


def lacks_times(schedule: Schedule) -> bool:
    """Whether a schedule has days but no usable times: their hours are not known."""
    has_both = bool(schedule.opens_at and schedule.closes_at)
    return not (has_both or schedule.closed) and has_recurrence(schedule)


def says_only_not_known(schedule: Schedule) -> bool:
    """Whether a schedule says of days of the week that hours are not known, and no more."""
    words = schedule.description or schedule.notes
    return lacks_times(schedule) and is_every_week(schedule) and not words


def weekdays_in_doubt(schedules: Iterable[Schedule], day: date) -> frozenset[int]:
    """The weekdays, 0 for Monday, whose hours are not known or may be more than is known."""
    return frozenset(
        weekday
        for schedule in schedules
        if lacks_times(schedule) and is_every_week(schedule) and is_in_force(schedule, day)
        for weekday in weekdays_of(schedule)
    )


def weekdays_in_words(schedules: Iterable[Schedule], day: date) -> frozenset[int]:
    """The weekdays on which words, or times without a day, may mean that something is open."""
    return frozenset(
        weekday
        for schedule in schedules
        if not schedule.closed and is_in_force(schedule, day)
        for weekday in _weekdays_meant(schedule)
    )


def in_days(schedule: Schedule) -> Schedule:
    """The same with its words as the days that they may be about.

    Without rule and dates, too, it is a rule for these days without times.
    """
    days = () if schedule.closed else sorted(_weekdays_meant(schedule))
    if not days or has_recurrence(schedule) or _has_dates(schedule):
        words = ", ".join(WEEKDAY_NAMES[day] for day in days)
        return replace(schedule, description=words, notes="")
    byday = ",".join(DAYS[day] for day in days)
    return replace(
        schedule, freq="WEEKLY", byday=byday, opens_at="", closes_at="", description="", notes=""
    )


def is_in_doubt_on(schedules: Iterable[Schedule], day: date) -> bool:
    """Whether a rule without times falls on a day."""
    return any(lacks_times(schedule) and occurs_on(schedule, day) for schedule in schedules)


def _weekdays_meant(schedule: Schedule) -> frozenset[int]:
    has_times = bool(schedule.opens_at or schedule.closes_at)
    if has_times and not (_has_dates(schedule) or has_recurrence(schedule)):
        return frozenset(range(7))
    return _named_in(schedule.description, schedule.notes)


def _has_dates(schedule: Schedule) -> bool:
    return any((schedule.valid_from, schedule.valid_to, schedule.dtstart, schedule.until))


@lru_cache(maxsize=4096)
def _named_in(*texts: str) -> frozenset[int]:
    return frozenset(weekday for text in texts if text for weekday in possible_weekdays(text))
