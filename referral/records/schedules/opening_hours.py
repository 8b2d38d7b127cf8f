"""Opening hours from schedules, and federal holidays; all times are local wall time.

A listing says that it is closed by an exception of its own; a holiday by itself closes nothing, but
usual hours are not sure then.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral.fields.clock_times import is_wall_time
from referral.records.directory import Schedule
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
# The names that people know, where the library has those of the law.
_PLAIN_NAMES = {
    "Columbus Day": "Columbus Day and Indigenous Peoples’ Day",
    "Juneteenth National Independence Day": "Juneteenth",
    "Washington’s Birthday": "Presidents’ Day",
}


def federal_holiday(day: date) -> str:
    """The name of the holiday observed on this day, "" when there is none.

    One on a Saturday is observed on the Friday before as well, one on a Sunday on the Monday after.
    No holidays are known for years after 2100.
    """
    name = _holidays_of(day.year).get(day, "").removesuffix(_OBSERVED).replace("'", "’")
    return _PLAIN_NAMES.get(name, name)


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    """Holidays by day, with 31 December where the next New Year's Day is a Saturday."""
    # Imported here: it takes a tenth of a second, and only a search by hours asks.
    from holidays import country_holidays  # noqa: PLC0415

    return country_holidays("US", years=year, expand=False)


_LONGEST_EXCEPTION = timedelta(days=14)
_DAYS_AHEAD = 40  # a day of the month comes back within five weeks, nearly always
_KEPT = 1 << 15  # what is known of a day is asked again by every page that shows the service
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class DayHours:
    """The usual (opens, closes) of a day of the week, 0 for Monday.

    ``is_known`` is False where there may be hours that are not known: without spans it may be
    open all the same, with spans longer.
    """

    weekday: int
    spans: tuple[tuple[str, str], ...]
    is_known: bool = True


