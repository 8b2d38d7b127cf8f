"""Messages why a clause of opening hours could not be parsed, and how to write it instead."""

from __future__ import annotations

import re
from difflib import get_close_matches

from referral.fields.clock_times import normalize_time_text, parse_clock_time, resolve_span
from referral.message import Message, message

_CLOCK = r"\d{1,2}(?::\d\d)?(?: ?[ap]m)?"
_SPAN = re.compile(rf"({_CLOCK}) ?(?:-|to|until|till|a|hasta|through|thru) ?({_CLOCK})(?![\d/])")
_TIME = re.compile(r"\d{1,2}:\d\d|\d ?[ap]m\b|\d ?- ?\d|\bnoon\b")
_WORD = re.compile(r"[a-z]{4,}")
_ALTERNATE = re.compile(r"\b(?:every other|alternate|biweekly|bi-weekly|cada dos)\b")
_NAMED_SEASON = re.compile(
    r"\b(?:summer|winter|spring|fall|autumn|school year|verano|invierno|otono|primavera)\b"
)
_CLOSED = r"\b(?:closed|closes|cerrado)\b"
_MIDDAY_BREAK = re.compile(
    rf"{_CLOSED}(?:(?!{_CLOSED})[^\d\n])*+\d"
)  # from the last one before a number
_EXCEPT = re.compile(r"\b(?:except|excluding|excepto|menos|salvo)\b")
_VARIABLE_HOURS = re.compile(r"\bvar(?:y|ies|ied)\b|\bcall\b|\bappointments?\b|\bcita\b|\bvaria")
_AMBIGUOUS_DAY = re.compile(r"(?<![a-z/])t(?![a-z/])")
_DAY_NAMES = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
]
_DAY_START = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mie|jue|vie|sab|dom|dai|week|every|todos"
    r"|1st|2nd|3rd|m-f|m|w|f)"
)
_LEAST_SIMILARITY = 0.75
_REASONS = (
    (_ALTERNATE, message(
        "We cannot tell which weeks are meant. Write 1st and 3rd Tuesday, say.")),
    (_NAMED_SEASON, message("Write the months of the season, such as June to August.")),
    (_MIDDAY_BREAK, message("Write the hours before and after the break: Mon 9-12, 1-5.")),
    (_EXCEPT, message("Leave out the days that are closed: Mon-Tue, Thu-Fri 9-5.")),
    (_AMBIGUOUS_DAY, message("Is “T” Tuesday or Thursday? Write Tue or Thu.")),
    (_VARIABLE_HOURS, message("No days and times are named for sure. People will see your words.")),
)  # fmt: skip


def why_unread(clause: str) -> Message:
    """Return a message why ``read_typed_hours`` could not parse a clause, and what to write."""
    normalized = normalize_time_text(clause)
    if misspelled := _misspelled_day(normalized):
        word, day = misspelled
        return message("Is “%(word)s” a day? Write it as “%(day)s”.", word=word, day=day)
    for pattern, reason in _REASONS:
        if pattern.search(normalized):
            return reason
    for match in _SPAN.finditer(normalized):
        opens, closes = parse_clock_time(match[1]), parse_clock_time(match[2])
        if opens and closes and resolve_span(opens, closes) is None:
            if opens.meridiem and closes.meridiem:
                return message("Does “%(times)s” end before it begins?", times=match[0])
            return message("Is “%(times)s” morning or evening? Write am or pm.", times=match[0])
    return _missing_part_message(normalized).filled(words=clause)


def _missing_part_message(normalized: str) -> Message:
    if not _DAY_START.search(normalized):
        return message("Which days are meant in “%(words)s”? Write them first.")
    if not _TIME.search(normalized):
        return message("What times are meant in “%(words)s”? Write from when to when.")
    if not _SPAN.search(normalized):
        return message("Until when is “%(words)s”? Write from when to when.")
    return message("We could not read “%(words)s”. Write days first, then times.")


def _misspelled_day(normalized: str) -> tuple[str, str] | None:
    """Return the first word that looks like a misspelled day, and that day."""
    for word in _WORD.findall(normalized):
        similar = get_close_matches(word.removesuffix("s"), _DAY_NAMES, 1, _LEAST_SIMILARITY)
        if similar and word.removesuffix("s") not in _DAY_NAMES and not _is_spelling_variant(word):
            return word, similar[0].capitalize()
    return None


def _is_spelling_variant(word: str) -> bool:
    return word in {"lunes", "martes", "jueves", "viernes", "miercoles", "tues", "thurs", "weds",
                    "sabados", "domingos", "thur"}  # fmt: skip
