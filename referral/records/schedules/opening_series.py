"""Opening hours as recurring events for calendars: iCalendar rules (RFC 5545) with exceptions.

The days are those of ``minutes_open_from``, and rules only abbreviate them, so every exception,
season and closure of a list is in the result. Only rules that all calendars support are used:
weekly, every other week, one weekday of the month. A day that fits no rule is a single event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from referral.records.hsds import Schedule
from referral.records.schedules.opening_hours import minutes_open_from
from referral.records.schedules.recurrence import DAYS

_WEEK = 7
_ONE_DAY = timedelta(days=1)
_LEAST_SHARE = 0.6  # of the days of a rule that must be open, so that exceptions are few

Span = tuple[int, int]
"""Opens and closes, in minutes after midnight; an opening past midnight closes after 1440."""


@dataclass(frozen=True, slots=True)
class OpeningSeries:
    """A series of openings at the same time of day, on the days of a rule.

    Attributes:
        days: all days on which an opening begins, in order.
        freq: WEEKLY or MONTHLY; "" for a single day.
        byday: as in RFC 5545, ``("MO", "TU")`` or ``("2TU",)``.
        interval: 2 for every other week.
        skipped: days of the rule between the first and last day that are not open.
    """

    span: Span
    days: tuple[date, ...]
    freq: str = ""
    byday: tuple[str, ...] = ()
    interval: int = 1
    skipped: tuple[date, ...] = ()


def opening_series(
    schedules: Sequence[Schedule],
    first: date,
    last: date,
    is_unsure: Callable[[date], bool] = lambda _: False,
) -> tuple[OpeningSeries, ...]:
    """Return all openings from a first to a last day as series.

    Args:
        schedules: the schedules in effect for a service at a location.
        is_unsure: whether usual hours are doubtful on a day; such a day is left out.
    """
    open_days: dict[Span, list[date]] = defaultdict(list)
    for ahead in range((last - first).days + 1):
        day = first + ahead * _ONE_DAY
        for span in () if is_unsure(day) else minutes_open_from(schedules, day):
            open_days[span].append(day)
    all_series = (series for span, days in open_days.items() for series in _iter_series(span, days))
    return tuple(sorted(all_series, key=lambda series: (series.days[0], series.span)))


def _iter_series(span: Span, days: Sequence[date]) -> Iterator[OpeningSeries]:
    weekly: list[list[date]] = []
    for weekday in range(_WEEK):
        weekday_days = [day for day in days if day.weekday() == weekday]
        if _fits_rule(weekday_days, _every_nth_day(weekday_days, _WEEK)):
            weekly.append(weekday_days)
        elif _fits_rule(weekday_days, _every_nth_day(weekday_days, 2 * _WEEK)):
            yield _make_series(
                span,
                weekday_days,
                _every_nth_day(weekday_days, 2 * _WEEK),
                (DAYS[weekday],),
                interval=2,
            )
        else:
            yield from _iter_monthly_series(span, weekday_days)
    for similar_weekdays in _group_by_season(weekly):
        season_days = sorted(day for weekday_days in similar_weekdays for day in weekday_days)
        weekdays = {day.weekday() for day in season_days}
        rule_days = [day for day in _every_nth_day(season_days, 1) if day.weekday() in weekdays]
        yield _make_series(
            span, season_days, rule_days, tuple(DAYS[weekday] for weekday in sorted(weekdays))
        )


def _group_by_season(weekly: Iterable[list[date]]) -> list[list[list[date]]]:
    """Group weekdays whose first and last days are less than two weeks apart into one rule."""
    seasons: list[list[list[date]]] = []
    for days in weekly:
        for season in seasons:
            if all(abs(days[end] - season[0][end]) < 2 * _WEEK * _ONE_DAY for end in (0, -1)):
                season.append(days)
                break
        else:
            seasons.append([days])
    return seasons


def _iter_monthly_series(span: Span, days: Sequence[date]) -> Iterator[OpeningSeries]:
    """Yield monthly series of one weekday by its position in the month; the last is -1."""
    if len(days) > 1 and all(_is_last_of_month(day) for day in days):
        weeks: Iterable[int] = (-1,)
    else:
        weeks = sorted({_week_of_month(day) for day in days})
    for week in weeks:
        week_days = [day for day in days if week in {-1, _week_of_month(day)}]
        rule_days = [
            day
            for day in _every_nth_day((week_days[0], week_days[-1]), _WEEK)
            if (_is_last_of_month(day) if week == -1 else _week_of_month(day) == week)
        ]
        if _fits_rule(week_days, rule_days):
            yield _make_series(
                span,
                week_days,
                rule_days,
                (f"{week}{DAYS[week_days[0].weekday()]}",),
                freq="MONTHLY",
            )
        else:
            yield from (OpeningSeries(span, (day,)) for day in week_days)


def _make_series(
    span: Span,
    days: Sequence[date],
    rule_days: Iterable[date],
    byday: tuple[str, ...],
    *,
    freq: str = "WEEKLY",
    interval: int = 1,
) -> OpeningSeries:
    skipped = tuple(day for day in rule_days if day not in days)
    return OpeningSeries(span, tuple(days), freq, byday, interval, skipped)


def _every_nth_day(days: Sequence[date], step: int) -> list[date]:
    """Return every ``step``-th day from the first to the last of some days."""
    if not days:
        return []
    return [days[0] + ahead * _ONE_DAY for ahead in range(0, (days[-1] - days[0]).days + 1, step)]


def _fits_rule(days: Sequence[date], rule_days: Sequence[date]) -> bool:
    """Return whether a rule fits at least three days: it contains all of them and few others."""
    return (
        len(days) > 2 and set(days) <= set(rule_days) and len(days) >= _LEAST_SHARE * len(rule_days)
    )


def _week_of_month(day: date) -> int:
    return (day.day - 1) // _WEEK + 1


def _is_last_of_month(day: date) -> bool:
    return (day + _WEEK * _ONE_DAY).month != day.month