def opening_state(
    schedules: Sequence[Schedule], moment: datetime, zone: str
) -> tuple[bool | None, tuple[datetime, datetime] | None]:
    """Whether it is open at an aware moment, and the opening under way or else the next one.

    The first is None when no hours are known for that day; the other, (opens, closes), aware, in
    ``zone``, is None when there is none within 40 days. Wall time counts, as on the sign at the
    door, also when clocks are changed.
    """
    now = _wall_time(moment, zone)
    if now is None:
        return None, None
    opening = _opening_from(schedules, now)
    if opening and opening[0] <= now:
        is_open: bool | None = True
    else:
        is_open = False if _is_known_on(tuple(schedules), now.date()) else None
    if opening is None:
        return is_open, None
    return is_open, (_aware(opening[0], zone), _aware(opening[1], zone, later_than=moment))


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

    One that ends in the night closes after 1440. It is open in a minute that is in one of that
    day, or in one of the day before less 1440.
    """
    return _minutes_open_from(tuple(schedules), day)


@lru_cache(maxsize=_KEPT)
def _minutes_open_from(schedules: tuple[Schedule, ...], day: date) -> tuple[tuple[int, int], ...]:
    spans = []
    for span in openings_on(schedules, day):
        opens = _since_midnight(span[0]) // _ONE_MINUTE
        spans.append((opens, opens + _length(span) // _ONE_MINUTE))
    return tuple(spans)


def has_exception_on(schedules: Sequence[Schedule], day: date) -> bool:
    """Whether the listing has hours or a closure for just this day, or for a few with it.

    They stand for what happens on a holiday; a season does not.
    """
    return any(
        _is_short(schedule) and occurs_on(schedule, day)
        for schedule in schedules
        if schedule.closed or _is_special(schedule)
    )


def may_differ_on(
    schedules: Sequence[Schedule], day: date, own_holidays: Container[date] = ()
) -> bool:
    """Whether usual hours are not sure on a day: a holiday about which the listing says nothing.

    Args:
        schedules: those that count for a service at a location.
        day: the day that is asked about.
        own_holidays: days of the library's own list, beside the federal holidays.
    """
    is_holiday = day in own_holidays or bool(federal_holiday(day))
    return is_holiday and not has_exception_on(schedules, day)


def first_day_in_doubt(
    schedules: Sequence[Schedule], moment: datetime, zone: str, opening: datetime | None
) -> date | None:
    """The first day before the next opening, and within a week, on which it may be open too.

    Args:
        opening: when it opens next, as far as is known.
    """
    today = moment.astimezone(ZoneInfo(zone)).date()
    last = opening.date() if opening else today + timedelta(days=7)
    days = (today + ahead * _ONE_DAY for ahead in range(min((last - today).days, 7)))
    return next((day for day in days if _is_doubtful_on(tuple(schedules), day)), None)


def usual_week(schedules: Sequence[Schedule], on: date | None = None) -> tuple[DayHours, ...]:
    """The seven days of an ordinary week, Monday first, by the weekly rules valid ``on`` a day.

    ``on`` is today (UTC) when not given. Words in ``description`` and ``notes`` of these
    schedules are for the caller to show.
    """
    return _week_and_others(tuple(schedules), on or datetime.now(tz=UTC).date())[0]


def other_rules(schedules: Sequence[Schedule], on: date | None = None) -> tuple[Schedule, ...]:
    """The schedules to be shown as words: monthly, seasonal, dated, text only; not those over."""
    return _week_and_others(tuple(schedules), on or datetime.now(tz=UTC).date())[1]


@lru_cache(maxsize=_KEPT)
def _week_and_others(
    schedules: tuple[Schedule, ...], day: date
) -> tuple[tuple[DayHours, ...], tuple[Schedule, ...]]:
    usual = [schedule for schedule in schedules if _is_usual(schedule, day)]
    week = _week(schedules, usual, day)
    shown_by_week = {id(s) for s in schedules if s in usual or says_only_not_known(s)}
    others = (s for s in schedules if id(s) not in shown_by_week and not _is_over(s, day))
    return week, tuple(others)


def _week(
    schedules: Sequence[Schedule], usual: Sequence[Schedule], day: date
) -> tuple[DayHours, ...]:
    doubtful, in_words = weekdays_in_doubt(schedules, day), weekdays_in_words(schedules, day)
    closed = {weekday for s in usual if s.closed for weekday in weekdays_of(s)}
    week = []
    for weekday in range(7):
        spans = _usual_spans(usual, weekday)
        unknown = weekday in doubtful or (weekday in in_words and not spans)
        week.append(DayHours(weekday, spans, weekday in closed or not unknown))
    return tuple(week)


def is_closed_by_exception(schedules: Sequence[Schedule], day: date) -> bool:
    """Whether the listing names this day, or days with it, as closed; an ordinary week does not."""
    return any(
        schedule.closed and occurs_on(schedule, day) and not _is_usual(schedule, day)
        for schedule in schedules
    )


def is_open_all_day(schedules: Sequence[Schedule], day: date) -> bool:
    """Whether an opening of just this day lasts until the next."""
    return any(_length(span) == _ONE_DAY for span in openings_on(schedules, day))


def is_always_open(schedules: Sequence[Schedule], on: date | None = None) -> bool:
    """Whether it never closes in an ordinary week."""
    return all(
        any(_length(span) == _ONE_DAY for span in day.spans) for day in usual_week(schedules, on)
    )


def _opening_from(schedules: Sequence[Schedule], now: datetime) -> tuple[datetime, datetime] | None:
    """The opening under way, or else the next one, as wall times."""
    today, minute = now.date(), now.hour * 60 + now.minute
    for ahead in range(-1, _DAYS_AHEAD + 1):
        day = today + ahead * _ONE_DAY
        for opens, closes in minutes_open_from(schedules, day):
            if closes + ahead * _MINUTES_A_DAY > minute:
                midnight = datetime.combine(day, time())
                return midnight + opens * _ONE_MINUTE, midnight + closes * _ONE_MINUTE
    return None


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
    here = wall.replace(tzinfo=ZoneInfo(zone))
    if here.utcoffset() == here.replace(fold=1).utcoffset():
        return here  # clocks are not changed in this hour
    instant = here.astimezone(UTC)
    if later_than and instant <= later_than:
        instant = here.replace(fold=1).astimezone(UTC)
    return instant.astimezone(here.tzinfo)


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
    return _has_times(schedule) and not has_recurrence(schedule)


def _is_short(schedule: Schedule) -> bool:
    begins = schedule.valid_from or schedule.dtstart
    ends = schedule.valid_to or schedule.until
    return bool(begins and ends and ends - begins <= _LONGEST_EXCEPTION)


def _is_closed_on(schedules: Sequence[Schedule], day: date) -> bool:
    return any(schedule.closed and occurs_on(schedule, day) for schedule in schedules)


@lru_cache(maxsize=_KEPT)
def _is_known_on(schedules: tuple[Schedule, ...], day: date) -> bool:
    """Whether hours are known for a day, be it that it is closed."""
    if _is_closed_on(schedules, day):
        return True
    return not _is_doubtful_on(schedules, day) and any(
        _has_times(schedule)
        and (occurs_on(schedule, day) or (has_recurrence(schedule) and is_valid_on(schedule, day)))
        for schedule in schedules
    )


@lru_cache(maxsize=_KEPT)
def _is_doubtful_on(schedules: tuple[Schedule, ...], day: date) -> bool:
    """Whether it may be open on a day at times that are not known."""
    if _is_closed_on(schedules, day):
        return False
    if is_in_doubt_on(schedules, day):
        return True
    return day.weekday() in weekdays_in_words(schedules, day) and not openings_on(schedules, day)


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
