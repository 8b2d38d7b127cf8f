"""Federal holidays of the United States: on these days the hours of a listing may not hold.

A listing says that it is closed by an exception of its own; a holiday by itself closes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_ONE_DAY = timedelta(days=1)


def federal_holiday(day: date) -> str:
    """The name of the holiday kept on this day, "" when there is none.

    One that falls on a Saturday is kept on the Friday before too, one on a Sunday on the Monday.
    """
    next_year = min(day.year + 1, date.max.year)  # its 1 January may be kept on this 31 December
    return _kept(day.year).get(day) or _kept(next_year).get(day, "")


@lru_cache(maxsize=64)
def _kept(year: int) -> dict[date, str]:
    kept: dict[date, str] = {}
    for day, name in _holidays(year):
        kept[day] = name
        if day.weekday() == _SATURDAY:
            kept.setdefault(day - _ONE_DAY, name)
        if day.weekday() == _SUNDAY:
            kept.setdefault(day + _ONE_DAY, name)
    return kept


def _holidays(year: int) -> Iterator[tuple[date, str]]:
    """By 5 U.S.C. 6103(a)."""
    yield date(year, 1, 1), "New Year’s Day"
    yield _nth(year, 1, _MONDAY, 3), "Martin Luther King Jr. Day"
    yield _nth(year, 2, _MONDAY, 3), "Presidents’ Day"
    yield _nth(year, 6, _MONDAY, 1) - 7 * _ONE_DAY, "Memorial Day"
    yield date(year, 6, 19), "Juneteenth"
    yield date(year, 7, 4), "Independence Day"
    yield _nth(year, 9, _MONDAY, 1), "Labor Day"
    yield _nth(year, 10, _MONDAY, 2), "Columbus Day and Indigenous Peoples’ Day"
    yield date(year, 11, 11), "Veterans Day"
    yield _nth(year, 11, _THURSDAY, 4), "Thanksgiving Day"
    yield date(year, 12, 25), "Christmas Day"


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
