"""Formatter of schedules as text that ``read_typed_hours`` reads back: ``Mon-Fri 9 am-5 pm``.

Days of the week or of the month, times, a season, holidays and appointments fit into such a text. A
schedule with other words or an interval stays a schedule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from referral.fields.clock_times import WHOLE_DAY, is_wall_time, spell_time
from referral.fields.hours_parser import DAYS, HoursPart
from referral.fields.seasons import spell_season
from referral.fields.typed_hours import BY_APPOINTMENT, read_typed_hours
from referral.records.directory import Schedule

_DAY_NAMES = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_ORDINALS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last"}
_SAID = (
    "freq", "byday", "opens_at", "closes_at", "closed", "valid_from", "valid_to", "notes",
)  # fmt: skip
_PARENTS = ("service_id", "location_id", "service_at_location_id")


def format_hours(schedules: Iterable[Schedule]) -> tuple[str, tuple[Schedule, ...]]:
    """The text for all schedules that it can say, one line for each rule, and the others."""
    said: list[Schedule] = []
    others: list[Schedule] = []
    for schedule in schedules:
        (said if _can_be_said(schedule) else others).append(schedule)
    text = _text(said)
    if set(read_typed_hours(text).parts) != {hours_part(each) for each in said}:
        # A season would be read as taking the place of other hours.
        others += [each for each in said if each.valid_from or each.valid_to]
        text = _text([each for each in said if each not in others])
    return text, tuple(others)


def update_schedules(
    parts: Sequence[HoursPart], stored: Sequence[Schedule], new: Schedule
) -> tuple[Schedule, ...]:
    """Schedules that say these rules; what was stored keeps its identity where it can.

    Args:
        stored: the schedules that the text said before.
        new: a schedule with the parents that new ones get, and no id.
    """
    wanted = list(dict.fromkeys(parts))
    kept = {hours_part(schedule): schedule for schedule in stored if hours_part(schedule) in wanted}
    free = [schedule for schedule in stored if schedule not in kept.values()]
    found: list[Schedule] = []
    for part in wanted:
        if part in kept:
            found.append(kept[part])
            continue
        base = free.pop(0) if free else new
        found.append(replace(base, **{name: getattr(part, name) for name in _SAID}))
    return tuple(found)


def hours_part(schedule: Schedule) -> HoursPart:
    """The rule of a schedule."""
    return HoursPart(*(getattr(schedule, name) for name in _SAID))


def _can_be_said(schedule: Schedule) -> bool:
    bare = Schedule(
        id=schedule.id,
        **{name: getattr(schedule, name) for name in (*_PARENTS, *_SAID)},
    )
    if schedule.interval == 1:  # every week, whatever day it begins with
        schedule = replace(schedule, interval=None, wkst="")
    if schedule != bare:
        return False
    part = hours_part(schedule)
    is_timed = is_wall_time(part.opens_at) and is_wall_time(part.closes_at)
    if not (schedule.closed or is_timed or not (part.opens_at or part.closes_at)):
        return False
    read = read_typed_hours(_line(part))
    return read.is_whole and read.parts == (part,)


def _order(schedule: Schedule) -> tuple[date, bool, int, str, str]:
    first = schedule.byday.split(",")[0]
    day = DAYS.index(first[-2:]) if first[-2:] in DAYS else 0
    begins = schedule.valid_from or date.min
    return begins, schedule.freq != "WEEKLY", day, first, schedule.opens_at


def _text(schedules: Iterable[Schedule]) -> str:
    return "\n".join(_line(hours_part(each)) for each in sorted(schedules, key=_order))


def _line(part: HoursPart) -> str:
    """A rule in one line: days and times, then what is to be known of them, then the season."""
    notes = part.notes
    usual = _days_and_times(part)
    if not (part.opens_at or part.closed) and BY_APPOINTMENT in notes:
        usual = _days(part.byday.split(","))
        return ", ".join(filter(None, (f"{usual} {notes}", _season(part))))
    return ", ".join(filter(None, (usual, notes, _season(part))))


def _season(part: HoursPart) -> str:
    return spell_season(part.valid_from, part.valid_to)


def _days_and_times(part: HoursPart) -> str:
    if not part.byday:
        return ""
    days = _days(part.byday.split(","))
    if part.closed:
        return f"{days} closed"
    if not part.opens_at:
        return f"{days} not known"
    if (part.opens_at, part.closes_at) == WHOLE_DAY:
        return f"{days} 24 hours"
    return f"{days} {spell_time(part.opens_at)}-{spell_time(part.closes_at)}"


def _days(days: Sequence[str]) -> str:
    if any(day not in DAYS for day in days):
        return ", ".join(f"{_ORDINALS.get(day[:-2], day[:-2])} {_name(day[-2:])}" for day in days)
    places = [DAYS.index(day) for day in days]
    if len(places) > 2 and places == list(range(places[0], places[0] + len(places))):
        return f"{_name(days[0])}-{_name(days[-1])}"
    return ", ".join(map(_name, days))


def _name(day: str) -> str:
    return _DAY_NAMES.get(day, day)
