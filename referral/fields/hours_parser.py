"""Parser of opening hours in English and Spanish: weekdays, weekly and monthly rules.

Ambiguous text returns None.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from referral.fields.clock_times import (
    WHOLE_DAY,
    ClockTime,
    normalize_time_text,
    parse_clock_time,
    resolve_span,
)

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_DAY_WORDS = {
    "MO": "monday mondays mon mo m lunes lun l",
    "TU": "tuesday tuesdays tues tue tu martes mar",
    "WE": "wednesday wednesdays weds wed we w miercoles mie",
    "TH": "thursday thursdays thurs thur thu th jueves jue",
    "FR": "friday fridays fri fr f viernes vie v",
    "SA": "saturday saturdays sat sa sabado sabados sab",
    "SU": "sunday sundays sun su domingo domingos dom",
}
_DAY_BY_WORD = {word: day for day, words in _DAY_WORDS.items() for word in words.split()}
_DAY_GROUPS = {
    "weekdays": DAYS[:5],
    "weekday": DAYS[:5],
    "weekends": DAYS[5:],
    "weekend": DAYS[5:],
    "daily": DAYS,
    "everyday": DAYS,
    "diario": DAYS,
    "diariamente": DAYS,
    "mwf": ("MO", "WE", "FR"),
    "tth": ("TU", "TH"),
    "mtwthf": DAYS[:5],
    "mtwrf": DAYS[:5],
}
_ORDINALS = {
    "1st": 1, "first": 1, "primer": 1, "primero": 1, "primeros": 1, "1er": 1, "1ro": 1,
    "2nd": 2, "second": 2, "segundo": 2, "segundos": 2, "2do": 2,
    "3rd": 3, "third": 3, "tercer": 3, "tercero": 3, "terceros": 3, "3er": 3, "3ro": 3,
    "4th": 4, "fourth": 4, "cuarto": 4, "cuartos": 4, "4to": 4,
    "5th": 5, "fifth": 5, "quinto": 5, "5to": 5,
    "last": -1, "ultimo": -1, "ultimos": -1,
}  # fmt: skip
_CLOSED_WORDS = frozenset(("closed", "off", "cerrado", "cerrados"))
_UNKNOWN_WORDS = frozenset(("notknown",))
_RANGE_WORDS = frozenset(("-", "to", "through", "thru", "until", "till", "a", "al", "hasta"))
_SEPARATORS = frozenset((",", "&", "and", "+", "/", "y"))
_FILLERS = frozenset(
    (":", "from", "on", "open", "every", "each", "de", "los", "el", "las", "hours")
)
_ALL_DAY = (
    r"\b24 ?(?:hours?|hrs?|horas)(?: (?:a|per) day| al dia)?"
    r"(?:[,/]? ?(?:and )?(?:7|seven) days(?: (?:a|per) week)?)?(?![a-z])"
)
_ONE_TO_ELEVEN = r"(?<![\d:])((?:[1-9]|1[01])(?::\d\d)?)"
_OF_THE_MONTH = r"\b(?:of|in) (?:the|each|every|a) month\b|\b(?:del|de cada|al) mes\b|\bmonthly\b"
_PHRASES = (
    (r"\b24 ?[/-] ?7(?: ?/ ?365)?\b", " allweek "),
    (_ALL_DAY, " allday "),
    (r"\b(?:7|seven) days (?:a|per) week\b|\bevery day\b|\btodos los dias\b", " daily "),
    (r"\bentre semana\b|\bdias laborables\b", " weekdays "),
    (r"\bfin(?:es)? de semana\b", " weekends "),
    (rf"{_ONE_TO_ELEVEN} ?(?:(?:de|por) la manana|in the morning)\b", r"\1am"),
    (rf"{_ONE_TO_ELEVEN} ?(?:de|por) la (?:tarde|noche)\b", r"\1pm"),
    (rf"{_ONE_TO_ELEVEN} (?:in the (?:afternoon|evening)|at night)\b", r"\1pm"),
    (_OF_THE_MONTH, " ofmonth "),
    (r"\b(?:office|business) hours\b|\bhours of operation\b|\bhorario\b", " hours "),
    (r"\bt(?= ?[/,&] ?th\b)", "tu"),
    (r"\bnot known\b|\bno se (?:sabe|conoce)\b", "notknown"),
)
_PHRASE_RULES = tuple((re.compile(pattern), word) for pattern, word in _PHRASES)
_TOKEN = re.compile(
    r"(?P<time>\d{1,2}:\d\d(?: ?[ap]m)?|\d{1,2} ?[ap]m|\d{1,2}(?![\w/\]])|(?<!\d)\d{4}(?!\d))"
    r"|(?P<nth>\[(?:-?[1-5])(?:,-?[1-5])*\])"
    r"|(?P<word>\d[a-z]{2}(?![a-z])|[a-z]+)\.?"
    r"|(?P<break>;|\n)|(?P<mark>[-,&+/:])|(?P<space>[ \t]+)"
)


@dataclass(frozen=True, slots=True)
class HoursPart:
    """A weekly or monthly rule of opening hours, with ``freq`` and ``byday`` as in RFC 5545.

    Times are ``HH:MM``. A rule without times that is not closed means that the hours of its days
    are not known, or by appointment where its notes say so. Only ``typed_hours`` sets season and
    notes.
    """

    freq: str
    byday: str
    opens_at: str = ""
    closes_at: str = ""
    closed: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    notes: str = ""

    def values(self) -> dict[str, Any]:
        """Return the rule as fields of a schedule; season and notes only where they are set."""
        extra = {"valid_from", "valid_to", "notes"}
        return {name: value for name, value in asdict(self).items() if value or name not in extra}


def parse_weekdays(text: str) -> str | None:
    """Parse weekdays into RFC 5545 ``MO,TU`` or ``2TU,4TU``; None unless all text is understood.

    Days of the week and days of the month cannot be mixed.
    """
    parser = _make_parser(text)
    days = parser.days() if parser else None
    if parser is None or not days or not parser.is_at_end():
        return None
    are_monthly = {len(day) > 2 for day in days}
    return ",".join(_sort_days(days)) if len(are_monthly) == 1 else None


def parse_hours(text: str) -> tuple[HoursPart, ...] | None:
    """Parse a text of opening hours such as ``Mon-Fri 8:30am-5pm; Sat 9-12`` into rules.

    None unless the whole text is understood and has times, "closed" or "not known" for each day.
    """
    parser = _make_parser(text)
    return parser.hours() if parser else None


def _normalize_phrases(text: str) -> str:
    words = normalize_time_text(text)
    for pattern, word in _PHRASE_RULES:
        words = pattern.sub(word, words)
    return words


def _make_parser(text: str) -> _Parser | None:
    words, position = _normalize_phrases(text), 0
    tokens: list[_Token] = []
    while position < len(words):
        match = _TOKEN.match(words, position)
        if match is None:
            return None
        if match.lastgroup != "space":
            word = match.group("word") or match.group()
            tokens.append(_Token(match.lastgroup or "", word))
        position = match.end()
    return _Parser(tokens)


class _Token(NamedTuple):
    kind: str
    word: str


class _Parser:
    """A recursive-descent parser of hours; each method consumes what it parses or returns None."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end", "")]
        self._position = 0

    @property
    def _current(self) -> _Token:
        return self._tokens[self._position]

    def is_at_end(self) -> bool:
        return self._current.kind == "end"

    def hours(self) -> tuple[HoursPart, ...] | None:
        parts: list[HoursPart] = []
        orders = set()
        while not self.is_at_end():
            self._skip_all(_FILLERS)
            is_days_first = not self.is_at_times()
            clause = self._clause(is_days_first=is_days_first)
            if not clause:
                return None
            parts += clause
            orders.add(is_days_first)
            if not self._skip_separator():
                return None
        return tuple(parts) if len(orders) == 1 else None

    def days(self) -> list[str] | None:
        days: list[str] = []
        while True:
            self._skip_all(_FILLERS)
            group = self._day_group()
            if group is None:
                return None
            days += group
            saved_position = self._position
            self._skip_all(_SEPARATORS)
            self._skip_all(_FILLERS)
            if not self.is_at_day():
                self._position = saved_position
                return days

    def _clause(self, *, is_days_first: bool) -> list[HoursPart] | None:
        if is_days_first:
            if self._accept(_CLOSED_WORDS):
                days = self.days()
                return _closed_parts(days) if days else None
            days = self.days()
            self._skip_all(_FILLERS | {","})
            if days and self._accept(_CLOSED_WORDS):
                return _closed_parts(days)
            if days and self._accept(_UNKNOWN_WORDS):
                return [HoursPart(freq, byday) for freq, byday in _split_by_freq(days)]
            spans = self._time_spans()
        else:
            spans = self._time_spans()
            if self._is_day_next():
                self._skip_all(_FILLERS | {","})
            days = self.days() if self.is_at_day() else list(DAYS) if spans == [WHOLE_DAY] else None
        return _open_parts(days, spans) if days and spans else None

    def _time_spans(self) -> list[tuple[str, str]] | None:
        if self._accept({"allweek", "allday"}):
            return [WHOLE_DAY]
        spans: list[tuple[str, str]] = []
        while True:
            first = self._time()
            second = self._time() if first and self._accept(_RANGE_WORDS) else None
            span = resolve_span(first, second) if first and second else None
            if span is None:
                return None
            spans.append(span)
            saved_position = self._position
            self._skip_all(_SEPARATORS)
            if saved_position == self._position or self._current.kind != "time":
                self._position = saved_position
                return spans

    def _time(self) -> ClockTime | None:
        self._skip_all(_FILLERS)
        kind, word = self._current
        if kind != "time":
            return None
        self._position += 1
        return parse_clock_time(word)

    def _day_group(self) -> list[str] | None:
        kind, word = self._current
        if kind == "word" and word in _ORDINALS:
            return self._days_of_month()
        if word in _DAY_GROUPS:
            self._position += 1
            return list(_DAY_GROUPS[word])
        if word not in _DAY_BY_WORD:
            return None
        self._position += 1
        first = _DAY_BY_WORD[word]
        if self._current.kind == "nth":
            numbers = self._current.word.strip("[]").split(",")
            self._position += 1
            return [f"{number}{first}" for number in numbers]
        if (
            self._current.word in _RANGE_WORDS
            and self._tokens[self._position + 1].word in _DAY_BY_WORD
        ):
            last = _DAY_BY_WORD[self._tokens[self._position + 1].word]
            self._position += 2
            return _days_between(first, last)
        return [first]

    def _days_of_month(self) -> list[str] | None:
        numbers = []
        while self._current.word in _ORDINALS:
            numbers.append(_ORDINALS[self._current.word])
            self._position += 1
            self._skip_all(_SEPARATORS)
        day = _DAY_BY_WORD.get(self._current.word)
        if day is None:
            return None
        self._position += 1
        self._accept({"ofmonth"})
        return [f"{number}{day}" for number in numbers]

    def _skip_separator(self) -> bool:
        """Skip the separator between two clauses; return whether a new clause may begin."""
        saved_position = self._position
        while self._current.kind == "break" or self._current.word in _SEPARATORS:
            self._position += 1
        return (
            saved_position != self._position
            or self.is_at_end()
            or self.is_at_day()
            or self.is_at_times()
        )

    def _is_day_next(self) -> bool:
        saved_position = self._position
        self._skip_all(_FILLERS | {","})
        is_day = self.is_at_day()
        self._position = saved_position
        return is_day

    def is_at_day(self) -> bool:
        word = self._current.word
        return word in _DAY_BY_WORD or word in _DAY_GROUPS or word in _ORDINALS

    def is_at_times(self) -> bool:
        kind, word = self._current
        return kind == "time" or word in {"allweek", "allday"}

    def _accept(self, words: frozenset[str] | set[str]) -> bool:
        is_accepted = self._current.word in words
        self._position += is_accepted
        return is_accepted

    def _skip_all(self, words: frozenset[str]) -> None:
        while self._accept(words):
            pass


def _days_between(first: str, last: str) -> list[str]:
    start, end = DAYS.index(first), DAYS.index(last)
    return [DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]


def _sort_days(days: list[str]) -> list[str]:
    return sorted(set(days), key=lambda day: (int(day[:-2] or 0) % 9, DAYS.index(day[-2:])))


def _split_by_freq(days: list[str]) -> list[tuple[str, str]]:
    """Split days into a weekly and a monthly rule, each as (freq, byday)."""
    weekly = [day for day in days if len(day) == 2]
    monthly = [day for day in days if len(day) > 2]
    return [
        (freq, ",".join(_sort_days(of_freq)))
        for freq, of_freq in (("WEEKLY", weekly), ("MONTHLY", monthly))
        if of_freq
    ]


def _open_parts(days: list[str], spans: list[tuple[str, str]]) -> list[HoursPart]:
    return [
        HoursPart(freq, byday, *times) for freq, byday in _split_by_freq(days) for times in spans
    ]


def _closed_parts(days: list[str]) -> list[HoursPart]:
    return [HoursPart(freq, byday, closed=True) for freq, byday in _split_by_freq(days)]
