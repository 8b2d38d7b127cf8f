"""Opening hours computed from schedules, and federal holidays; all times are local wall time.

A federal holiday closes nothing by itself and only makes usual hours doubtful. A closure is an
exception in the listing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral.fields.clock_times import is_wall_time
from referral.records.hsds import Schedule
from referral.records.schedules.hours_in_doubt import (
    is_in_doubt_on,
    says_only_not_known,
    weekdays_in_doubt,
    weekdays_in_words,
)
from referral.records.schedules.recurrence import (
    has_recurrence,
    is_every_week,
    is_in_force,
    is_valid_on,
    occurs_on,
    weekdays_of,
)

_OBSERVED = " (observed)"
# Common names of holidays, where the package holidays has the legal ones.
_COMMON_HOLIDAY_NAMES = {
    "Columbus Day": "Columbus Day and Indigenous Peoples’ Day",
    "Juneteenth National Independence Day": "Juneteenth",
    "Washington’s Birthday": "Presidents’ Day",
}
_LONGEST_EXCEPTION = timedelta(days=14)
_MAX_DAYS_AHEAD = 40  # monthly rules recur within five weeks, nearly always
_CACHE_SIZE = 1 << 15  # every page that shows a service needs the hours of the same days
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60


def federal_holiday(day: date) -> str:
    """Return the name of the federal holiday observed on a day, "" when there is none.

    A holiday on a Saturday is also observed on the Friday before, one on a Sunday on the Monday
    after. After the year 2100 there are none.
    """
    name = _holidays_of(day.year).get(day, "").removesuffix(_OBSERVED).replace("'", "’")
    return _COMMON_HOLIDAY_NAMES.get(name, name)


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    """Return the holidays of a year, with December 31 if New Year's Day is a Saturday."""
    # Imported here because it takes a tenth of a second, and few processes need it.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("US", years=year, expand=False)


@dataclass(frozen=True, slots=True)
class DayHours:
    """The usual hours of a weekday (0 is Monday) as (opens, closes).

    ``is_known`` is False where there may be unknown hours: a day without spans may be open, one
    with spans may be open longer.
    """

    weekday: int
    spans: tuple[tuple[str, str], ...]
    is_known: bool = True


class _Opening(NamedTuple):
    """An opening, as wall times."""

    opens: datetime
    closes: datetime


class OpeningState(NamedTuple):
    """The state of schedules at a moment: open or not, and the current or else next opening."""

    is_open: bool | None
    opening: tuple[datetime, datetime] | None


def opening_state(schedules: Sequence[Schedule], moment: datetime, zone: str) -> OpeningState:
    """Return whether schedules are open at an aware moment, and the current or next opening.

    ``is_open`` is None when no hours are known for that day. The opening, aware (opens, closes) in
    ``zone``, is None when there is none within 40 days. Wall time counts, as on the sign at the
    door, also when daylight saving time begins or ends.
    """
    now = _wall_time(moment, zone)
    if now is None:
        return OpeningState(None, None)
    opening = _opening_from(schedules, now)
    if opening and opening.opens <= now:
        is_open: bool | None = True
    else:
        is_open = False if _is_known_on(tuple(schedules), now.date()) else None
    if opening is None:
        return OpeningState(is_open, None)
    opens = _to_aware(opening.opens, zone)
    return OpeningState(is_open, (opens, _to_aware(opening.closes, zone, later_than=moment)))


def openings_on(schedules: Sequence[Schedule], day: date) -> tuple[tuple[str, str], ...]:
    """Return the openings that begin on a day as sorted (opens, closes); none if closed.

    Hours for dates only, without a rule, replace the usual hours on these dates.
    """
    if _is_closed_on(schedules, day):
        return ()
    occurring = [
        schedule for schedule in schedules if _has_times(schedule) and occurs_on(schedule, day)
    ]
    special = [schedule for schedule in occurring if _is_special(schedule)]
    return tuple(sorted({_span_of(schedule) for schedule in special or occurring}))


def minutes_open_from(schedules: Sequence[Schedule], day: date) -> tuple[tuple[int, int], ...]:
    """Return the openings that begin on a day as (opens, closes) in minutes after its midnight.

    An opening past midnight closes after 1440, so openings of the day before have to be checked as
    well, less 1440.
    """
    return _minutes_open_from(tuple(schedules), day)


