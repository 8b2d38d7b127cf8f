"""Whether something is open, from its schedules. All times are wall time where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral.records.clock import is_wall_time
from referral.records.directory import Schedule
from referral.records.recurrence import (
    is_every_week,
    is_in_force,
    is_vouched_for,
    occurs_on,
    recurs,
    weekdays_of,
)

_DAYS_AHEAD = 40  # a day of the month comes back within five weeks, nearly always
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DayHours:
    """The usual (opens, closes) of a day of the week, 0 for Monday."""

    weekday: int
    spans: tuple[tuple[str, str], ...]


def is_open_at(schedules: Sequence[Schedule], moment: datetime, zone: str) -> bool | None:
    """Whether it is open at an aware moment; None when no hours are known for that day.

    Wall time counts, as on the sign at the door, also when clocks are changed.
    """
    now = _wall_time(moment, zone)
    if now is None:
        return None
    for day in (now.date(), now.date() - _ONE_DAY):
        if any(opens <= now < closes for opens, closes in _spans_from(schedules, day)):
            return True
    return False if _is_known_on(schedules, now.date()) else None


def openings_on(schedules: Sequence[Schedule], day: date) -> tuple[tuple[str, str], ...]:
    """The (opens, closes) that begin on a day, in order; a closed day has none.

    Hours given for dates only, without a rule, take the place of the usual ones on these dates.
    """
    if _is_closed_on(schedules, day):
        return ()
    here = [s for s in schedules if _has_times(s) and occurs_on(s, day)]
    special = [schedule for schedule in here if _is_special(schedule)]
    return tuple(sorted({_span_of(schedule) for schedule in special or here}))


def minutes_open_from(schedules: Sequence[Schedule], day: date) -> tuple[tuple[int, int], ...]:
    """The openings that begin on a day, as (opens, closes) in minutes after its midnight.

    One that ends in the night closes after 1440. So ``is_open_at`` is whether the minute is in one
    of that day, or in one of the day before less 1440.
    """
    spans = []
    for span in openings_on(schedules, day):
        opens = _since_midnight(span[0]) // _ONE_MINUTE
        spans.append((opens, opens + _length(span) // _ONE_MINUTE))
    return tuple(spans)


def next_opening(
    schedules: Sequence[Schedule], moment: datetime, zone: str
) -> tuple[datetime, datetime] | None:
    """The opening under way, or else the next one: (opens, closes), aware, in ``zone``.

    None when there is none within 40 days.
    """
    now = _wall_time(moment, zone)
    if now is None:
        return None
    for ahead in range(-1, _DAYS_AHEAD + 1):
        for opens, closes in _spans_from(schedules, now.date() + ahead * _ONE_DAY):
            if closes > now:
                return _aware(opens, zone), _aware(closes, zone, later_than=moment)
    return None


def usual_week(schedules: Sequence[Schedule], on: date | None = None) -> tuple[DayHours, ...]:
    """The seven days of an ordinary week, Monday first, by the weekly rules valid ``on`` a day.

    ``on`` is today (UTC) when not given. Words in ``description`` and ``notes`` of these
    schedules are for the caller to show.
    """
    day = on or datetime.now(tz=UTC).date()
    usual = [schedule for schedule in schedules if _is_usual(schedule, day)]
    return tuple(DayHours(weekday, _usual_spans(usual, weekday)) for weekday in range(7))


def other_rules(schedules: Sequence[Schedule], on: date | None = None) -> tuple[Schedule, ...]:
    """The schedules to be shown as words: monthly, seasonal, dated, text only; not those over."""
    day = on or datetime.now(tz=UTC).date()
    return tuple(s for s in schedules if not _is_usual(s, day) and not _is_over(s, day))


def is_always_open(schedules: Sequence[Schedule], on: date | None = None) -> bool:
    """Whether it never closes in an ordinary week."""
    return all(
        any(_length(span) == _ONE_DAY for span in day.spans) for day in usual_week(schedules, on)
    )


def _wall_time(moment: datetime, zone: str) -> datetime | None:
    """The moment on the clock of the zone, without zone; None when there is no such zone."""
    if moment.tzinfo is None:
        raise ValueError("Give a moment with its time zone.")
    try:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _aware(wall: datetime, zone: str, later_than: datetime | None = None) -> datetime:
    """The instant; of an hour that comes twice the first, unless it must be ``later_than``."""
    instant = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if later_than and instant <= later_than:
        instant = wall.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return instant.astimezone(ZoneInfo(zone))


def _spans_from(schedules: Sequence[Schedule], day: date) -> Iterator[tuple[datetime, datetime]]:
    """The openings that begin on a day, as wall times."""
    midnight = datetime.combine(day, time())
    for span in openings_on(schedules, day):
        opens = midnight + _since_midnight(span[0])
        yield opens, opens + _length(span)


def _length(span: tuple[str, str]) -> timedelta:
    """How long; until 23:59 means the whole minute, and not after opening means the next day."""
    opens, closes = (_since_midnight(wall) for wall in span)
    if span[1] == "23:59":
        closes = _ONE_DAY
    return closes - opens if closes > opens else closes - opens + _ONE_DAY


def _since_midnight(wall: str) -> timedelta:
    hours, minutes = wall.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _span_of(schedule: Schedule) -> tuple[str, str]:
    return schedule.opens_at, schedule.closes_at


def _has_times(schedule: Schedule) -> bool:
    return all(is_wall_time(wall) for wall in _span_of(schedule)) and not schedule.closed


def _is_special(schedule: Schedule) -> bool:
    """Hours for some dates only, without a rule."""
    return _has_times(schedule) and not recurs(schedule)


def _is_closed_on(schedules: Sequence[Schedule], day: date) -> bool:
    return any(schedule.closed and occurs_on(schedule, day) for schedule in schedules)


def _is_known_on(schedules: Sequence[Schedule], day: date) -> bool:
    """Whether hours are known for a day, be it that it is closed."""
    return _is_closed_on(schedules, day) or any(
        _has_times(schedule)
        and (occurs_on(schedule, day) or (recurs(schedule) and is_vouched_for(schedule, day)))
        for schedule in schedules
    )


def _is_usual(schedule: Schedule, day: date) -> bool:
    if schedule.closed and (schedule.valid_from or schedule.valid_to):
        return False  # an exception, not an ordinary week
    usable = schedule.closed or _has_times(schedule)
    return usable and is_every_week(schedule) and is_in_force(schedule, day)


def _usual_spans(usual: Iterable[Schedule], weekday: int) -> tuple[tuple[str, str], ...]:
    here = [schedule for schedule in usual if weekday in weekdays_of(schedule)]
    if any(schedule.closed for schedule in here):
        return ()
    return tuple(sorted({_span_of(schedule) for schedule in here}))


def _is_over(schedule: Schedule, day: date) -> bool:
    return any(end is not None and end < day for end in (schedule.valid_to, schedule.until))
