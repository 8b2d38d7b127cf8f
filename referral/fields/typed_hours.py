"""Parser of opening hours as staff type them, with seasons, holidays and appointments.

``Mon-Fri 9-5; Sat by appointment``, ``June to August: Mon-Thu 9-3``. Clauses that are in doubt are
returned as unread; nothing is guessed.
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

# Limits of what is parsed; longer texts are no hours.
_MOST_CLAUSES = 100
_LONGEST_CLAUSE = 1_000  # letters
_MOST_COMMAS = 12  # of a clause that is split
_CLAUSE_END = re.compile(r"\s*[;\n]\s*|(?<=[a-z\d])\.\s+(?=[A-Z])")
_EDGE_WORDS = re.compile(
    r"^(?:[ ,:.]|-(?= )|(?:and|but|or|y|pero|e)\b)+|(?:[ ,:]|\b(?:and|but|y|pero))+$"
)
_HOLIDAY_QUALIFIERS = (
    r"(?: (?:all|federal|legal|national|public|state|bank|u\.?s\.?|(most|major|some)))*"
)
_HOLIDAYS = re.compile(
    r"\b(?:closed|excluding|except(?:ing)?|excl\.?|not|no)(?: on| for| in)?"
    rf"{_HOLIDAY_QUALIFIERS} holidays?\b"
    r"|\b(?:excepto|menos|salvo|cerrad[oa]s?)(?: en| los| dias| de)*"
    r" (?:feriados?|festivos?|fiestas?)\b|\bholidays?:? closed\b"
)
_APPOINTMENT = re.compile(
    r"\b(?:only )?(?:by|with|on)(?: an)? appointments?(?: only)?\b|\bappointments? only\b"
    r"|\b(?:solo |solamente )?(?:con|por|previa) cita(?: previa)?(?: (?:solo|solamente))?\b"
)


@dataclass(frozen=True, slots=True)
class TypedHours:
    """Opening hours parsed from typed text.

    Attributes:
        parts: the rules that were parsed; none if clauses contradict each other.
        unread: the clauses that were not parsed, as given.
        in_doubt: a clause whose season conflicts with other hours, so that all is in doubt; or "".
    """

    parts: tuple[HoursPart, ...] = ()
    unread: tuple[str, ...] = ()
    in_doubt: str = ""

    @property
    def is_whole(self) -> bool:
        """Return whether the whole text was parsed."""
        return bool(self.parts) and not self.unread and not self.in_doubt


@dataclass(slots=True)
class _Clause:
    """A parsed clause; a season or notes without parts apply to the other clauses."""

    text: str
    parts: tuple[HoursPart, ...] = ()
    season: Season | None = None
    notes: tuple[str, ...] = ()


_ParsedPieces = dict[str, list[_Clause]]  # pieces of one clause that were parsed, by their text


def read_typed_hours(text: str, today: date | None = None) -> TypedHours:
    """Parse opening hours as staff type them, with seasons, holidays and appointments.

    Args:
        text: clauses that end with ``;``, a line break or a period. Clauses after the 100th, and
            those of more than 1,000 letters, are not parsed.
        today: where no year is given, the current or next season is meant; None requires years.
    """
    clauses: list[_Clause] = []
    unread: list[str] = []
    for clause_text in filter(None, map(clean_line, _CLAUSE_END.split(clean_text(text)))):
        is_within_limits = len(clause_text) <= _LONGEST_CLAUSE and len(clauses) < _MOST_CLAUSES
        parsed = _parse_clause_once(clause_text, today, {}) if is_within_limits else []
        clauses += parsed
        unread += [] if parsed else [clause_text]
    with_parts = [clause for clause in clauses if clause.parts]
    without_parts = [clause for clause in clauses if not clause.parts]
    seasons = [clause.season for clause in without_parts if clause.season]
    for clause in with_parts:
        clause.notes += tuple(note for other in without_parts for note in other.notes)
    if seasons and (len(seasons) > 1 or any(other.season for other in with_parts)):
        return TypedHours(in_doubt=next(other.text for other in without_parts if other.season))
    if seasons:
        for clause in with_parts or without_parts:
            clause.season = seasons[0]
    if seasons and not with_parts:
        with_parts = [_Clause(without_parts[0].text, (HoursPart("", ""),), seasons[0])]
    in_doubt = _clause_in_doubt(with_parts)
    if in_doubt:
        return TypedHours(unread=tuple(unread), in_doubt=in_doubt)
    return TypedHours(tuple(dict.fromkeys(_iter_rules(with_parts))), tuple(unread))


@dataclass(slots=True)
class _Remarks:
    """Remarks at the start or end of a clause, and the rest of the clause without them."""

    rest: str
    season: Season | None = None
    is_season_first: bool = False
    notes: list[str] = field(default_factory=list)
    is_by_appointment: bool = False
    is_after_comma: bool = False


def _parse_clause_once(
    text: str, today: date | None, parsed_pieces: _ParsedPieces
) -> list[_Clause]:
    """Parse a clause into one or, with commas, several; an ambiguous clause gives an empty list."""
    if text not in parsed_pieces:
        parsed_pieces[text] = _parse_clause(text, today, parsed_pieces)
    return parsed_pieces[text]


def _parse_clause(text: str, today: date | None, parsed_pieces: _ParsedPieces) -> list[_Clause]:
    normalized = re.sub(r"\s*[()]\s*", ", ", normalize_time_text(text))
    remarks = _split_remarks(normalized, today)
    if not remarks.rest:
        has_only_remarks = not remarks.is_by_appointment and bool(remarks.season or remarks.notes)
        return [_Clause(text, (), remarks.season, tuple(remarks.notes))] if has_only_remarks else []
    parts = parse_hours(remarks.rest)
    if parts and not _is_ambiguous(parts, remarks):
        if remarks.is_by_appointment:
            parts = tuple(map(_without_times, parts))
        return [_Clause(text, parts, remarks.season, tuple(remarks.notes))]
    if parts:
        return [] if remarks.is_after_comma else _parse_at_comma(text, today, parsed_pieces)
    byday = parse_weekdays(remarks.rest) if remarks.is_by_appointment else None
    if byday:
        freq = "MONTHLY" if byday.split(",")[0][:-2] else "WEEKLY"
        part = HoursPart(freq, byday, notes=BY_APPOINTMENT)
        return [_Clause(text, (part,), remarks.season, tuple(remarks.notes))]
    return _parse_at_comma(text, today, parsed_pieces)


def _is_ambiguous(parts: Sequence[HoursPart], remarks: _Remarks) -> bool:
    """Return whether a remark after several hours may be about only some of them."""
    has_late_remark = remarks.is_by_appointment or (
        remarks.season is not None and not remarks.is_season_first
    )
    return has_late_remark and len({part.byday for part in parts}) > 1


def _parse_at_comma(text: str, today: date | None, parsed_pieces: _ParsedPieces) -> list[_Clause]:
    """Split a clause at the last comma that has a clause on each side, and parse both.

    ``Mon-Fri 9-5, Sat by appointment``. Clauses with too many commas return none, because every
    piece between two commas may have to be parsed.
    """
    commas = list(re.finditer(r",\s*", text))
    if len(commas) > _MOST_COMMAS:
        return []
    for match in reversed(commas):
        first, second = text[: match.start()], text[match.end() :]
        second_clauses = _parse_clause_once(second, today, parsed_pieces) if second else []
        if second_clauses and (second_clauses[0].parts or second_clauses[0].notes):
            first_clauses = _parse_clause_once(first, today, parsed_pieces)
            if first_clauses and first_clauses[0].parts:
                return [*first_clauses, *second_clauses]
    return []


def _split_remarks(normalized: str, today: date | None) -> _Remarks:
    remarks = _Remarks(_trim_edges(normalized))
    while True:
        text = remarks.rest
        found_season = None if remarks.season else find_season(text, today)
        if found_season and _cut_from_edge(remarks, found_season.start, found_season.end):
            remarks.season, remarks.is_season_first = found_season.season, found_season.start == 0
            continue
        match = _HOLIDAYS.search(text)
        if match and _cut_from_edge(remarks, *match.span()):
            remarks.notes.append(ON_MOST_HOLIDAYS if match[1] else ON_HOLIDAYS)
            continue
        match = _APPOINTMENT.search(text)
        if match and not remarks.is_by_appointment and _cut_from_edge(remarks, *match.span()):
            remarks.is_by_appointment = True
            continue
        return remarks


def _cut_from_edge(remarks: _Remarks, start: int, end: int) -> bool:
    """Remove a range from the start or end of a clause; return False if it is in the middle."""
    text_before, text_after = remarks.rest[:start], remarks.rest[end:]
    if _trim_edges(text_before) and _trim_edges(text_after):
        return False
    remarks.is_after_comma = remarks.is_after_comma or text_before.rstrip().endswith(",")
    remarks.rest = _trim_edges(text_before) or _trim_edges(text_after)
    return True


def _trim_edges(normalized: str) -> str:
    return _EDGE_WORDS.sub("", normalized).strip()


def _without_times(part: HoursPart) -> HoursPart:
    """Return hours without times, which move to the notes: the service is not simply open then."""
    if part.closed:
        return part
    times = f"{spell_time(part.opens_at)}-{spell_time(part.closes_at)}"
    return replace(part, opens_at="", closes_at="", notes=f"{times} {BY_APPOINTMENT}")


def _iter_rules(clauses: Iterable[_Clause]) -> Iterable[HoursPart]:
    """Yield the rules of clauses; hours without a season exclude the seasons of the same days."""
    clauses = tuple(clauses)
    for clause in clauses:
        other_seasons = {
            other.season
            for other in clauses
            if other.season and _weekdays_of(other) & _weekdays_of(clause)
        }
        periods = [clause.season] if clause.season else gaps_between(filter(None, other_seasons))
        for part in clause.parts:
            for period in periods or [Season()]:
                notes = ", ".join(filter(None, (part.notes, *dict.fromkeys(clause.notes))))
                yield replace(
                    part,
                    valid_from=period.first,
                    valid_to=period.last,
                    notes="" if part.closed else notes,
                )


def _clause_in_doubt(clauses: Sequence[_Clause]) -> str:
    """Return a clause whose season replaces some but not all days of other hours, or "".

    Hours of two overlapping seasons with common days are in doubt as well.
    """
    seasons = {clause.season for clause in clauses if clause.season}
    without_season = [clause for clause in clauses if not clause.season]
    for season in seasons:
        in_season = [clause for clause in clauses if clause.season == season]
        season_days = set().union(*map(_weekdays_of, in_season))
        if any(
            _weekdays_of(clause) & season_days and not _weekdays_of(clause) <= season_days
            for clause in without_season
        ):
            return in_season[0].text
        in_other_seasons = [
            clause for clause in clauses if clause.season and clause.season != season
        ]
        if any(
            _weekdays_of(clause) & season_days and _have_common_day(clause.season, season)
            for clause in in_other_seasons
        ):
            return in_season[0].text
    return ""


def _have_common_day(season: Season | None, other: Season | None) -> bool:
    """Return whether two seasons overlap."""
    if season is None or other is None:
        return False
    first = max(season.first or date.min, other.first or date.min)
    return first <= min(season.last or date.max, other.last or date.max)


def _weekdays_of(clause: _Clause) -> set[str]:
    """Return the weekdays of a clause, also of monthly rules."""
    return {day[-2:] for part in clause.parts for day in part.byday.split(",") if day}
