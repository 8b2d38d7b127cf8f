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
_DAY_OF_LETTERS = {
    "M": "Mon", "Tu": "Tue", "T": "Tue", "W": "Wed", "Th": "Thu", "F": "Fri", "Sa": "Sat",
    "Su": "Sun",
}  # fmt: skip
# "M-Th 8am", "T/Th 9-12": letters that abbreviate days before a time.
_LETTER = "(?:M|Tu|Th|T|W|F|Sa|Su)"
_LETTERS = re.compile(
    rf"(?<![A-Za-z.'’]){_LETTER}"
    rf"(?=(?:\s*[-–/,&]\s*{_LETTER})*:?\s*(?:from |at )?\d{{1,2}}(?::\d\d)?\s*(?:[ap]\.?m|[-–]))"
)
# Words that may restrict hours of other clauses.
_RESTRICTS = re.compile(
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
_ANY_DAY = re.compile(
    r"\d ?[ap]m\b|\d:\d\d|\d ?- ?\d|\bvar(?:y|ys|ies|ied)\b|\bappointments?\b|\bcitas?\b"
)
_BY_APPOINTMENT = re.compile(r"\bappointments?\b|\bcita\b")
_HOURS_WORDS = re.compile(r"\b(?:hours?|times?|horario|horas?|open)\b")
_LONGEST_LABEL = 3  # words of a label on a line of its own
_GENERAL = frozenset(("", "general", "main", "regular", "business", "operating", "normal"))
_OFFICE = re.compile(
    r"(?:the |main |church |business |agency |front |general )*"
    r"(?:office|oficina|administrati\w+|admin)(?: (?:office|administration|staff))?\Z"
)
_NOT_ON_SITE = re.compile(
    r"\b(?:lines?|phones?|telephones?|hotline|helpline|warmline|voice ?mail|machine|web|website"
    r"|recorded|e-?mail|24|emergency|management|meetings?|groups?|class(?:es)?|orientations?)\b"
)


@dataclass(frozen=True, slots=True)
class HoursInText:
    """Opening hours parsed from a labelled text.

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
        return bool(_OFFICE.match(self.label.casefold()))


@lru_cache(maxsize=4096)  # many locations of a list have equal hours
def read_hours_text(text: str) -> HoursInText:
    """Parse opening hours from a text of several clauses, with or without labels."""
    whole = parse_hours(text)
    if whole:
        return HoursInText(whole)
    clauses = _clauses(text)
    unread = HoursInText(rest=clean_text(text))
    if any(_restricts_other_hours(clause) for clause in clauses):
        return _read_as_typed(text) or unread
    label = _label_of_main_hours(clauses)
    if label is None:
        return _read_as_typed(text) or unread
    taken = [clause for clause in clauses if clause.label == label and clause.parts]
    rest = [clause.given for clause in clauses if clause not in taken]
    parts = tuple(part for clause in taken for part in clause.parts or ())
    shown = "" if label.casefold() in _GENERAL else label
    return HoursInText(parts, shown, "; ".join(dict.fromkeys(rest)))


def _read_as_typed(text: str) -> HoursInText | None:
    """Parse a text with ``typed_hours`` (seasons with years, holidays, appointments), or None."""
    typed = read_typed_hours(text)
    return HoursInText(typed.parts) if typed.is_whole else None


def _clauses(text: str) -> list[_Clause]:
    plain = _LOST_BREAK.sub("; ", _LABEL_APART.sub(" ", clean_text(text)))
    found: list[_Clause] = []
    label = ""
    pieces = _join_labels(list(filter(None, map(clean_line, _CLAUSE_END.split(plain)))))
    for given in pieces:
        own_label, hours = _split_label(given)
        if not own_label and found and not _DAY.search(normalize_time_text(given)):
            joined = f"{found[-1].given}, {given}"  # "Mon-Fri, 9-12; 1-4"
            if parts := _parse_parts(_split_label(joined)[1]):
                found[-1] = _Clause(found[-1].label, joined, parts)
                continue
        label = own_label or label
        found.append(_Clause(label, given, _parse_parts(hours)))
    return found


def _join_labels(pieces: list[str]) -> list[str]:
    """Join a label that is a piece of its own to the hours that follow it."""
    found: list[str] = []
    for piece in pieces:
        follows = found and _is_label_alone(found[-1]) and not _split_label(piece)[0]
        if follows and _DAY.search(normalize_time_text(piece)):
            found[-1] = f"{found[-1]}: {piece}"
        else:
            found.append(piece)
    return found


def _is_label_alone(words: str) -> bool:
    """Return whether a piece is only a label, such as ``Thrift Store;`` before its hours."""
    short = len(words.split()) <= _LONGEST_LABEL and not any(map(str.isdigit, words))
    return short and _is_label(words)


def _parse_parts(hours: str) -> tuple[HoursPart, ...] | None:
    normalized = _HOLIDAYS.sub("", hours.casefold()).strip(" ,.")
    parts = parse_hours(normalized) if normalized else None
    return None if parts and _has_overlap(parts) else parts


def _has_overlap(parts: Iterable[HoursPart]) -> bool:
    """Return whether hours of one day overlap, a sign of a typo: "9:30am-11:30am; 1am-3pm"."""
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for part in parts:
        for day in part.byday.split(","):
            spans[day].append((part.opens_at, part.closes_at))
    return any(
        first[1] > second[0]
        for found in spans.values()
        for first, second in pairwise(sorted(found))
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
        or _RESTRICTS.search(normalized)
        or _BY_APPOINTMENT.search(normalized)
    )


def _without_hours(label: str) -> str:
    """Remove words such as "hours" from a label: ``Intake hours`` is ``Intake``."""
    bare = _HOURS_WORDS.sub("", label.casefold()).strip(" :-,")
    kept = label if bare not in _GENERAL else bare
    return clean_line(re.sub(r"(?i)\s+(?:hours?|times?)\s*\Z", "", kept))


def _restricts_other_hours(clause: _Clause) -> bool:
    normalized = _HOLIDAYS.sub("", normalize_time_text(clause.given))
    return clause.parts is None and bool(_RESTRICTS.search(normalized))


def _label_of_main_hours(clauses: list[_Clause]) -> str | None:
    """Return the label whose hours are when people are served; None if in doubt."""
    labels = dict.fromkeys(clause.label for clause in clauses)
    read = {clause.label for clause in clauses if clause.parts}
    general = [label for label in labels if label.casefold() in _GENERAL]
    if general:
        return general[0] if general[0] in read and len(general) == 1 else None
    offices = {clause.label for clause in clauses if clause.is_office}
    others = [label for label in labels if label not in offices]
    chosen = others or list(offices)
    if len(chosen) != 1 or chosen[0] not in read or _NOT_ON_SITE.search(chosen[0].casefold()):
        return None
    mine = [clause for clause in clauses if clause.label == chosen[0]]
    is_whole = all(clause.parts for clause in mine)
    return (
        chosen[0] if is_whole and not (offices and others and _is_around_the_clock(mine)) else None
    )


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
    found: set[int] = set()
    for given in re.split(r"[;\n()]|\.\s", text):
        normalized = normalize_time_text(given)
        if _CLOSED.search(normalized):
            continue
        named = _weekdays_in(normalized)
        found |= named if named or not _ANY_DAY.search(normalized) else set(range(7))
    return frozenset(found)


def named_weekdays(text: str) -> frozenset[int]:
    """Return the weekdays (0 is Monday) that a text of hours names, by name or letter.

    Unlike ``possible_weekdays``, times without a day add no weekdays.
    """
    if _ALL_DAYS.search(text):
        return frozenset(range(7))
    spelled = _LETTERS.sub(lambda match: _DAY_OF_LETTERS[match.group()], text)
    clauses = map(normalize_time_text, re.split(r"[;\n()]|\.\s", spelled))
    return frozenset(
        day
        for normalized in clauses
        if not _CLOSED.search(normalized)
        for day in _weekdays_in(normalized)
    )


def _weekdays_in(normalized: str) -> set[int]:
    found: set[int] = set()
    last: int | None = None
    end = 0
    for match in _DAY.finditer(normalized):
        days = _weekday_numbers(match.group())
        if (
            last is not None
            and len(days) == 1
            and _RANGE.fullmatch(normalized[end : match.start()])
        ):
            first = last
            found.update((first + step) % 7 for step in range((days[0] - first) % 7 + 1))
        found.update(days)
        last, end = (days[0] if len(days) == 1 else None), match.end()
    return found


def _weekday_numbers(word: str) -> tuple[int, ...]:
    if word.startswith("weekend"):
        return (5, 6)
    if word.startswith("weekd"):
        return (0, 1, 2, 3, 4)
    if word.startswith(("daily", "every")):
        return tuple(range(7))
    return tuple(day for day, starts in enumerate(_DAY_STARTS) if word.startswith(starts))
