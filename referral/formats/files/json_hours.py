"""Opening hours in JSON, by day, written out as people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from referral.fields.hours_parser import parse_weekdays
from referral.formats.files.tables import fold_header

_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_HOURS = re.compile(r"hours|schedule|horario", re.IGNORECASE)
_BOUNDS = (
    ("open", "close"), ("opens", "closes"), ("opens_at", "closes_at"), ("start", "end"),
    ("from", "to"), ("start_time", "end_time"), ("open_time", "close_time"),
)  # fmt: skip
_CLOCK = re.compile(r"\d{1,4}\Z")
_PAIR = 2


class DayCount:
    """How often each number stands for a day, which shows with which day the week begins."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()

    def add(self, value: Any) -> None:
        """Count the days in all hours of a value."""
        if isinstance(value, dict):
            if _is_numbered(value):
                self._uses.update(day for day, part in value.items() if part)
            for part in value.values():
                self.add(part)
        elif isinstance(value, list):
            for part in value:
                self.add(part)

    @property
    def is_numbered(self) -> bool:
        """Whether there are days that are only numbered."""
        return bool(self._uses)

    @property
    def sunday(self) -> int:
        """The number of Sunday: 7 or 6 where weeks begin on Monday, else 0.

        Fewer places are open on weekends, so of 0 and 5 the rarer one is a day of the weekend.
        """
        if self._uses["7"]:
            return 7
        return 6 if self._uses["0"] > self._uses["5"] else 0

    def name_of(self, day: str) -> str:
        """The day of that number."""
        return _NAMES[(int(day) - self.sunday) % 7]


def is_hours(name: str, value: Any) -> bool:
    """Whether a value holds hours by day."""
    if isinstance(value, Mapping) and value:
        return _is_numbered(value) or all(_is_day(key) for key in value)
    return (
        isinstance(value, list)
        and bool(value)
        and _HOURS.search(name) is not None
        and all(isinstance(part, Mapping) and _day_in(part) for part in value)
    )


def hours_text(value: Any, days: DayCount) -> str:
    """The hours as text: ``Monday 9:00-17:00, 18:00-20:00; Tuesday closed``."""
    if isinstance(value, list):
        parts = [(_day_in(part), ", ".join(_spans(part))) for part in value]
    else:
        parts = [
            (days.name_of(day) if day.isdigit() else day, ", ".join(_spans(part)))
            for day, part in value.items()
        ]
    return "; ".join(f"{day} {text}" for day, text in parts if text)


def _is_numbered(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(
        key in "01234567" and len(key) == 1 and isinstance(part, list | dict)
        for key, part in value.items()
    )


def _is_day(word: str) -> bool:
    return len(word) > 1 and bool(parse_weekdays(word))


def _day_in(value: Mapping[str, Any]) -> str:
    found = next((v for k, v in value.items() if fold_header(k) in {"day", "weekday", "dia"}), "")
    return found if isinstance(found, str) and _is_day(found) else ""


def _spans(value: Any) -> Iterator[str]:
    """The times of a day."""
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, Mapping):
        folded = {fold_header(key): part for key, part in value.items()}
        for opens, closes in _BOUNDS:
            if folded.get(opens) not in (None, "") and folded.get(closes) not in (None, ""):
                yield f"{_clock(folded[opens])}-{_clock(folded[closes])}"
                return
    elif isinstance(value, list):
        if len(value) == _PAIR and not any(isinstance(part, list | dict) for part in value):
            yield f"{_clock(value[0])}-{_clock(value[1])}"
        else:
            for part in value:
                yield from _spans(part)


def _clock(value: Any) -> str:
    """A time as a clock shows it; 1530 is 15:30."""
    text = str(value).strip()
    if not _CLOCK.match(text):
        return text
    number = int(text)
    hour, minute = (number, 0) if len(text) <= _PAIR and number else divmod(number, 100)
    return f"{hour:02d}:{minute:02d}"
