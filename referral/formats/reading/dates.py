"""Dates as lists write them: ISO, American order, spelled out."""

from __future__ import annotations

from datetime import date, datetime

_FORMATS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%b. %d, %Y",
)
_YEARLESS = 1


def parse_date(text: str) -> date | None:
    """The day, None when the text is no date; a time of day after it is passed over."""
    text = text.strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for candidate in (text, text.split(" ")[0]):
        for form in _FORMATS:
            try:
                return datetime.strptime(candidate, form).date()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
    return None


def is_yearless(day: date) -> bool:
    """Whether the day stands for that day of every year (Ohana writes the year 0001)."""
    return day.year == _YEARLESS


def say_day(day: date) -> str:
    """``January 1`` for a day of every year, ``January 1, 2024`` otherwise."""
    spoken = f"{day:%B} {day.day}"
    return spoken if is_yearless(day) else f"{spoken}, {day.year}"
