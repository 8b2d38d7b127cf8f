"""Cell parsers by field: cleaned text, numbers, dates, times, weekdays, statuses.

Every format uses these, so that a date or a status means the same in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from referral.fields.clock_times import parse_time
from referral.fields.hours_parser import parse_weekdays
from referral.fields.text import clean_line, clean_text
from referral.fields.urls_and_emails import normalize_url
from referral.message import Message, message
from referral.records.kinds import KINDS, MULTILINE_FIELDS
from referral.records.visibility import Visibility

_DATE_FORMATS = (
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
CellParser = Callable[[str], Any]
_URLS = frozenset({"url", "website", "uri", "term_uri", "schedule_link", "unit_uri"})
# The store keeps these in columns of 255 characters.
_SHORT_FIELDS = frozenset(
    {
        "version", "taxonomy", "language", "link_type", "field", "postal_code", "country", "code",
        "timezone", "currency", "extent_type", "area_kind", "byweekno", "bymonthday", "byyearday",
        "byday", "wkst", "updated", "last_action_date", "last_action_type", "field_name",
    }
)  # fmt: skip
_SHORT_LENGTH = 255
_LARGEST_INTEGER = 2**31 - 1
_TRUE = frozenset({"true", "yes", "y", "1", "t", "closed"})
_FALSE = frozenset({"false", "no", "n", "0", "f"})
_STATUSES = {
    "active": "active",
    "open": "active",
    "inactive": "inactive",
    "defunct": "defunct",
    "closed": "defunct",
    "temporarily closed": "temporarily closed",
    "temporarily_closed": "temporarily closed",
}
_LOCATION_TYPES = ("physical", "postal", "virtual")
_LOCATION_TYPE_WORDS = {
    **{word: word for word in _LOCATION_TYPES},
    "mailing": "postal",
    "mail": "postal",
}
_COUNTRIES = {"usa": "US", "u.s.": "US", "u.s.a.": "US", "united states": "US"}
_NUMBER = re.compile(r"\$?\s*(-?\d+(?:,\d{3})*(?:\.\d+)?)\s*\Z")
_OFFSET = re.compile(r"(?<=\d)\s*(?:Z|[+-]\d{2}:?\d{2})\Z")
_BYDAY_PART = r"[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)"
_BYDAY = re.compile(rf"{_BYDAY_PART}(?:,{_BYDAY_PART})*\Z")
_STATUS_HELP = message(
    "Write active, inactive, defunct or temporarily closed; it was taken as active."
)
_LOCATION_TYPE_HELP = message("Write physical, postal or virtual; it was taken as physical.")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Problem of a listed cell that cannot be parsed for its field; its text stays unmapped."""

    code: str
    message: Message


def read_cell(kind: str, field_name: str, text: str) -> Any:
    """Parse a filled cell of a source list into the value of a field, or return ``Unreadable``."""
    if field_name in _SHORT_FIELDS and len(text) > _SHORT_LENGTH:
        return Unreadable(
            "text-too-long", message("Write at most %(most)s characters here.", most=_SHORT_LENGTH)
        )
    return _parser_of(kind, field_name)(text)


@cache
def _parser_of(kind: str, field_name: str) -> CellParser:
    if (kind, field_name) == ("service", "status"):
        return _read_status
    if field_name in _SPECIAL:
        return _SPECIAL[field_name]
    declared = next(f.type for f in fields(KINDS[kind]) if f.name == field_name)
    return _BY_TYPE.get(str(declared), _text_parser(field_name))


def _text_parser(field_name: str) -> CellParser:
    if field_name in _URLS:
        return _read_url
    return clean_text if field_name in MULTILINE_FIELDS else clean_line


def _read_url(text: str) -> str:
    line = clean_line(text)
    return normalize_url(line) or line


def _read_date(text: str) -> Any:
    day = parse_date(clean_line(text))
    return day or Unreadable("date-not-understood", message("Write the date as 2024-12-31."))


