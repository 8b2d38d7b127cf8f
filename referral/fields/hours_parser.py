"""Parser of opening hours in English and Spanish: weekdays, weekly and monthly rules.

Ambiguous text returns None.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

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
_DAY_OF = {word: day for day, words in _DAY_WORDS.items() for word in words.split()}
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
_CLOSED = frozenset(("closed", "off", "cerrado", "cerrados"))
_NOT_KNOWN = frozenset(("notknown",))
_RANGE = frozenset(("-", "to", "through", "thru", "until", "till", "a", "al", "hasta"))
_AND = frozenset((",", "&", "and", "+", "/", "y"))
_FILLERS = frozenset(
    (":", "from", "on", "open", "every", "each", "de", "los", "el", "las", "hours")
)
_ALL_DAY = (
    r"\b24 ?(?:hours?|hrs?|horas)(?: (?:a|per) day| al dia)?"
    r"(?:[,/]? ?(?:and )?(?:7|seven) days(?: (?:a|per) week)?)?(?![a-z])"
)
_ONE_TO_ELEVEN = r"(?<![\d:])((?:[1-9]|1[01])(?::\d\d)?)"
_OF_MONTH = r"\b(?:of|in) (?:the|each|every|a) month\b|\b(?:del|de cada|al) mes\b|\bmonthly\b"
_PHRASES = (
    (r"\b24 ?[/-] ?7(?: ?/ ?365)?\b", " allweek "),
    (_ALL_DAY, " allday "),
    (r"\b(?:7|seven) days (?:a|per) week\b|\bevery day\b|\btodos los dias\b", " daily "),
    (r"\bentre semana\b|\bdias laborables\b", " weekdays "),
    (r"\bfin(?:es)? de semana\b", " weekends "),
    (rf"{_ONE_TO_ELEVEN} ?(?:(?:de|por) la manana|in the morning)\b", r"\1am"),
    (rf"{_ONE_TO_ELEVEN} ?(?:de|por) la (?:tarde|noche)\b", r"\1pm"),
    (rf"{_ONE_TO_ELEVEN} (?:in the (?:afternoon|evening)|at night)\b", r"\1pm"),
    (_OF_MONTH, " ofmonth "),
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
    parser = _parser_of(text)
    days = parser.days() if parser else None
    if parser is None or not days or not parser.at_end():
        return None
    nths = {len(day) > 2 for day in days}
    return ",".join(_in_order(days)) if len(nths) == 1 else None


def parse_hours(text: str) -> tuple[HoursPart, ...] | None:
    """Parse a text of opening hours such as ``Mon-Fri 8:30am-5pm; Sat 9-12`` into rules.

    None unless the whole text is understood and has times, "closed" or "not known" for each day.
    """
    parser = _parser_of(text)
    return parser.hours() if parser else None


def _normalize_phrases(text: str) -> str:
    words = normalize_time_text(text)
    for pattern, word in _PHRASE_RULES:
        words = pattern.sub(word, words)
    return words


def _parser_of(text: str) -> _Parser | None:
    words, tokens, position = _normalize_phrases(text), [], 0
    while position < len(words):
        match = _TOKEN.match(words, position)
        if match is None:
            return None
        if match.lastgroup != "space":
            word = match.group("word") or match.group()
            tokens.append((match.lastgroup or "", word))
        position = match.end()
    return _Parser(tokens)


class _Parser:
    """A recursive-descent parser of hours; each method consumes what it parses or returns None."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._next = 0

    def at_end(self) -> bool:
        return self._tokens[self._next][0] == "end"

    def hours(self) -> tuple[HoursPart, ...] | None:
        parts: list[HoursPart] = []
        orders = set()
        while not self.at_end():
            self._skip(_FILLERS)
            days_first = not self._at_times()
            clause = self._clause(days_first=days_first)
            if not clause:
                return None
            parts += clause
            orders.add(days_first)
            if not self._skip_separator():
                return None
        return tuple(parts) if len(orders) == 1 else None

    def days(self) -> list[str] | None:
        found: list[str] = []
        while True:
            self._skip(_FILLERS)
            item = self._day_item()
            if item is None:
                return None
            found += item
            mark = self._next
            self._skip(_AND)
            self._skip(_FILLERS)
            if not self._at_day():
                self._next = mark
                return found

    def _clause(self, *, days_first: bool) -> list[HoursPart] | None:
        if days_first:
            if self._take(_CLOSED):
                days = self.days()
                return _closed(days) if days else None
            days = self.days()
            self._skip(_FILLERS | {","})
            if days and self._take(_CLOSED):
                return _closed(days)
            if days and self._take(_NOT_KNOWN):
                return [HoursPart(freq, byday) for freq, byday in _by_freq(days)]
            spans = self._spans()
        else:
            spans = self._spans()
            self._skip(_FILLERS | {","}) if self._day_follows() else None
            days = self.days() if self._at_day() else list(DAYS) if spans == [WHOLE_DAY] else None
        return _parts(days, spans) if days and spans else None

    def _spans(self) -> list[tuple[str, str]] | None:
        if self._take({"allweek", "allday"}):
            return [WHOLE_DAY]
        found: list[tuple[str, str]] = []
        while True:
            first = self._time()
            second = self._time() if first and self._take(_RANGE) else None
            times = resolve_span(first, second) if first and second else None
            if times is None:
                return None
            found.append(times)
            mark = self._next
            self._skip(_AND)
            if mark == self._next or self._tokens[self._next][0] != "time":
                self._next = mark
                return found

    def _time(self) -> ClockTime | None:
        self._skip(_FILLERS)
        kind, word = self._tokens[self._next]
        if kind != "time":
            return None
        self._next += 1
        return parse_clock_time(word)

    def _day_item(self) -> list[str] | None:
        kind, word = self._tokens[self._next]
        if kind == "word" and word in _ORDINALS:
            return self._nth_days()
        if word in _DAY_GROUPS:
            self._next += 1
            return list(_DAY_GROUPS[word])
        if word not in _DAY_OF:
            return None
        self._next += 1
        first = _DAY_OF[word]
        if self._tokens[self._next][0] == "nth":
            numbers = self._tokens[self._next][1].strip("[]").split(",")
            self._next += 1
            return [f"{number}{first}" for number in numbers]
        if self._tokens[self._next][1] in _RANGE and self._tokens[self._next + 1][1] in _DAY_OF:
            last = _DAY_OF[self._tokens[self._next + 1][1]]
            self._next += 2
            return _days_between(first, last)
        return [first]

    def _nth_days(self) -> list[str] | None:
        numbers = []
        while self._tokens[self._next][1] in _ORDINALS:
            numbers.append(_ORDINALS[self._tokens[self._next][1]])
            self._next += 1
            self._skip(_AND)
        day = _DAY_OF.get(self._tokens[self._next][1])
        if day is None:
            return None
        self._next += 1
        self._take({"ofmonth"})
        return [f"{number}{day}" for number in numbers]

    def _skip_separator(self) -> bool:
        """Skip the separator between two clauses; return whether a new clause may begin."""
        mark = self._next
        while self._tokens[self._next][0] == "break" or self._tokens[self._next][1] in _AND:
            self._next += 1
        return mark != self._next or self.at_end() or self._at_day() or self._at_times()

    def _day_follows(self) -> bool:
        mark = self._next
        self._skip(_FILLERS | {","})
        follows = self._at_day()
        self._next = mark
        return follows

    def _at_day(self) -> bool:
        word = self._tokens[self._next][1]
        return word in _DAY_OF or word in _DAY_GROUPS or word in _ORDINALS

    def _at_times(self) -> bool:
        kind, word = self._tokens[self._next]
        return kind == "time" or word in {"allweek", "allday"}

    def _take(self, words: frozenset[str] | set[str]) -> bool:
        taken = self._tokens[self._next][1] in words
        self._next += taken
        return taken

    def _skip(self, words: frozenset[str]) -> None:
        while self._take(words):
            pass


def _days_between(first: str, last: str) -> list[str]:
    start, end = DAYS.index(first), DAYS.index(last)
    return [DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]


def _in_order(days: list[str]) -> list[str]:
    return sorted(set(days), key=lambda day: (int(day[:-2] or 0) % 9, DAYS.index(day[-2:])))


def _by_freq(days: list[str]) -> list[tuple[str, str]]:
    """Split days into a weekly and a monthly rule, each as (freq, byday)."""
    kinds = (
        ("WEEKLY", [day for day in days if len(day) == 2]),
        ("MONTHLY", [day for day in days if len(day) > 2]),
    )
    return [(freq, ",".join(_in_order(found))) for freq, found in kinds if found]


def _parts(days: list[str], spans: list[tuple[str, str]]) -> list[HoursPart]:
    return [HoursPart(freq, byday, *times) for freq, byday in _by_freq(days) for times in spans]


def _closed(days: list[str]) -> list[HoursPart]:
    return [HoursPart(freq, byday, closed=True) for freq, byday in _by_freq(days)]
