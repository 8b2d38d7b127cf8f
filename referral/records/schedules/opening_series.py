"""Opening hours as recurring events: what an iCalendar rule (RFC 5545) repeats, and what it skips.

The days come from ``minutes_open_from``, the one rule about when something is open. A rule is only
a short way to write them, so every exception, season and closure of a list is in the result. Rules
are those that all calendars read: weekly, every other week, one weekday of the month. A day that no
rule fits stands alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from referral.records.directory import Schedule
from referral.records.schedules.opening_hours import minutes_open_from
from referral.records.schedules.recurrence import DAYS

_WEEK = 7
_ONE_DAY = timedelta(days=1)
_MOSTLY = 0.6  # a rule is right for at least this share of its days, or calendars would fill up

Span = tuple[int, int]
"""Opens and closes, in minutes after midnight; one that ends in the night closes after 1440."""


@dataclass(frozen=True, slots=True)
class OpeningSeries:
    """Openings at one time of day, on days that a rule gives.

    Attributes:
        span: when it opens and closes.
        days: all days on which it opens, in order.
        freq: WEEKLY or MONTHLY; "" for a single day.
        byday: as in RFC 5545, ``("MO", "TU")`` or ``("2TU",)``.
        interval: 2 for every other week.
        skipped: days that the rule gives between the first and the last, and that are not open.
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
    """All openings from one day to another as series.

    Args:
        schedules: those that count for a service at a location.
        first: the first day that is asked for.
        last: the last.
        is_unsure: whether usual hours may not hold on a day; such a day is left out.
    """
    open_days: dict[Span, list[date]] = defaultdict(list)
    for ahead in range((last - first).days + 1):
        day = first + ahead * _ONE_DAY
        for span in () if is_unsure(day) else minutes_open_from(schedules, day):
            open_days[span].append(day)
    found = (each for span, days in open_days.items() for each in _series_of(span, days))
    return tuple(sorted(found, key=lambda each: (each.days[0], each.span)))


def _series_of(span: Span, days: Sequence[date]) -> Iterator[OpeningSeries]:
    weekly: list[list[date]] = []
    for weekday in range(_WEEK):
        found = [day for day in days if day.weekday() == weekday]
        if _is_mostly(found, _every(found, _WEEK)):
            weekly.append(found)
        elif _is_mostly(found, _every(found, 2 * _WEEK)):
            yield _repeated(span, found, _every(found, 2 * _WEEK), (DAYS[weekday],), interval=2)
        else:
            yield from _monthly(span, found)
    for season in _seasons(weekly):
        together = sorted(day for found in season for day in found)
        weekdays = {day.weekday() for day in together}
        given = [day for day in _every(together, 1) if day.weekday() in weekdays]
        yield _repeated(span, together, given, tuple(DAYS[each] for each in sorted(weekdays)))


def _seasons(weekly: Iterable[list[date]]) -> list[list[list[date]]]:
    """Days of the week that begin and end within a week of each other go into one rule."""
    seasons: list[list[list[date]]] = []
    for days in weekly:
        for season in seasons:
            if all(abs(days[end] - season[0][end]) < 2 * _WEEK * _ONE_DAY for end in (0, -1)):
                season.append(days)
                break
        else:
            seasons.append([days])
    return seasons


def _monthly(span: Span, days: Sequence[date]) -> Iterator[OpeningSeries]:
    """Days of one weekday, by their place in the month; the last one of it counts from its end."""
    if len(days) > 1 and all(_is_last_of_month(day) for day in days):
        places: Iterable[int] = (-1,)
    else:
        places = sorted({_place_in_month(day) for day in days})
    for place in places:
        found = [day for day in days if place in {-1, _place_in_month(day)}]
        given = [
            day
            for day in _every((found[0], found[-1]), _WEEK)
            if (_is_last_of_month(day) if place == -1 else _place_in_month(day) == place)
        ]
        if _is_mostly(found, given):
            yield _repeated(
                span, found, given, (f"{place}{DAYS[found[0].weekday()]}",), freq="MONTHLY"
            )
        else:
            yield from (OpeningSeries(span, (day,)) for day in found)


def _repeated(
    span: Span,
    days: Sequence[date],
    given: Iterable[date],
    byday: tuple[str, ...],
    *,
    freq: str = "WEEKLY",
    interval: int = 1,
) -> OpeningSeries:
    skipped = tuple(day for day in given if day not in days)
    return OpeningSeries(span, tuple(days), freq, byday, interval, skipped)


def _every(days: Sequence[date], step: int) -> list[date]:
    """Every ``step``-th day from the first to the last of these."""
    if not days:
        return []
    return [days[0] + ahead * _ONE_DAY for ahead in range(0, (days[-1] - days[0]).days + 1, step)]


def _is_mostly(days: Sequence[date], given: Sequence[date]) -> bool:
    """Whether a rule is a good way to write these days: it gives all, and few others."""
    return len(days) > 2 and set(days) <= set(given) and len(days) >= _MOSTLY * len(given)


def _place_in_month(day: date) -> int:
    return (day.day - 1) // _WEEK + 1


def _is_last_of_month(day: date) -> bool:
    return (day + _WEEK * _ONE_DAY).month != day.month
