"""Opening hours as staff type them: with seasons, holidays and appointments beside days and times.

``Mon-Fri 9-5; Sat by appointment``, ``June to August: Mon-Thu 9-3``. Each clause is read right, or
it is told why not; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from referral.fields.clock_times import normalize_time_text, spell_time
from referral.fields.hours_parser import HoursPart, parse_hours, parse_weekdays
from referral.fields.seasons import Season, find_season, gaps_between
from referral.fields.text import clean_line, clean_text

BY_APPOINTMENT = "by appointment"
ON_HOLIDAYS = "closed on holidays"
ON_MOST_HOLIDAYS = "closed on most holidays"

# So much is read, however much was typed: what is longer tells no hours.
_MOST_CLAUSES = 100
_LONGEST_CLAUSE = 1_000  # letters
_MOST_COMMAS = 12  # at which a clause is tried to be split
_CLAUSE_END = re.compile(r"\s*[;\n]\s*|(?<=[a-z\d])\.\s+(?=[A-Z])")
_EDGE = re.compile(
    r"^(?:[ ,:.]|-(?= )|(?:and|but|or|y|pero|e)\b)+|(?:[ ,:]|\b(?:and|but|y|pero))+$"
)
_QUALIFIED = r"(?: (?:all|federal|legal|national|public|state|bank|u\.?s\.?|(most|major|some)))*"
_HOLIDAYS = re.compile(
    r"\b(?:closed|excluding|except(?:ing)?|excl\.?|not|no)(?: on| for| in)?"
    rf"{_QUALIFIED} holidays?\b"
    r"|\b(?:excepto|menos|salvo|cerrad[oa]s?)(?: en| los| dias| de)*"
    r" (?:feriados?|festivos?|fiestas?)\b|\bholidays?:? closed\b"
)
_APPOINTMENT = re.compile(
    r"\b(?:only )?(?:by|with|on)(?: an)? appointments?(?: only)?\b|\bappointments? only\b"
    r"|\b(?:solo |solamente )?(?:con|por|previa) cita(?: previa)?(?: (?:solo|solamente))?\b"
)


@dataclass(frozen=True, slots=True)
class TypedHours:
    """What a text tells of hours.

    Attributes:
        parts: the rules that were read, none of a text in which clauses contradict each other.
        unread: the clauses that were not read, as given.
        in_doubt: the clause with a season of which it is not clear what it leaves of other hours.
    """

    parts: tuple[HoursPart, ...] = ()
    unread: tuple[str, ...] = ()
    in_doubt: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all of the text was read."""
        return bool(self.parts) and not self.unread and not self.in_doubt


@dataclass(slots=True)
class _Clause:
    """A clause that was read; without parts it speaks of the others."""

    given: str
    parts: tuple[HoursPart, ...] = ()
    season: Season | None = None
    notes: tuple[str, ...] = ()


_Known = dict[str, list[_Clause]]  # parts of one clause that were read, by their text


def read_typed_hours(text: str, today: date | None = None) -> TypedHours:
    """The hours in a text.

    Args:
        text: clauses that end with ``;``, a line break or a point. What goes on behind the 100th,
            and one of more than 1,000 letters, is not read.
        today: a season without years is the one under way or the next. None: it has to have years.
    """
    clauses: list[_Clause] = []
    unread: list[str] = []
    for given in filter(None, map(clean_line, _CLAUSE_END.split(clean_text(text)))):
        is_read = len(given) <= _LONGEST_CLAUSE and len(clauses) < _MOST_CLAUSES
        found = _read_clause(given, today, {}) if is_read else []
        clauses += found
        unread += [] if found else [given]
    with_parts = [clause for clause in clauses if clause.parts]
    alone = [clause for clause in clauses if not clause.parts]
    seasons = [clause.season for clause in alone if clause.season]
    for clause in with_parts:
        clause.notes += tuple(note for each in alone for note in each.notes)
    if seasons and (len(seasons) > 1 or any(each.season for each in with_parts)):
        return TypedHours(in_doubt=next(each.given for each in alone if each.season))
    if seasons:
        for clause in with_parts or alone:
            clause.season = seasons[0]
    if seasons and not with_parts:
        with_parts = [_Clause(alone[0].given, (HoursPart("", ""),), seasons[0])]
    in_doubt = _season_in_doubt(with_parts)
    if in_doubt:
        return TypedHours(unread=tuple(unread), in_doubt=in_doubt)
    return TypedHours(tuple(dict.fromkeys(_all_parts(with_parts))), tuple(unread))


@dataclass(slots=True)
class _Remarks:
    """What stands at the edges of a clause beside its days and times."""

    rest: str
    season: Season | None = None
    leads: bool = False
    notes: list[str] = field(default_factory=list)
    by_appointment: bool = False
    set_apart: bool = False


def _read_clause(given: str, today: date | None, known: _Known) -> list[_Clause]:
    """What a clause says; one with commas may say several things, none where it is not clear."""
    if given not in known:
        known[given] = _read_unknown(given, today, known)
    return known[given]


