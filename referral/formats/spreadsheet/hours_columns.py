"""Columns that only together are opening hours: a day, an opening and a closing time.

The day is in the header (``Open Monday``, ``Close Monday``), or in a column of its own beside the
times, which may have a number (``daycode1``, ``day1_open``, ``day1_close``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from referral.fields.hours_parser import parse_hours, parse_weekdays
from referral.fields.labeled_hours import read_hours_text
from referral.fields.text import clean_line
from referral.formats.reading.yes_no import weekday_of
from referral.formats.spreadsheet.header_matching import words_about

WEEKDAY, OPENS, CLOSES = "schedule.weekday", "schedule.opens", "schedule.closes"
HOURS_PARTS = (WEEKDAY, OPENS, CLOSES)
_DIGITS = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_OPEN_AND_CLOSE_WORDS = {
    OPENS: {"open", "opens", "opening", "start", "starts", "from", "begin", "begins",
            "abre", "apertura", "desde", "inicio"},
    CLOSES: {"close", "closes", "closing", "end", "ends", "to", "until", "till",
             "cierra", "cierre", "hasta", "fin"},
}  # fmt: skip
_WEEKDAY_WORDS = {"day", "days", "daycode", "weekday", "weekdays", "code", "dia", "dias"}
_TIME_WORDS = {"time", "times", "hour", "hours", "hora", "horas"}
_WITH_SECONDS = re.compile(r"\b(\d{1,2}:\d\d):\d\d\b")
_MILITARY = re.compile(r"([01]?\d|2[0-4])([0-5]\d)\Z")  # "900" and "0900" are one time
_WEEKDAY_BEFORE_NTH = re.compile(r"([A-Za-z]{3,9})\s*(1st|2nd|3rd|4th|5th|last)\Z", re.IGNORECASE)
_HAS_TIME = re.compile(r"\d\s*(?:[ap]\.?m\b|:\d\d)|\d-\d|24 hours", re.IGNORECASE)
_CLOSED = frozenset({"closed", "cerrado", "close", "n/a", "none", "-"})
_MIN_PARSED_SHARE = 0.5
_SAMPLE = 80  # rows


class HoursColumn(NamedTuple):
    """Part of opening hours that a column header names: a day, its opening or its closing.

    Attributes:
        group: a day or number that the headers of its group share; "" if they share none.
        target: one of ``HOURS_PARTS``.
    """

    group: str
    target: str


def hours_column(header: str) -> HoursColumn | None:
    """Parse a header such as "Open Monday" into a part of opening hours; None for other headers."""
    words = _DIGITS.sub(" ", words_about(header)).split()
    group = ""
    rest = set()
    for word in words:
        if day := weekday_of(word):
            group = day
        elif word.isdecimal():
            group = group or word
        else:
            rest.add(word)
    for target, side in _OPEN_AND_CLOSE_WORDS.items():
        if rest & side and rest <= side | _TIME_WORDS | _WEEKDAY_WORDS:
            return HoursColumn(group, target)
    if rest and rest <= _WEEKDAY_WORDS and not parse_weekdays(group):
        return HoursColumn(group, WEEKDAY)
    return None


def hours_groups(
    shown: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> dict[str, HoursColumn]:
    """Return the columns of days, openings and closings that only together are opening hours.

    Args:
        shown: key → header.
        rows: the filled cells of each row, by key.
    """
    groups: dict[str, dict[str, str]] = {}
    for key, header in shown.items():
        if column := hours_column(header):
            groups.setdefault(column.group, {}).setdefault(column.target, key)
    found: dict[str, HoursColumn] = {}
    for group, keys in groups.items():
        if OPENS in keys and CLOSES in keys and _are_mostly_parsed(group, keys, rows):
            found |= {key: HoursColumn(group, target) for target, key in keys.items()}
    return found


def _are_mostly_parsed(
    group: str, keys: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> bool:
    texts = []
    for row in rows:
        cells = {target: row.get(key, "") for target, key in keys.items()}
        if cells[OPENS] and cells[CLOSES]:
            text = hours_text(group, cells)
            texts.append(text if parse_weekdays(group) or cells.get(WEEKDAY) else f"daily {text}")
        if len(texts) == _SAMPLE:
            break
    parsed_count = sum(bool(read_hours_text(text).parts) for text in texts)
    return bool(texts) and parsed_count >= _MIN_PARSED_SHARE * len(texts)


def hours_text(group: str, cells: Mapping[str, str]) -> str:
    """Return opening hours from several columns as one text for the hours parser.

    Args:
        group: the day, where the headers name it.
        cells: the text of each of ``HOURS_PARTS``; "" or nothing where it is empty.
    """
    day_cell = clean_line(cells.get(WEEKDAY, ""))
    if has_times(day_cell) or not cells:
        return day_cell
    day = (
        _WEEKDAY_BEFORE_NTH.sub(r"\2 \1", day_cell)
        if day_cell
        else ""
        if group.isdecimal()
        else group
    )
    opens, closes = (_readable_time(cells.get(side, "")) for side in (OPENS, CLOSES))
    if not (opens or closes):
        return day
    if opens.casefold() in _CLOSED and closes.casefold() in {"", *_CLOSED}:
        return f"{day} closed" if day else "closed"
    if opens and closes and opens != closes:
        return f"{day} {opens} - {closes}".strip()
    if opens:
        return f"{day} {opens}" if parse_hours(f"{day} {opens}") else f"{day} from {opens}".strip()
    return f"{day} until {closes}".strip()


def has_times(text: str) -> bool:
    """Return whether a cell of a weekday column contains opening times as well."""
    return bool(_HAS_TIME.search(text))


def _readable_time(text: str) -> str:
    """Rewrite a time of day as people write it: "13:00:00" as "13:00", "1300" as "1:00 PM"."""
    line = _WITH_SECONDS.sub(r"\1", clean_line(text))
    found = _MILITARY.match(line)
    if not found:
        return line
    hour = int(found[1]) % 24
    return f"{hour % 12 or 12}:{found[2]} {'PM' if hour > 11 else 'AM'}"