def _read_date_and_time(text: str) -> Any:
    line = clean_line(text)
    try:
        datetime.fromisoformat(line)
    except ValueError:
        day = _read_date(line)
        return day.isoformat() if isinstance(day, date) else day
    return line


def _read_decimal(text: str) -> Any:
    match = _NUMBER.match(text)
    if match is None or len(text) > 20:
        return Unreadable("number-not-understood", message("Write a number in digits, such as 18."))
    return float(match.group(1).replace(",", ""))


def _read_integer(text: str) -> Any:
    number = _read_decimal(text)
    if isinstance(number, Unreadable) or number != int(number) or number > _LARGEST_INTEGER:
        return Unreadable("number-not-understood", message("Write a whole number in digits."))
    return int(number)


def _read_truth(text: str) -> Any:
    folded = text.lower()
    if folded in _TRUE or folded in _FALSE:
        return folded in _TRUE
    return Unreadable("yes-no-not-understood", message("Write true or false."))


def _read_time(text: str) -> Any:
    time = parse_time(_OFFSET.sub("", text))
    return time or Unreadable("time-not-understood", message("Write the time as 09:00 or 9:00 AM."))


def _read_byday(text: str) -> Any:
    compact = text.upper().replace(" ", "")
    days = compact if _BYDAY.match(compact) else parse_weekdays(text)
    return days or Unreadable("weekday-not-understood", message("Write the days as MO,TU or 2TU."))


def _read_freq(text: str) -> Any:
    word = text.upper()
    if word in {"WEEKLY", "MONTHLY"}:
        return word
    return Unreadable("freq-not-understood", message("Write WEEKLY or MONTHLY."))


def _read_visibility(text: str) -> Visibility | Unreadable:
    try:
        return Visibility(text.lower())
    except ValueError:
        return Unreadable("visibility-not-understood", message("Write public, staff or withheld."))


def _word_parser(words: Mapping[str, str], code: str, detail: Message) -> CellParser:
    def read(text: str) -> Any:
        return words.get(clean_line(text).lower()) or Unreadable(code, detail)

    return read


def _read_fees(text: str) -> str:
    # In other fields "None" is an empty cell; here it means that the service costs nothing.
    return "None." if text.lower().strip(" .") == "none" else clean_text(text)


def _read_country(text: str) -> str:
    return _COUNTRIES.get(text.lower(), text)


_read_status = _word_parser(_STATUSES, "status-not-understood", _STATUS_HELP)
_read_location_type = _word_parser(
    _LOCATION_TYPE_WORDS, "place-type-not-understood", _LOCATION_TYPE_HELP
)
_SPECIAL: Mapping[str, CellParser] = {
    "visibility": _read_visibility,
    "location_type": _read_location_type,
    "address_type": _read_location_type,
    "country": _read_country,
    "fees_description": _read_fees,
    "opens_at": _read_time,
    "closes_at": _read_time,
    "byday": _read_byday,
    "freq": _read_freq,
    "updated": _read_date_and_time,
}
_BY_TYPE: Mapping[str, CellParser] = {
    "date | None": _read_date,
    "int | None": _read_integer,
    "float | None": _read_decimal,
    "bool": _read_truth,
}


def parse_date(text: str) -> date | None:
    """Parse a date in any common format, ignoring a time after it; None if the text is no date."""
    text = text.strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for candidate in (text, text.split(" ")[0]):
        for form in _DATE_FORMATS:
            try:
                return datetime.strptime(candidate, form).date()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
    return None


def is_yearless(day: date) -> bool:
    """Return whether a date recurs every year (Ohana writes the year 0001 for that)."""
    return day.year == _YEARLESS


def format_day(day: date) -> str:
    """Format a date as ``January 1, 2024``, without its year if it recurs every year."""
    spoken = f"{day:%B} {day.day}"
    return spoken if is_yearless(day) else f"{spoken}, {day.year}"