@lru_cache(maxsize=_CACHE_SIZE)
def _minutes_open_from(schedules: tuple[Schedule, ...], day: date) -> tuple[tuple[int, int], ...]:
    spans = []
    for opens_at, closes_at in openings_on(schedules, day):
        opens = _since_midnight(opens_at) // _ONE_MINUTE
        spans.append((opens, opens + _span_length((opens_at, closes_at)) // _ONE_MINUTE))
    return tuple(spans)


def has_exception_on(schedules: Sequence[Schedule], day: date) -> bool:
    """Return whether schedules have hours or a closure for a day, or for at most 15 days with it.

    Such exceptions decide about a holiday; a season does not.
    """
    return any(
        _is_short(schedule) and occurs_on(schedule, day)
        for schedule in schedules
        if schedule.closed or _is_special(schedule)
    )


def may_differ_on(
    schedules: Sequence[Schedule], day: date, own_holidays: Container[date] = ()
) -> bool:
    """Return whether usual hours are doubtful on a day: a holiday without an exception for it.

    Args:
        schedules: the schedules in effect for a service at a location.
        own_holidays: the library's own holidays, in addition to the federal ones.
    """
    is_holiday = day in own_holidays or bool(federal_holiday(day))
    return is_holiday and not has_exception_on(schedules, day)


def first_day_in_doubt(
    schedules: Sequence[Schedule], moment: datetime, zone: str, opening: datetime | None
) -> date | None:
    """Return the first day within a week, before the next opening, with doubtful hours, or None.

    Args:
        opening: the next known opening.
    """
    today = moment.astimezone(ZoneInfo(zone)).date()
    last = opening.date() if opening else today + timedelta(days=7)
    days = (today + ahead * _ONE_DAY for ahead in range(min((last - today).days, 7)))
    return next((day for day in days if _is_doubtful_on(tuple(schedules), day)), None)


def usual_week(schedules: Sequence[Schedule], on: date | None = None) -> tuple[DayHours, ...]:
    """Return the hours of an ordinary week, Monday first, by the weekly rules valid ``on`` a day.

    ``on`` defaults to today (UTC). The caller shows ``description`` and ``notes`` of these
    schedules.
    """
    return _week_and_others(tuple(schedules), on or datetime.now(tz=UTC).date())[0]


def other_rules(schedules: Sequence[Schedule], on: date | None = None) -> tuple[Schedule, ...]:
    """Return the schedules to show as words: monthly, seasonal, dated or text only, not expired."""
    return _week_and_others(tuple(schedules), on or datetime.now(tz=UTC).date())[1]


@lru_cache(maxsize=_CACHE_SIZE)
def _week_and_others(
    schedules: tuple[Schedule, ...], day: date
) -> tuple[tuple[DayHours, ...], tuple[Schedule, ...]]:
    usual = [schedule for schedule in schedules if _is_usual(schedule, day)]
    week = _build_week(schedules, usual, day)
    shown_by_week = {
        id(schedule) for schedule in schedules if schedule in usual or says_only_not_known(schedule)
    }
    others = (
        schedule
        for schedule in schedules
        if id(schedule) not in shown_by_week and not _has_ended(schedule, day)
    )
    return week, tuple(others)


def _build_week(
    schedules: Sequence[Schedule], usual: Sequence[Schedule], day: date
) -> tuple[DayHours, ...]:
    doubtful_weekdays, weekdays_in_text = (
        weekdays_in_doubt(schedules, day),
        weekdays_in_words(schedules, day),
    )
    closed_weekdays = {
        weekday for schedule in usual if schedule.closed for weekday in weekdays_of(schedule)
    }
    week = []
    for weekday in range(7):
        spans = _usual_spans(usual, weekday)
        is_unknown = weekday in doubtful_weekdays or (weekday in weekdays_in_text and not spans)
        week.append(DayHours(weekday, spans, weekday in closed_weekdays or not is_unknown))
    return tuple(week)


def is_closed_by_exception(schedules: Sequence[Schedule], day: date) -> bool:
    """Return whether a day is closed by an exception, not by an ordinary week."""
    return any(
        schedule.closed and occurs_on(schedule, day) and not _is_usual(schedule, day)
        for schedule in schedules
    )


def is_open_all_day(schedules: Sequence[Schedule], day: date) -> bool:
    """Return whether an opening on a day lasts 24 hours."""
    return any(_span_length(span) == _ONE_DAY for span in openings_on(schedules, day))


def is_always_open(schedules: Sequence[Schedule], on: date | None = None) -> bool:
    """Return whether schedules are open all day on every day of an ordinary week."""
    return all(
        any(_span_length(span) == _ONE_DAY for span in day.spans)
        for day in usual_week(schedules, on)
    )


def _opening_from(schedules: Sequence[Schedule], now: datetime) -> _Opening | None:
    """Return the current or else the next opening."""
    today, minute = now.date(), now.hour * 60 + now.minute
    for ahead in range(-1, _MAX_DAYS_AHEAD + 1):
        day = today + ahead * _ONE_DAY
        for opens, closes in minutes_open_from(schedules, day):
            if closes + ahead * _MINUTES_A_DAY > minute:
                midnight = datetime.combine(day, time())
                return _Opening(midnight + opens * _ONE_MINUTE, midnight + closes * _ONE_MINUTE)
    return None


def _wall_time(moment: datetime, zone: str) -> datetime | None:
    """Convert a moment to naive wall time in a zone; None when there is no such zone."""
    if moment.tzinfo is None:
        raise ValueError("Give a moment with its time zone.")
    try:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _to_aware(wall_time: datetime, zone: str, later_than: datetime | None = None) -> datetime:
    """Convert wall time to an instant; of a repeated hour the first that is ``later_than``."""
    local = wall_time.replace(tzinfo=ZoneInfo(zone))
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return local  # clocks are not changed in this hour
    instant = local.astimezone(UTC)
    if later_than and instant <= later_than:
        instant = local.replace(fold=1).astimezone(UTC)
    return instant.astimezone(local.tzinfo)


def _span_length(span: tuple[str, str]) -> timedelta:
    """Return the length of an opening.

    23:59 means midnight; closing at or before opening means the next day.
    """
    opens_at, closes_at = span
    opens = _since_midnight(opens_at)
    closes = _ONE_DAY if closes_at == "23:59" else _since_midnight(closes_at)
    return closes - opens if closes > opens else closes - opens + _ONE_DAY


def _since_midnight(wall_time: str) -> timedelta:
    hours, minutes = wall_time.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _span_of(schedule: Schedule) -> tuple[str, str]:
    return schedule.opens_at, schedule.closes_at


def _has_times(schedule: Schedule) -> bool:
    return all(is_wall_time(wall_time) for wall_time in _span_of(schedule)) and not schedule.closed


def _is_special(schedule: Schedule) -> bool:
    """Return whether a schedule has hours for dates only, without a rule."""
    return _has_times(schedule) and not has_recurrence(schedule)


def _is_short(schedule: Schedule) -> bool:
    first_day = schedule.valid_from or schedule.dtstart
    last_day = schedule.valid_to or schedule.until
    return bool(first_day and last_day and last_day - first_day <= _LONGEST_EXCEPTION)


def _is_closed_on(schedules: Sequence[Schedule], day: date) -> bool:
    return any(schedule.closed and occurs_on(schedule, day) for schedule in schedules)


@lru_cache(maxsize=_CACHE_SIZE)
def _is_known_on(schedules: tuple[Schedule, ...], day: date) -> bool:
    """Return whether the hours of a day are known, also if it is closed."""
    if _is_closed_on(schedules, day):
        return True
    return not _is_doubtful_on(schedules, day) and any(
        _has_times(schedule)
        and (occurs_on(schedule, day) or (has_recurrence(schedule) and is_valid_on(schedule, day)))
        for schedule in schedules
    )


@lru_cache(maxsize=_CACHE_SIZE)
def _is_doubtful_on(schedules: tuple[Schedule, ...], day: date) -> bool:
    """Return whether a day may be open at unknown times."""
    if _is_closed_on(schedules, day):
        return False
    if is_in_doubt_on(schedules, day):
        return True
    return day.weekday() in weekdays_in_words(schedules, day) and not openings_on(schedules, day)


def _is_usual(schedule: Schedule, day: date) -> bool:
    if schedule.closed and (schedule.valid_from or schedule.valid_to):
        return False  # an exception, not an ordinary week
    is_usable = schedule.closed or _has_times(schedule)
    return is_usable and is_every_week(schedule) and is_in_force(schedule, day)


def _usual_spans(usual: Iterable[Schedule], weekday: int) -> tuple[tuple[str, str], ...]:
    on_weekday = [schedule for schedule in usual if weekday in weekdays_of(schedule)]
    if any(schedule.closed for schedule in on_weekday):
        return ()
    return tuple(sorted({_span_of(schedule) for schedule in on_weekday}))


def _has_ended(schedule: Schedule, day: date) -> bool:
    return any(end is not None and end < day for end in (schedule.valid_to, schedule.until))
