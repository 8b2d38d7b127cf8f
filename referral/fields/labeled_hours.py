"""Parser of opening hours with labels and remarks.

``Office: Mon-Fri 9-5; Pantry: Tue 10-12`` has the hours of two things, and people are served at
only one of them. The rules of one label are returned and the rest as text; in doubt, all stays
text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from referral.fields.clock_times import normalize_time_text
from referral.fields.hours_parser import HoursPart, parse_hours
from referral.fields.text import clean_line, clean_text
from referral.fields.typed_hours import read_typed_hours

_CLAUSE_END = re.compile(r"\s*[;\n]\s*|(?<=[a-z\d])\.\s+(?=[A-Z])|(?<=\))[,.]?\s*(?=[A-Z]|24)")
# "3pm-5pmHealth Clinic", where a line break was lost.
_LOST_BREAK = re.compile(r"(?<=[\d)])(?=[A-Z][a-z]{3})|(?<=\d[ap]m)(?=[A-Z])")
_LABEL_APART = re.compile(r";\s*(?=\()")  # "9-5;(Office)"
_LABEL_FIRST = re.compile(r"(?P<label>[^\d:;()]{3,40}?)\s*(?::|\s-\s|,(?=\s*[MTWFS][a-z]+day))\s*")
_LABEL_LAST = re.compile(r"\s*;?\s*\((?P<label>[^\d:;()]{3,40})\)[\s,;.]*\Z")
_DAY_NAME = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
    r"|lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|daily|every ?day|week(?:day|end)s?)"
)
_DAY_STARTS = (
    ("mon", "lun"), ("tue", "mar"), ("wed", "mie"), ("thu", "jue"), ("fri", "vie"),
    ("sat", "sab"), ("sun", "dom"),
)  # fmt: skip
_DAY = re.compile(rf"\b{_DAY_NAME}\b")
_ALL_DAYS = re.compile(
    r"(?i)\b24/7\b|\b(?:seven|7) days\b|\ball week\b|\btodos los d[ií]as\b|\bround the clock\b"
)
_DAY_BY_LETTERS = {
    "M": "Mon", "Tu": "Tue", "T": "Tue", "W": "Wed", "Th": "Thu", "F": "Fri", "Sa": "Sat",
    "Su": "Sun",
}  # fmt: skip
# "M-Th 8am", "T/Th 9-12": letters that abbreviate days before a time.
_LETTER = "(?:M|Tu|Th|T|W|F|Sa|Su)"
_DAYS_AS_LETTERS = re.compile(
    rf"(?<![A-Za-z.'’]){_LETTER}"
    rf"(?=(?:\s*[-–/,&]\s*{_LETTER})*:?\s*(?:from |at )?\d{{1,2}}(?::\d\d)?\s*(?:[ap]\.?m|[-–]))"
)
# Words that may restrict hours of other clauses.
_RESTRICTING_WORDS = re.compile(
    r"\b(?:clos(?:ed|es|ing)|except|exclud\w*|only|unless|until|till?|through|starting|beginning"
    r"|summer|winter|spring|fall|school|semester|season\w*|temporar\w*|every other|alternat\w*"
    r"|jan(?:uary)?|feb(?:ruary)?|march|april|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    r"|septiembre|octubre|noviembre|diciembre|e[ds]?t|eastern|central|mountain|pacific"
    r"|var(?:y|ys|ies|ied)|cerrado|excepto|solo|hasta|verano|invierno)\b"
    r"|\d+/\d+(?!\d*/?7)"
)
_HOLIDAYS = re.compile(
    r"[(,;]?\s*(?:closed|excluding|except)(?: on| for)?(?: all| major| most| federal| legal"
    r"| national| public| state| bank| u\.?s\.?)* holidays\b[.)]*"
)
_CLOSED = re.compile(r"\b(?:closed|cerrad[oa]s?)\b")
_RANGE = re.compile(r"\s*(?:-|to|through|thru|a|al)\s*")
_TIME_OR_APPOINTMENT = re.compile(
    r"\d ?[ap]m\b|\d:\d\d|\d ?- ?\d|\bvar(?:y|ys|ies|ied)\b|\bappointments?\b|\bcitas?\b"
)
_BY_APPOINTMENT = re.compile(r"\bappointments?\b|\bcita\b")
_HOURS_WORDS = re.compile(r"\b(?:hours?|times?|horario|horas?|open)\b")
_MOST_WORDS_OF_LABEL = 3  # of a label on a line of its own
_GENERAL_LABELS = frozenset(("", "general", "main", "regular", "business", "operating", "normal"))
_OFFICE_LABEL = re.compile(
    r"(?:the |main |church |business |agency |front |general )*"
    r"(?:office|oficina|administrati\w+|admin)(?: (?:office|administration|staff))?\Z"
)
_WORDS_FOR_OFF_SITE = re.compile(
    r"\b(?:lines?|phones?|telephones?|hotline|helpline|warmline|voice ?mail|machine|web|website"
    r"|recorded|e-?mail|24|emergency|management|meetings?|groups?|class(?:es)?|orientations?)\b"
)


@dataclass(frozen=True, slots=True)
class HoursInText:
    """Opening hours parsed from a labeled text.

    Attributes:
        parts: the rules that were parsed without doubt.
        label: the list's label of these hours (``Intake``), "" for general hours.
        rest: the clauses that were not parsed, as given.
    """

    parts: tuple[HoursPart, ...] = ()
    label: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Clause:
    label: str
    given: str
    parts: tuple[HoursPart, ...] | None

    @property
    def is_office(self) -> bool:
        return bool(_OFFICE_LABEL.match(self.label.casefold()))


@lru_cache(maxsize=4096)  # many locations of a list have equal hours
def read_hours_text(text: str) -> HoursInText:
    """Parse opening hours from a text of several clauses, with or without labels."""
    whole_parts = parse_hours(text)
    if whole_parts:
        return HoursInText(whole_parts)
    clauses = _split_clauses(text)
    unread = HoursInText(rest=clean_text(text))
    if any(_restricts_other_hours(clause) for clause in clauses):
        return _read_as_typed(text) or unread
    label = _label_of_main_hours(clauses)
    if label is None:
        return _read_as_typed(text) or unread
    main_clauses = [clause for clause in clauses if clause.label == label and clause.parts]
    unused = [clause.given for clause in clauses if clause not in main_clauses]
    parts = tuple(part for clause in main_clauses for part in clause.parts or ())
    shown_label = "" if label.casefold() in _GENERAL_LABELS else label
    return HoursInText(parts, shown_label, "; ".join(dict.fromkeys(unused)))


def _read_as_typed(text: str) -> HoursInText | None:
    """Parse a text with ``typed_hours`` (seasons with years, holidays, appointments), or None."""
    typed = read_typed_hours(text)
    return HoursInText(typed.parts) if typed.is_whole else None


def _split_clauses(text: str) -> list[_Clause]:
    text_with_breaks = _LOST_BREAK.sub("; ", _LABEL_APART.sub(" ", clean_text(text)))
    clauses: list[_Clause] = []
    label = ""
    pieces = _join_labels(list(filter(None, map(clean_line, _CLAUSE_END.split(text_with_breaks)))))
    for piece in pieces:
        own_label, hours = _split_label(piece)
        if not own_label and clauses and not _DAY.search(normalize_time_text(piece)):
            joined = f"{clauses[-1].given}, {piece}"  # "Mon-Fri, 9-12; 1-4"
            if parts := _parse_parts(_split_label(joined)[1]):
                clauses[-1] = _Clause(clauses[-1].label, joined, parts)
                continue
        label = own_label or label
        clauses.append(_Clause(label, piece, _parse_parts(hours)))
    return clauses


def _join_labels(pieces: list[str]) -> list[str]:
    """Join a label that is a piece of its own to the hours that follow it."""
    joined: list[str] = []
    for piece in pieces:
        follows_label = joined and _is_label_alone(joined[-1]) and not _split_label(piece)[0]
        if follows_label and _DAY.search(normalize_time_text(piece)):
            joined[-1] = f"{joined[-1]}: {piece}"
        else:
            joined.append(piece)
    return joined


def _is_label_alone(words: str) -> bool:
    """Return whether a piece is only a label, such as ``Thrift Store;`` before its hours."""
    is_short = len(words.split()) <= _MOST_WORDS_OF_LABEL and not any(map(str.isdigit, words))
    return is_short and _is_label(words)


def _parse_parts(hours: str) -> tuple[HoursPart, ...] | None:
    normalized = _HOLIDAYS.sub("", hours.casefold()).strip(" ,.")
    parts = parse_hours(normalized) if normalized else None
    return None if parts and _has_overlap(parts) else parts


def _has_overlap(parts: Iterable[HoursPart]) -> bool:
    """Return whether hours of one day overlap, a sign of a typo: "9:30am-11:30am; 1am-3pm"."""
    spans_by_day: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for part in parts:
        for day in part.byday.split(","):
            spans_by_day[day].append((part.opens_at, part.closes_at))
    return any(
        earlier[1] > later[0]
        for day_spans in spans_by_day.values()
        for earlier, later in pairwise(sorted(day_spans))
    )


def _split_label(clause: str) -> tuple[str, str]:
    """Split a clause of hours into its label, which may be first or last, and its hours."""
    last, first = _LABEL_LAST.search(clause), _LABEL_FIRST.match(clause)
    match = last if last and _is_label(last["label"]) else first
    if match is None or not _is_label(match["label"]):
        return "", clause
    rest = clause[: match.start()] if match is last else clause[match.end() :]
    return _without_hours(match["label"]), rest


def _is_label(words: str) -> bool:
    normalized = normalize_time_text(words)
    return not (
        _DAY.search(normalized)
        or _RESTRICTING_WORDS.search(normalized)
        or _BY_APPOINTMENT.search(normalized)
    )


def _without_hours(label: str) -> str:
    """Remove words such as "hours" from a label: ``Intake hours`` is ``Intake``."""
    without_words = _HOURS_WORDS.sub("", label.casefold()).strip(" :-,")
    label_kept = label if without_words not in _GENERAL_LABELS else without_words
    return clean_line(re.sub(r"(?i)\s+(?:hours?|times?)\s*\Z", "", label_kept))


def _restricts_other_hours(clause: _Clause) -> bool:
    normalized = _HOLIDAYS.sub("", normalize_time_text(clause.given))
    return clause.parts is None and bool(_RESTRICTING_WORDS.search(normalized))


def _label_of_main_hours(clauses: list[_Clause]) -> str | None:
    """Return the label whose hours are when people are served; None if in doubt."""
    labels = dict.fromkeys(clause.label for clause in clauses)
    labels_with_hours = {clause.label for clause in clauses if clause.parts}
    general = [label for label in labels if label.casefold() in _GENERAL_LABELS]
    if general:
        return general[0] if general[0] in labels_with_hours and len(general) == 1 else None
    office_labels = {clause.label for clause in clauses if clause.is_office}
    other_labels = [label for label in labels if label not in office_labels]
    candidates = other_labels or list(office_labels)
    if (
        len(candidates) != 1
        or candidates[0] not in labels_with_hours
        or _WORDS_FOR_OFF_SITE.search(candidates[0].casefold())
    ):
        return None
    candidate_clauses = [clause for clause in clauses if clause.label == candidates[0]]
    is_whole = all(clause.parts for clause in candidate_clauses)
    is_staffing = office_labels and other_labels and _is_around_the_clock(candidate_clauses)
    return candidates[0] if is_whole and not is_staffing else None


def _is_around_the_clock(clauses: list[_Clause]) -> bool:
    """Return whether any hours are all day.

    Beside an office with hours, these mean that staff are there, not that people are served.
    """
    return any(
        part.opens_at == "00:00" and part.closes_at == "23:59"
        for clause in clauses
        for part in clause.parts or ()
    )


def possible_weekdays(text: str) -> frozenset[int]:
    """Return the weekdays (0 is Monday) on which a text of hours may mean "open".

    Clauses with "closed" are left out. Times or appointments without a day may mean any day.
    """
    weekdays: set[int] = set()
    for clause_text in re.split(r"[;\n()]|\.\s", text):
        normalized = normalize_time_text(clause_text)
        if _CLOSED.search(normalized):
            continue
        named_days = _weekdays_in(normalized)
        weekdays |= (
            named_days
            if named_days or not _TIME_OR_APPOINTMENT.search(normalized)
            else set(range(7))
        )
    return frozenset(weekdays)


def named_weekdays(text: str) -> frozenset[int]:
    """Return the weekdays (0 is Monday) that a text of hours names, by name or letter.

    Unlike ``possible_weekdays``, times without a day add no weekdays.
    """
    if _ALL_DAYS.search(text):
        return frozenset(range(7))
    spelled = _DAYS_AS_LETTERS.sub(lambda match: _DAY_BY_LETTERS[match.group()], text)
    clauses = map(normalize_time_text, re.split(r"[;\n()]|\.\s", spelled))
    return frozenset(
        day
        for normalized in clauses
        if not _CLOSED.search(normalized)
        for day in _weekdays_in(normalized)
    )


def _weekdays_in(normalized: str) -> set[int]:
    weekdays: set[int] = set()
    previous_day: int | None = None
    previous_end = 0
    for match in _DAY.finditer(normalized):
        days = _weekday_numbers(match.group())
        if (
            previous_day is not None
            and len(days) == 1
            and _RANGE.fullmatch(normalized[previous_end : match.start()])
        ):
            first = previous_day
            weekdays.update((first + step) % 7 for step in range((days[0] - first) % 7 + 1))
        weekdays.update(days)
        previous_day, previous_end = (days[0] if len(days) == 1 else None), match.end()
    return weekdays


def _weekday_numbers(word: str) -> tuple[int, ...]:
    if word.startswith("weekend"):
        return (5, 6)
    if word.startswith("weekd"):
        return (0, 1, 2, 3, 4)
    if word.startswith(("daily", "every")):
        return tuple(range(7))
    return tuple(day for day, prefixes in enumerate(_DAY_STARTS) if word.startswith(prefixes))
