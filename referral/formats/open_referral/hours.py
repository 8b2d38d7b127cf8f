"""Hours of Open Referral tables: weekdays in one cell, times in two others; holidays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from referral.fields.clock_times import WHOLE_DAY, parse_span
from referral.fields.hours_parser import DAYS, parse_hours
from referral.fields.text import clean_line
from referral.fields.weekdays import WEEKDAY_NAMES
from referral.formats.files.tables import Row, Tables
from referral.formats.reading.cells import (
    Unreadable,
    format_day,
    is_yearless,
    parse_date,
    read_cell,
)
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.row_reader import RowReader, Values
from referral.formats.writing.hsds_values import EVENTS, OPERATING_HOURS, SCHEDULES
from referral.message import message
from referral.records.problems import Problem, Severity

HOURS = frozenset({"byday", "freq", "opens_at", "closes_at", "dtstart", "until"})
"""Fields of a schedule that ``schedules_of`` makes of several cells."""
NAMED_HOURS = (OPERATING_HOURS, EVENTS)
"""Files of schedules by the names that HSDS gave them in July 2026."""
_PARENTS = ("service_id", "location_id", "service_at_location_id")
_SAYS_SOMETHING = ("description", "notes", "closed", "schedule_link")
_CLOSED = frozenset({"closed", "cerrado"})
_NOT_UNDERSTOOD = message(
    "These hours are not in a form that can be read. They are shown as given."
)


_TIME_MISSING = message("Only one of the two times is given; add the other.")
_NO_DATE = message("This is not a date; write it as 12/31/2024 or 2024-12-31.")
_NUMBERED = message(
    "Days are numbers here, and 1 was taken as Monday. So this row is %(day)s %(opens)s to "
    "%(closes)s. Check one you know."
)


def with_schedules_together(tables: Tables) -> Tables:
    """Return the tables with all schedules in one; one that is in several files is one row.

    A file of events that hang on nothing is of another kind and stays out.
    """
    changed = dict(tables.by_stem)
    for stem in NAMED_HOURS:
        table = changed.get(stem)
        if table is None or not any(map(table.has, _PARENTS)):
            continue
        rows = [_marked(row) for row in table.rows] if stem == EVENTS else table.rows
        known = changed.get(SCHEDULES, replace(table, rows=[]))
        shown = {"is_event": "is_event", **table.shown, **known.shown}
        together = _without_repetition([*known.rows, *rows])
        changed[SCHEDULES] = replace(known, shown=shown, rows=together)
        del changed[stem]
    return replace(tables, by_stem=changed)


def _marked(row: Row) -> Row:
    return replace(row, cells={**row.cells, "is_event": "true"})


def _without_repetition(rows: Iterable[Row]) -> list[Row]:
    """Return the rows; one of the id of a row in another file adds its cells to that one."""
    found: dict[str | int, Row] = {}
    for number, row in enumerate(rows):
        key: str | int = row.get("id") or number
        first = found.setdefault(key, row)
        if first is row:
            continue
        if first.file == row.file:  # said twice in one file, of which the reader warns
            found[number] = row
            continue
        row.fates.keep(row.cells)
        found[key] = replace(first, cells={**row.cells, **first.cells})
    return list(found.values())


def numbered_days(tables: Tables) -> Iterator[Problem]:
    """Yield a problem that asks whether day 1 is Monday in this list (HSDS 1 does not say)."""
    for row in tables.rows("regular_schedules"):
        number = row.get("weekday")
        if number.isdecimal() and 1 <= int(number) <= len(WEEKDAY_NAMES):
            yield Problem(
                code="weekdays-numbered",
                severity=Severity.WARNING,
                message=_NUMBERED.filled(
                    day=WEEKDAY_NAMES[int(number) - 1],
                    opens=row.get("opens_at"),
                    closes=row.get("closes_at"),
                ),
                file=row.file,
                line=row.line,
                column="weekday",
            )
            return


def holiday_values(reader: RowReader, values: Values) -> tuple[Problem, ...]:
    """Put the days of a holiday into its values; what is wrong where they are no dates.

    Days of every year (written with the year 1) can only be said in words.
    """
    days = [_day_in(reader, header) for header in ("start_date", "end_date")]
    if bad := tuple(day for day in days if isinstance(day, Problem)):
        return bad
    starts, ends = (day for day in days if isinstance(day, date))
    if values.get("closed"):
        values["opens_at"] = values["closes_at"] = ""
    if not (is_yearless(starts) or is_yearless(ends)):
        values |= {"valid_from": starts, "valid_to": ends}
        return ()
    said = format_day(starts) if starts == ends else f"{format_day(starts)} to {format_day(ends)}"
    if values.get("closed"):
        values |= {"closed": False, "description": f"Closed every year: {said}"}
    else:
        times = f"{values.get('opens_at', '')} - {values.get('closes_at', '')}"
        words = f"Every year, {said}: {times}"
        values |= {"opens_at": "", "closes_at": "", "description": words}
    return ()


def _day_in(reader: RowReader, header: str) -> date | Problem:
    day = parse_date(reader.take(header, header))
    return day or reader.problem("date-not-understood", Severity.ERROR, _NO_DATE, header)


@dataclass(frozen=True, slots=True)
class HoursAsGiven:
    """The cells of a row that tell hours, as the list has them."""

    days: str
    opens: str
    closes: str
    freq: str = ""

    def as_text(self) -> str:
        """Join the cells of opening hours in one line."""
        times = " - ".join(part for part in (self.opens, self.closes) if part)
        return f"{self.days} {times}".strip()


def take_hours(reader: RowReader, values: Values) -> HoursAsGiven:
    """Take the cells of opening hours from a row; dates among them go to the values."""
    slipped: dict[str, str] = {}
    for name in ("dtstart", "until"):
        text = reader.take(name, name)
        day = parse_date(text) if text else None
        if day:
            values[name] = day
        elif text:
            slipped[name] = text  # a list whose cells moved by two columns has times here
    reader.mark_used("schedule_closed", "schedule_holiday")
    return HoursAsGiven(
        days=clean_line(reader.take("byday", "weekday", "byday", "days_of_week")),
        opens=clean_line(
            reader.take("opens_at", "opens_at", "opens") or slipped.get("dtstart", "")
        ),
        closes=clean_line(
            reader.take("closes_at", "closes_at", "closes") or slipped.get("until", "")
        ),
        freq=reader.take("freq", "freq").upper(),
    )


def schedules_of(reader: RowReader, values: Values) -> Iterator[tuple[str, Values]]:
    """Yield the schedules of a row as (suffix of the key, values); none without hours.

    What cannot be read becomes one schedule with the words in ``description``.
    """
    given = take_hours(reader, values)
    whole_days = _numbered_days(reader.take("open_24_hours", "open_24_hours"))
    if whole_days:
        yield "/24h", {**values, **_rule(whole_days), **_times(*WHOLE_DAY)}
    if not (given.opens or given.closes):
        yield from _without_times(values, given)
        return
    parts = list(_timed_parts(given))
    if not parts:
        if missing := _missing_time(reader, given):
            reader.warn("time-missing", _TIME_MISSING, missing)
        else:
            reader.warn("hours-not-understood", _NOT_UNDERSTOOD, _header_of_hours(reader))
        parts = [{"description": _lines(values.get("description"), given.as_text())}]
    for number, part in enumerate(parts):
        yield (f"/{number}" if number else ""), {**values, **part}


def _missing_time(reader: RowReader, given: HoursAsGiven) -> str:
    """Return the header of an opening or closing time that is missing beside the other one."""
    if given.opens and given.closes:
        return ""
    headers = ("closes_at", "closes") if given.opens else ("opens_at", "opens")
    return next(filter(reader.has_column, headers), "")


def tells(values: Values) -> bool:
    """Return whether a schedule has more than weekdays: times, dates or words."""
    said = ("opens_at", "closes_at", *_SAYS_SOMETHING)
    return any(values.get(name) for name in said)


def parents_in(values: Values) -> tuple[str, ...]:
    """Return the parents of a schedule, as ids of the list."""
    return tuple(values.get(name, "") for name in _PARENTS)


def _without_times(values: Values, given: HoursAsGiven) -> Iterator[tuple[str, Values]]:
    """Yield the schedules of a row without times: weekdays with unknown hours, or words."""
    byday = _byday(given.days) if given.days else None
    parts = parse_hours(given.days) if given.days and not byday else None
    if byday:
        yield "", {**values, **_rule(byday)}
    elif parts:
        for number, part in enumerate(parts):
            yield (f"/{number}" if number else ""), {**values, **part.values()}
    elif given.days or any(values.get(name) for name in _SAYS_SOMETHING):
        yield "", {**values, "description": _lines(values.get("description"), given.days)}


def _lines(*texts: str | None) -> str:
    return "\n".join(filter(None, texts))


def _header_of_hours(reader: RowReader) -> str:
    named = ("opens_at", "opens", "dtstart", "closes_at", "closes", "until", "weekday")
    return next(header for header in named if reader.row.get(header))


def _timed_parts(given: HoursAsGiven) -> Iterator[Values]:
    byday = _byday(given.days)
    if byday is None and given.freq == "DAILY":
        byday = ",".join(DAYS)
    if byday is None:
        yield from schedules_in(given.as_text()) or (
            part.values() for part in parse_hours(given.days) or ()
        )
        return
    if given.opens.casefold() in _CLOSED:
        yield {**_rule(byday), "closed": True}
        return
    span = _span(given.opens, given.closes)
    if span:
        yield {**_rule(byday), **_times(*span)}


def _byday(days: str) -> str | None:
    if not days:
        return None
    numbered = _numbered_days(days)
    if numbered:
        return numbered
    value = read_cell("schedule", "byday", days)
    return None if isinstance(value, Unreadable) else str(value)


def _numbered_days(days: str) -> str | None:
    """Parse numbered weekdays; 1 is taken as Monday (the standard does not say)."""
    parts = [part.strip() for part in days.split(",") if part.strip()]
    if not parts or not all(part in {"1", "2", "3", "4", "5", "6", "7"} for part in parts):
        return None
    return ",".join(DAYS[int(part) - 1] for part in sorted(set(parts)))


def _rule(byday: str) -> Values:
    monthly = any(character.isdigit() for character in byday)
    return {"freq": "MONTHLY" if monthly else "WEEKLY", "byday": byday}


def _times(opens_at: str, closes_at: str) -> Values:
    return {"opens_at": opens_at, "closes_at": closes_at}


def _span(opens: str, closes: str) -> tuple[str, str] | None:
    if opens.isdecimal() and closes.isdecimal() and max(int(opens), int(closes)) > 24:
        return _wall(int(opens)), _wall(int(closes))
    if not closes and opens.casefold().startswith("24"):
        return WHOLE_DAY
    return parse_span(opens, closes) if opens and closes else None


def _wall(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
