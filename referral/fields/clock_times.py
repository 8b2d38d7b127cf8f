"""Parser of times of day and time spans as people write them: "9 am", "noon", "14:30", "9-5".

Ambiguous text returns None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from referral.fields.text import without_accents

WHOLE_DAY = ("00:00", "23:59")  # how HSDS writes open all day

_LONGEST_NIGHT_MINUTES = 16 * 60  # a longer span past midnight is mostly a typo ("9am-5am")
_TIME_PHRASES = (
    (r"\b([ap])\.? ?m\b\.?", r"\1m"),
    (r"(?<![\d.,$£])(\d{1,2})\.([0-5]\d)(?![\d.])", r"\1:\2"),
    (r"\b12(?::00)? ?(?:noon|mediodia)\b|\bmedio ?dia\b|\bmidday\b|\bnoon\b", "12:00pm"),
    (r"\b12(?::00)? ?(?:midnight|medianoche)\b|\bmidnight\b|\bmedianoche\b", "12:00am"),
)
_TIME_PHRASE_RULES = tuple((re.compile(pattern), word) for pattern, word in _TIME_PHRASES)
_TIME = re.compile(r"(?:(\d{1,2})(?::(\d\d)(?::\d\d(?:\.\d+)?)?)?|(\d\d)(\d\d)) ?([ap]m)?\Z")
_WALL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")
_OFFSET = re.compile(r"(?<=[\dm])\s*(?:z|[+-]\d\d(?::?\d\d)?|utc|gmt|[ecmp][sd]?t)\Z")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as written, before am or pm is inferred.

    ``meridiem`` is am, pm or ""; ``is_24_hour`` marks digits that only a 24-hour clock shows.
    """

    hour: int
    minute: int
    meridiem: str
    is_24_hour: bool


def is_wall_time(text: str) -> bool:
    """Return whether a text is a time as records store it: ``HH:MM``, 00:00 to 23:59."""
    return _WALL_TIME.match(text) is not None


def normalize_time_text(text: str) -> str:
    """Return a text about times in lower case, without accents, with uniform dashes and am/pm."""
    normalized = without_accents(text.casefold())
    normalized = re.sub(
        r"[^\S\n]+", " ", re.sub(r"[\u00ad\u2010-\u2015\u2212]", "-", normalized)
    ).strip()
    for pattern, replacement in _TIME_PHRASE_RULES:
        normalized = pattern.sub(replacement, normalized)
    return normalized


def parse_clock_time(text: str) -> ClockTime | None:
    """Parse one time of day from ``normalize_time_text`` output; None for any other text."""
    match = _TIME.match(text)
    if match is None or not text.isascii():
        return None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    meridiem = match[5] or ""
    if (
        minute > 59
        or hour > 24
        or (hour == 24 and (minute or meridiem))
        or (meridiem and hour == 0)
    ):
        return None
    if meridiem == "am" and hour > 12:
        return None
    is_24_hour = hour > 12 or hour == 0 or text.startswith("0") or bool(match[3])
    return ClockTime(hour, minute, meridiem, is_24_hour)


def parse_time(text: str) -> str | None:
    """Parse a time of day into ``HH:MM``; None for text that is no time or only a bare hour.

    A time without am or pm is read on a 24-hour clock, a UTC offset is ignored, ``24:00`` is
    midnight.
    """
    normalized = normalize_time_text(text)
    clock = parse_clock_time(_without_offset(normalized))
    if clock is None or not (clock.meridiem or ":" in normalized or len(normalized) >= 4):
        return None
    return _wall_time(_minutes_of_day(clock, clock.meridiem))


def spell_time(wall_time: str) -> str:
    """Format ``HH:MM`` as people write it (``9 am``, ``12:30 pm``), as ``parse_time`` reads it."""
    hour, minute = wall_time.split(":")
    meridiem = "am" if int(hour) < 12 else "pm"
    clock_hour = int(hour) % 12 or 12
    return f"{clock_hour} {meridiem}" if minute == "00" else f"{clock_hour}:{minute} {meridiem}"


def parse_span(opens: str, closes: str) -> tuple[str, str] | None:
    """Parse opening and closing times from two cells (``9:00``, ``5:00``); None if in doubt."""
    first, second = (
        parse_clock_time(_without_offset(normalize_time_text(text))) for text in (opens, closes)
    )
    return resolve_span(first, second) if first and second else None


def resolve_span(first: ClockTime, second: ClockTime) -> tuple[str, str] | None:
    """Return a time span as two ``HH:MM`` times, inferring am and pm; None when ambiguous."""
    meridiems = _infer_meridiems(first, second)
    if meridiems is None:
        return None
    opens, closes = _minutes_of_day(first, meridiems[0]), _minutes_of_day(second, meridiems[1])
    if opens == 0 and closes in {0, 24 * 60, 24 * 60 - 1}:
        return WHOLE_DAY
    length = (closes - opens) % (24 * 60)
    if length == 0 or (closes < opens and length > _LONGEST_NIGHT_MINUTES):
        return None
    return _wall_time(opens), _wall_time(closes)


def _without_offset(normalized: str) -> str:
    return _OFFSET.sub("", normalized).removeprefix("t")


def _minutes_of_day(clock: ClockTime, meridiem: str) -> int:
    hour = clock.hour
    if meridiem == "am" and hour == 12:
        hour = 0
    if meridiem == "pm" and hour < 12:
        hour += 12
    return hour * 60 + clock.minute


def _wall_time(minutes: int) -> str:
    hours, rest = divmod(minutes % (24 * 60), 60)
    return f"{hours:02}:{rest:02}"


def _infer_meridiems(first: ClockTime, second: ClockTime) -> tuple[str, str] | None:
    """Infer am or pm for both ends of a time span ("" on a 24-hour clock); None when in doubt."""
    if first.meridiem and second.meridiem:
        return first.meridiem, second.meridiem
    if (first.is_24_hour and not first.meridiem) or (second.is_24_hour and not second.meridiem):
        return first.meridiem, second.meridiem
    start, end = (clock.hour % 12 * 60 + clock.minute for clock in (first, second))
    if first.meridiem:
        return _infer_second(first.meridiem, start, end)
    if second.meridiem:
        return _infer_first(second.meridiem, start, end)
    return _infer_both(start, end)


def _infer_second(meridiem: str, start: int, end: int) -> tuple[str, str] | None:
    if meridiem == "am":  # "9am-5" ends in the afternoon; "9am-11" could end in the night
        return ("am", "pm") if end <= start else None
    return ("pm", "pm") if end > start else ("pm", "am")


def _infer_first(meridiem: str, start: int, end: int) -> tuple[str, str] | None:
    if meridiem == "am":  # "9-11am"; "10-2am" could be long
        return ("am", "am") if start < end else None
    if start >= end:  # "9-5pm", "8-12pm"
        return ("am", "pm") if start > end else None
    return ("pm", "pm") if start < 7 * 60 else None  # "1-3pm", but "8-9pm" could be two


def _infer_both(start: int, end: int) -> tuple[str, str] | None:
    if end < start and start >= 6 * 60:  # "9-5", "9-12": a working day
        return "am", "pm"
    if start < 4 * 60 and start < end <= 9 * 60:  # "1-4", "1-9": from the afternoon on
        return "pm", "pm"
    return None
