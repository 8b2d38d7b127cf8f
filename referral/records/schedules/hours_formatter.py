"""Formatter of schedules as text that ``read_typed_hours`` can parse: ``Mon-Fri 9 am-5 pm``.

Days of the week, "2nd Tue" of a month, times, a season, holidays and appointments can be formatted.
A schedule with other words or an interval remains a schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from referral.fields.clock_times import WHOLE_DAY, is_wall_time, spell_time
from referral.fields.hours_parser import DAYS, HoursPart
from referral.fields.seasons import spell_season
from referral.fields.typed_hours import BY_APPOINTMENT, read_typed_hours
from referral.records.hsds import Schedule

_DAY_NAMES = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_ORDINALS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last"}
_TEXT_FIELDS = (
    "freq", "byday", "opens_at", "closes_at", "closed", "valid_from", "valid_to", "notes",
)  # fmt: skip
_PARENTS = ("service_id", "location_id", "service_at_location_id")


def format_hours(schedules: Iterable[Schedule]) -> tuple[str, tuple[Schedule, ...]]:
    """Return a text with one line for each schedule that can be formatted, and the others."""
    formattable: list[Schedule] = []
    others: list[Schedule] = []
    for schedule in schedules:
        (formattable if _is_formattable(schedule) else others).append(schedule)
    text = _join_lines(formattable)
    if set(read_typed_hours(text).parts) != {to_hours_part(schedule) for schedule in formattable}:
        # In the text, a season would replace other hours.
        others += [schedule for schedule in formattable if schedule.valid_from or schedule.valid_to]
        text = _join_lines([schedule for schedule in formattable if schedule not in others])
    return text, tuple(others)


def update_schedules(
    parts: Sequence[HoursPart], stored: Sequence[Schedule], new: Schedule
) -> tuple[Schedule, ...]:
    """Build the schedules for parsed hours, reusing the ids of stored schedules where possible.

    Args:
        stored: the schedules of the previous text.
        new: a template for new schedules, with their parents and no id.
    """
    wanted_parts = list(dict.fromkeys(parts))
    stored_by_part = {
        to_hours_part(schedule): schedule
        for schedule in stored
        if to_hours_part(schedule) in wanted_parts
    }
    unused = [schedule for schedule in stored if schedule not in stored_by_part.values()]
    schedules: list[Schedule] = []
    for part in wanted_parts:
        if part in stored_by_part:
            schedules.append(stored_by_part[part])
            continue
        template = unused.pop(0) if unused else new
        schedules.append(replace(template, **{name: getattr(part, name) for name in _TEXT_FIELDS}))
    return tuple(schedules)


def to_hours_part(schedule: Schedule) -> HoursPart:
    """Convert a schedule to a rule as the hours parser returns it."""
    return HoursPart(*(getattr(schedule, name) for name in _TEXT_FIELDS))


def _is_formattable(schedule: Schedule) -> bool:
    formattable = Schedule(
        id=schedule.id,
        **{name: getattr(schedule, name) for name in (*_PARENTS, *_TEXT_FIELDS)},
    )
    if schedule.interval == 1:  # every week, so the start of the week does not matter
        schedule = replace(schedule, interval=None, wkst="")
    if schedule != formattable:
        return False
    part = to_hours_part(schedule)
    is_timed = is_wall_time(part.opens_at) and is_wall_time(part.closes_at)
    if not (schedule.closed or is_timed or not (part.opens_at or part.closes_at)):
        return False
    parsed = read_typed_hours(_format_part(part))
    return parsed.is_whole and parsed.parts == (part,)


def _sort_key(schedule: Schedule) -> tuple[date, bool, int, str, str]:
    first_day = schedule.byday.split(",")[0]
    day = DAYS.index(first_day[-2:]) if first_day[-2:] in DAYS else 0
    valid_from = schedule.valid_from or date.min
    return valid_from, schedule.freq != "WEEKLY", day, first_day, schedule.opens_at


def _join_lines(schedules: Iterable[Schedule]) -> str:
    return "\n".join(
        _format_part(to_hours_part(schedule)) for schedule in sorted(schedules, key=_sort_key)
    )


def _format_part(part: HoursPart) -> str:
    """Format a rule as one line: days and times, notes, and season."""
    notes = part.notes
    days_and_times = _format_days_and_times(part)
    if not (part.opens_at or part.closed) and BY_APPOINTMENT in notes:
        days_and_times = _format_days(part.byday.split(","))
        return ", ".join(filter(None, (f"{days_and_times} {notes}", _format_season(part))))
    return ", ".join(filter(None, (days_and_times, notes, _format_season(part))))


def _format_season(part: HoursPart) -> str:
    return spell_season(part.valid_from, part.valid_to)


def _format_days_and_times(part: HoursPart) -> str:
    if not part.byday:
        return ""
    days = _format_days(part.byday.split(","))
    if part.closed:
        return f"{days} closed"
    if not part.opens_at:
        return f"{days} not known"
    if (part.opens_at, part.closes_at) == WHOLE_DAY:
        return f"{days} 24 hours"
    return f"{days} {spell_time(part.opens_at)}-{spell_time(part.closes_at)}"


def _format_days(days: Sequence[str]) -> str:
    if any(day not in DAYS for day in days):
        return ", ".join(
            f"{_ORDINALS.get(day[:-2], day[:-2])} {_day_name(day[-2:])}" for day in days
        )
    indexes = [DAYS.index(day) for day in days]
    if len(indexes) > 2 and indexes == list(range(indexes[0], indexes[0] + len(indexes))):
        return f"{_day_name(days[0])}-{_day_name(days[-1])}"
    return ", ".join(map(_day_name, days))


def _day_name(day: str) -> str:
    return _DAY_NAMES.get(day, day)
