"""Times of day as people write them: am and pm, noon, 24 hours, and from one time to another.

Doubtful text gives None; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from referral.fields.text import without_accents

WHOLE_DAY = ("00:00", "23:59")  # how HSDS writes that it never closes on a day

_LONGEST_NIGHT = 16 * 60  # a longer span past midnight is a slip ("9am-5am") more often than true
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
    """A time as written.

    ``half`` is am, pm or ""; ``exact`` says that it can only be meant on a 24 hour clock.
    """

    hour: int
    minute: int
    half: str
    exact: bool


def is_wall_time(text: str) -> bool:
    """Whether this is a time as records hold it: ``HH:MM``, 00:00 to 23:59."""
    return _WALL_TIME.match(text) is not None


def normalize_time_text(text: str) -> str:
    """Small letters without accents, one kind of dash and space, am and pm in one spelling."""
    bare = without_accents(text.casefold())
    bare = re.sub(r"[^\S\n]+", " ", re.sub(r"[\u00ad\u2010-\u2015\u2212]", "-", bare)).strip()
    for pattern, word in _TIME_PHRASE_RULES:
        bare = pattern.sub(word, bare)
    return bare


def parse_clock_time(text: str) -> ClockTime | None:
    """A time out of ``normalize_time_text`` text, None when it is none."""
    match = _TIME.match(text)
    if match is None or not text.isascii():
        return None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    half = match[5] or ""
    if minute > 59 or hour > 24 or (hour == 24 and (minute or half)) or (half and hour == 0):
        return None
    if half == "am" and hour > 12:
        return None
    exact = hour > 12 or hour == 0 or text.startswith("0") or bool(match[3])
    return ClockTime(hour, minute, half, exact)


def parse_time(text: str) -> str | None:
    """A time of day as ``HH:MM``, None when it is none or could be two.

    Without am or pm it is read as written on a 24 hour clock; an offset is left out; ``24:00``
    is midnight.
    """
    words = normalize_time_text(text)
    clock = parse_clock_time(_without_offset(words))
    if clock is None or not (clock.half or ":" in words or len(words) >= 4):
        return None
    return _wall(_minutes(clock, clock.half))


def spell_time(wall: str) -> str:
    """``HH:MM`` as people write it: ``9 am``, ``12:30 pm``; ``parse_time`` reads it back."""
    hour, minute = wall.split(":")
    half = "am" if int(hour) < 12 else "pm"
    shown = int(hour) % 12 or 12
    return f"{shown} {half}" if minute == "00" else f"{shown}:{minute} {half}"


def parse_span(opens: str, closes: str) -> tuple[str, str] | None:
    """Opening and closing time from two cells (``9:00``, ``5:00``), None unless both are clear."""
    first, second = (
        parse_clock_time(_without_offset(normalize_time_text(text))) for text in (opens, closes)
    )
    return resolve_span(first, second) if first and second else None


def resolve_span(first: ClockTime, second: ClockTime) -> tuple[str, str] | None:
    """The wall times from one time to another as people mean it, None when it could be two."""
    halves = _halves(first, second)
    if halves is None:
        return None
    opens, closes = _minutes(first, halves[0]), _minutes(second, halves[1])
    if opens == 0 and closes in {0, 24 * 60, 24 * 60 - 1}:
        return WHOLE_DAY
    length = (closes - opens) % (24 * 60)
    if length == 0 or (closes < opens and length > _LONGEST_NIGHT):
        return None
    return _wall(opens), _wall(closes)


def _without_offset(words: str) -> str:
    return _OFFSET.sub("", words).removeprefix("t")


def _minutes(clock: ClockTime, half: str) -> int:
    hour = clock.hour
    if half == "am" and hour == 12:
        hour = 0
    if half == "pm" and hour < 12:
        hour += 12
    return hour * 60 + clock.minute


def _wall(minutes: int) -> str:
    hours, rest = divmod(minutes % (24 * 60), 60)
    return f"{hours:02}:{rest:02}"


def _halves(first: ClockTime, second: ClockTime) -> tuple[str, str] | None:
    """Whether each of the two is meant as am or pm ("" as written), None when in doubt."""
    if first.half and second.half:
        return first.half, second.half
    if (first.exact and not first.half) or (second.exact and not second.half):
        return first.half, second.half
    start, end = (clock.hour % 12 * 60 + clock.minute for clock in (first, second))
    if first.half:
        return _half_of_second(first.half, start, end)
    if second.half:
        return _half_of_first(second.half, start, end)
    return _both_halves(start, end)


def _half_of_second(half: str, start: int, end: int) -> tuple[str, str] | None:
    if half == "am":  # "9am-5" ends in the afternoon; "9am-11" could end in the night
        return ("am", "pm") if end <= start else None
    return ("pm", "pm") if end > start else ("pm", "am")


def _half_of_first(half: str, start: int, end: int) -> tuple[str, str] | None:
    if half == "am":  # "9-11am"; "10-2am" could be long
        return ("am", "am") if start < end else None
    if start >= end:  # "9-5pm", "8-12pm"
        return ("am", "pm") if start > end else None
    return ("pm", "pm") if start < 7 * 60 else None  # "1-3pm", but "8-9pm" could be two


def _both_halves(start: int, end: int) -> tuple[str, str] | None:
    if end < start and start >= 6 * 60:  # "9-5", "9-12": a working day
        return "am", "pm"
    if start < 4 * 60 and start < end <= 9 * 60:  # "1-4", "1-9": from the afternoon on
        return "pm", "pm"
    return None
