"""Parser of seasons in English and Spanish ("June to August"), as dates of the next season."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH_WORDS = (
    "january|jan|enero", "february|feb|febrero", "march|marzo", "april|apr|abril", "may|mayo",
    "june|jun|junio", "july|jul|julio", "august|aug|agosto", "september|sept|sep|septiembre",
    "october|oct|octubre", "november|nov|noviembre", "december|dec|diciembre",
)  # fmt: skip
_MONTH_BY_WORD = {
    word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split("|")
}
_MONTH_NAMES = tuple(words.partition("|")[0].title() for words in _MONTH_WORDS)
_MONTH = rf"(?:{'|'.join(_MONTH_BY_WORD)})\b\.?"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?(?!\d|:\d| ?[ap]m\b)"
_YEAR = r"(?:,? (?:de(?:l)? )?(20\d\d))?"
# "June 1, 2027", "1 de junio de 2027", "June"
_NOT_AN_HOUR = r"(?<![-:\d])(?<!- )(?<!to )(?<! a )"  # "9-5 June to August"
_DAY = rf"(?:(?:el )?{_NOT_AN_HOUR}({_NTH}) (?:de |of )?)?({_MONTH})(?: ({_NTH}))?{_YEAR}(?!\w)"
_TO = r" ?(?:-|to|through|thru|until|till|a|al|hasta)(?: el)? ?"
_LAST_DAY = _DAY.replace(_NOT_AN_HOUR, "")
_RANGE = re.compile(rf"(?:\b(?:from|desde|del?) )?\b{_DAY}{_TO}{_LAST_DAY}")
_FROM = re.compile(rf"\b(?:from|starting|beginning|since|after|desde|a partir del?) {_DAY}")
_UNTIL = re.compile(rf"\b(?:until|till|through|thru|before|hasta) {_DAY}")
_IN_MONTH = re.compile(rf"(?:\b(?:in|during|en|durante) )?\b({_MONTH}){_YEAR}(?! ?\d)(?!\w)")
_ONE_DAY = timedelta(days=1)
_HALF_A_YEAR = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Season:
    """A season from a first to a last day, both included; None where it is open-ended."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class FoundSeason:
    """A season found in a text, with its first and end character."""

    season: Season
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _WrittenDate:
    month: int
    day: int | None
    year: int | None

    def on(self, year: int, *, is_end: bool) -> date | None:
        """Return the date in a year; for a month alone its first or last day."""
        if self.day is None:
            next_month = date(year + self.month // 12, self.month % 12 + 1, 1)
            return next_month - _ONE_DAY if is_end else date(year, self.month, 1)
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def find_season(text: str, today: date | None) -> FoundSeason | None:
    """Find a season in ``normalize_time_text`` output; None where there is none or it is in doubt.

    Args:
        today: where no year is given, the current or next season is meant; None requires years.
    """
    for pattern, build_season in (
        (_RANGE, _season_of_range),
        (_FROM, _season_from),
        (_UNTIL, _season_until),
        (_IN_MONTH, _season_of_month),
    ):
        match = pattern.search(text)
        if match:
            season = build_season(match.groups(), today)
            return FoundSeason(season, match.start(), match.end()) if season else None
    return None


def gaps_between(seasons: Iterable[Season]) -> tuple[Season, ...]:
    """Return the periods outside all seasons."""
    gaps: list[Season] = []
    gap_start: date | None = None
    ordered = sorted(seasons, key=lambda season: season.first or date.min)
    for index, season in enumerate(ordered):
        if season.first and (gap_start is None or gap_start < season.first):
            gaps.append(Season(gap_start, season.first - _ONE_DAY))
        if season.last is None:
            return tuple(gaps)
        day_after = season.last + _ONE_DAY
        gap_start = day_after if index == 0 or gap_start is None else max(gap_start, day_after)
    return (*gaps, Season(gap_start))


def spell_season(first: date | None, last: date | None) -> str:
    """Format a season in English as ``find_season`` reads it: ``June 1, 2027 to July 2, 2027``."""
    if first and last:
        return f"{_format_date(first)} to {_format_date(last)}"
    if first:
        return f"from {_format_date(first)}"
    return f"until {_format_date(last)}" if last else ""


def _format_date(day: date) -> str:
    return f"{_MONTH_NAMES[day.month - 1]} {day.day}, {day.year}"


def _parse_date(groups: tuple[str | None, ...]) -> _WrittenDate | None:
    day_before_month, month, day_after_month, year = groups
    if day_before_month and day_after_month:
        return None
    written_day = day_before_month or day_after_month
    day = int(re.sub(r"\D", "", written_day)) if written_day else None
    return _WrittenDate(_MONTH_BY_WORD[(month or "").rstrip(".")], day, int(year) if year else None)


def _season_of_range(groups: tuple[str | None, ...], today: date | None) -> Season | None:
    first, last = _parse_date(groups[:4]), _parse_date(groups[4:])
    if first is None or last is None or (first.year and not last.year):
        return None
    wraps_year = (first.month, first.day or 1) > (last.month, last.day or 31)
    for year in _candidate_years(last, today):
        last_day = last.on(year, is_end=True)
        first_day = first.on(first.year or year - wraps_year, is_end=False)
        if last_day is None or first_day is None or first_day > last_day:
            return None
        if last.year or (today and last_day >= today):
            return Season(first_day, last_day)
    return None


def _candidate_years(written: _WrittenDate, today: date | None) -> tuple[int, ...]:
    if written.year:
        return (written.year,)
    return (today.year, today.year + 1) if today else ()


def _season_from(groups: tuple[str | None, ...], today: date | None) -> Season | None:
    day = _resolve_day(_parse_date(groups), today, _HALF_A_YEAR, is_end=False)
    return Season(day, None) if day else None


def _season_until(groups: tuple[str | None, ...], today: date | None) -> Season | None:
    day = _resolve_day(_parse_date(groups), today, timedelta(), is_end=True)
    return Season(None, day) if day else None


def _resolve_day(
    written: _WrittenDate | None, today: date | None, longest_past: timedelta, *, is_end: bool
) -> date | None:
    """Return the date of a written day.

    Without a year it is the first that is at most ``longest_past`` ago.
    """
    for year in _candidate_years(written, today) if written else ():
        day = written.on(year, is_end=is_end) if written else None
        if day and ((written and written.year) or (today and day >= today - longest_past)):
            return day
    return None


def _season_of_month(groups: tuple[str | None, ...], today: date | None) -> Season | None:
    month, year = groups
    start, end = (None, month, None, None), (None, month, None, year)
    return _season_of_range((*start, *end), today)