def _read_unknown(given: str, today: date | None, known: _Known) -> list[_Clause]:
    said = re.sub(r"\s*[()]\s*", ", ", normalize_time_text(given))
    remarks = _take_remarks(said, today)
    if not remarks.rest:
        bare = not remarks.by_appointment and bool(remarks.season or remarks.notes)
        return [_Clause(given, (), remarks.season, tuple(remarks.notes))] if bare else []
    parts = parse_hours(remarks.rest)
    if parts and not _is_of_several(parts, remarks):
        if remarks.by_appointment:
            parts = tuple(map(_by_appointment, parts))
        return [_Clause(given, parts, remarks.season, tuple(remarks.notes))]
    if parts:
        return [] if remarks.set_apart else _read_split(given, today, known)
    byday = parse_weekdays(remarks.rest) if remarks.by_appointment else None
    if byday:
        freq = "MONTHLY" if byday.split(",")[0][:-2] else "WEEKLY"
        part = HoursPart(freq, byday, notes=BY_APPOINTMENT)
        return [_Clause(given, (part,), remarks.season, tuple(remarks.notes))]
    return _read_split(given, today, known)


def _is_of_several(parts: Sequence[HoursPart], remarks: _Remarks) -> bool:
    """Whether it is not clear which of several hours a remark behind them is about."""
    about_one = remarks.by_appointment or (remarks.season is not None and not remarks.leads)
    return about_one and len({part.byday for part in parts}) > 1


def _read_split(given: str, today: date | None, known: _Known) -> list[_Clause]:
    """``Mon-Fri 9-5, Sat by appointment``: the two sides of the last comma that makes two.

    With too many commas none is looked for: each part between two of them may have to be read.
    """
    commas = list(re.finditer(r",\s*", given))
    if len(commas) > _MOST_COMMAS:
        return []
    for match in reversed(commas):
        first, second = given[: match.start()], given[match.end() :]
        last = _read_clause(second, today, known) if second else []
        if last and (last[0].parts or last[0].notes):
            before = _read_clause(first, today, known)
            if before and before[0].parts:
                return [*before, *last]
    return []


def _take_remarks(said: str, today: date | None) -> _Remarks:
    remarks = _Remarks(_trimmed(said))
    while True:
        before = remarks.rest
        found = None if remarks.season else find_season(before, today)
        if found and _cut(remarks, found.start, found.end):
            remarks.season, remarks.leads = found.season, found.start == 0
            continue
        match = _HOLIDAYS.search(before)
        if match and _cut(remarks, *match.span()):
            remarks.notes.append(ON_MOST_HOLIDAYS if match[1] else ON_HOLIDAYS)
            continue
        match = _APPOINTMENT.search(before)
        if match and not remarks.by_appointment and _cut(remarks, *match.span()):
            remarks.by_appointment = True
            continue
        return remarks


def _cut(remarks: _Remarks, start: int, end: int) -> bool:
    """Take this out of the rest, if it stands at one of its ends."""
    before, behind = remarks.rest[:start], remarks.rest[end:]
    if _trimmed(before) and _trimmed(behind):
        return False
    remarks.set_apart = remarks.set_apart or before.rstrip().endswith(",")
    remarks.rest = _trimmed(before) or _trimmed(behind)
    return True


def _trimmed(said: str) -> str:
    return _EDGE.sub("", said).strip()


def _by_appointment(part: HoursPart) -> HoursPart:
    """These hours without times: nobody is told that it is open."""
    if part.closed:
        return part
    times = f"{spell_time(part.opens_at)}-{spell_time(part.closes_at)}"
    return replace(part, opens_at="", closes_at="", notes=f"{times} {BY_APPOINTMENT}")


def _all_parts(clauses: Iterable[_Clause]) -> Iterable[HoursPart]:
    """The rules, hours of the whole year cut where those of a season take their place."""
    clauses = tuple(clauses)
    for clause in clauses:
        others = {each.season for each in clauses if each.season and _days(each) & _days(clause)}
        spans = [clause.season] if clause.season else gaps_between(filter(None, others))
        for part in clause.parts:
            for span in spans or [Season()]:
                notes = ", ".join(filter(None, (part.notes, *dict.fromkeys(clause.notes))))
                yield replace(
                    part,
                    valid_from=span.first,
                    valid_to=span.last,
                    notes="" if part.closed else notes,
                )


def _season_in_doubt(clauses: Sequence[_Clause]) -> str:
    """The clause with a season that has some of the days of other hours, and not all of them."""
    seasons = {each.season for each in clauses if each.season}
    usual = [each for each in clauses if not each.season]
    for season in seasons:
        here = [each for each in clauses if each.season == season]
        days = set().union(*map(_days, here))
        if any(_days(each) & days and not _days(each) <= days for each in usual):
            return here[0].given
        others = [each for each in clauses if each.season and each.season != season]
        if any(_days(each) & days and _meet(each.season, season) for each in others):
            return here[0].given
    return ""


def _meet(one: Season | None, other: Season | None) -> bool:
    """Whether two seasons have a day in common."""
    if one is None or other is None:
        return False
    first = max(one.first or date.min, other.first or date.min)
    return first <= min(one.last or date.max, other.last or date.max)


def _days(clause: _Clause) -> set[str]:
    """The days of the week that it is about; those of a month count as well."""
    return {day[-2:] for part in clause.parts for day in part.byday.split(",") if day}
