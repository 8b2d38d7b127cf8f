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
_CONTENT_FIELDS = ("description", "notes", "closed", "schedule_link")
_CLOSED = frozenset({"closed", "cerrado"})
_NOT_UNDERSTOOD = message(
    "These hours are not in a form that can be read. They are shown as given."
)


_TIME_MISSING = message("Only one of the two times is given; add the other.")
_NO_DATE = message("This is not a date; write it as 12/31/2024 or 2024-12-31.")
_DAYS_NUMBERED = message(
    "Days are numbers here, and 1 was taken as Monday. So this row is %(day)s %(opens)s to "
    "%(closes)s. Check one you know."
)


def with_schedules_together(tables: Tables) -> Tables:
    """Return Open Referral tables with all schedules in one.

    Rows of one id in several files are merged. A file of events without parents has other contents
    and is left out.
    """
    changed = dict(tables.by_stem)
    for stem in NAMED_HOURS:
        table = changed.get(stem)
        if table is None or not any(map(table.has, _PARENTS)):
            continue
        rows = [_mark_as_event(row) for row in table.rows] if stem == EVENTS else table.rows
        schedules = changed.get(SCHEDULES, replace(table, rows=[]))
        shown = {"is_event": "is_event", **table.shown, **schedules.shown}
        merged = _merge_by_id([*schedules.rows, *rows])
        changed[SCHEDULES] = replace(schedules, shown=shown, rows=merged)
        del changed[stem]
    return replace(tables, by_stem=changed)


def _mark_as_event(row: Row) -> Row:
    return replace(row, cells={**row.cells, "is_event": "true"})


def _merge_by_id(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of Open Referral files, merging those with the same id."""
    found: dict[str | int, Row] = {}
    for number, row in enumerate(rows):
        key: str | int = row.get("id") or number
        first = found.setdefault(key, row)
        if first is row:
            continue
        if first.file == row.file:  # twice in one file: the reader warns about it
            found[number] = row
            continue
        row.fates.keep(row.cells)
        found[key] = replace(first, cells={**row.cells, **first.cells})
    return list(found.values())


def numbered_days_problem(tables: Tables) -> Iterator[Problem]:
    """Yield a problem if an HSDS list numbers weekdays, of which 1 is taken as Monday.

    HSDS 1 is unclear about this.
    """
    for row in tables.rows("regular_schedules"):
        number = row.get("weekday")
        if number.isdecimal() and 1 <= int(number) <= len(WEEKDAY_NAMES):
            yield Problem(
                code="weekdays-numbered",
                severity=Severity.WARNING,
                message=_DAYS_NUMBERED.filled(
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
    """Set the days of an HSDS holiday, and return problems of days that are no dates.

    Yearly days (written with the year 1) can only be described in words.
    """
    days = [_read_day(reader, header) for header in ("start_date", "end_date")]
    if problems := tuple(day for day in days if isinstance(day, Problem)):
        return problems
    starts, ends = (day for day in days if isinstance(day, date))
    if values.get("closed"):
        values["opens_at"] = values["closes_at"] = ""
    if not (is_yearless(starts) or is_yearless(ends)):
        values |= {"valid_from": starts, "valid_to": ends}
        return ()
    span = format_day(starts) if starts == ends else f"{format_day(starts)} to {format_day(ends)}"
    if values.get("closed"):
        values |= {"closed": False, "description": f"Closed every year: {span}"}
    else:
        times = f"{values.get('opens_at', '')} - {values.get('closes_at', '')}"
        words = f"Every year, {span}: {times}"
        values |= {"opens_at": "", "closes_at": "", "description": words}
    return ()


def _read_day(reader: RowReader, header: str) -> date | Problem:
    day = parse_date(reader.take(header, header))
    return day or reader.problem("date-not-understood", Severity.ERROR, _NO_DATE, header)


@dataclass(frozen=True, slots=True)
class HoursAsGiven:
    """The cells of an Open Referral row that contain opening hours, as the list has them."""

    days: str
    opens: str
    closes: str
    freq: str = ""

    def as_text(self) -> str:
        """Join the cells of opening hours of an Open Referral row in one line."""
        times = " - ".join(part for part in (self.opens, self.closes) if part)
        return f"{self.days} {times}".strip()


def take_hours(reader: RowReader, values: Values) -> HoursAsGiven:
    """Take the opening hours from an Open Referral row; dates among them go to the values."""
    shifted: dict[str, str] = {}
    for name in ("dtstart", "until"):
        text = reader.take(name, name)
        day = parse_date(text) if text else None
        if day:
            values[name] = day
        elif text:
            shifted[name] = text  # lists whose cells are shifted by two columns have times here
    reader.mark_used("schedule_closed", "schedule_holiday")
    return HoursAsGiven(
        days=clean_line(reader.take("byday", "weekday", "byday", "days_of_week")),
        opens=clean_line(
            reader.take("opens_at", "opens_at", "opens") or shifted.get("dtstart", "")
        ),
        closes=clean_line(
            reader.take("closes_at", "closes_at", "closes") or shifted.get("until", "")
        ),
        freq=reader.take("freq", "freq").upper(),
    )


def schedules_of(reader: RowReader, values: Values) -> Iterator[tuple[str, Values]]:
    """Yield the schedules of an Open Referral row as values with a key suffix.

    Unreadable hours become one schedule with their words in ``description``.
    """
    hours = take_hours(reader, values)
    whole_days = _parse_numbered_days(reader.take("open_24_hours", "open_24_hours"))
    if whole_days:
        yield "/24h", {**values, **_rule_values(whole_days), **_time_values(*WHOLE_DAY)}
    if not (hours.opens or hours.closes):
        yield from _schedules_without_times(values, hours)
        return
    parts = list(_schedules_with_times(hours))
    if not parts:
        if missing := _missing_time(reader, hours):
            reader.warn("time-missing", _TIME_MISSING, missing)
        else:
            reader.warn("hours-not-understood", _NOT_UNDERSTOOD, _first_hours_header(reader))
        parts = [{"description": _join_lines(values.get("description"), hours.as_text())}]
    for number, part in enumerate(parts):
        yield (f"/{number}" if number else ""), {**values, **part}


def _missing_time(reader: RowReader, hours: HoursAsGiven) -> str:
    """Return the header of an HSDS opening or closing time that is missing beside the other."""
    if hours.opens and hours.closes:
        return ""
    headers = ("closes_at", "closes") if hours.opens else ("opens_at", "opens")
    return next(filter(reader.has_column, headers), "")


def has_content(values: Values) -> bool:
    """Return whether an HSDS schedule has more than weekdays: times, dates or words."""
    fields = ("opens_at", "closes_at", *_CONTENT_FIELDS)
    return any(values.get(name) for name in fields)


def parents_in(values: Values) -> tuple[str, ...]:
    """Return the parents of an HSDS schedule, by the ids that the source list gives them."""
    return tuple(values.get(name, "") for name in _PARENTS)


def _schedules_without_times(values: Values, hours: HoursAsGiven) -> Iterator[tuple[str, Values]]:
    """Yield the schedules of a row without times: weekdays with unknown hours, or words."""
    byday = _parse_byday(hours.days) if hours.days else None
    parts = parse_hours(hours.days) if hours.days and not byday else None
    if byday:
        yield "", {**values, **_rule_values(byday)}
    elif parts:
        for number, part in enumerate(parts):
            yield (f"/{number}" if number else ""), {**values, **part.values()}
    elif hours.days or any(values.get(name) for name in _CONTENT_FIELDS):
        yield "", {**values, "description": _join_lines(values.get("description"), hours.days)}


def _join_lines(*texts: str | None) -> str:
    return "\n".join(filter(None, texts))


def _first_hours_header(reader: RowReader) -> str:
    headers = ("opens_at", "opens", "dtstart", "closes_at", "closes", "until", "weekday")
    return next(header for header in headers if reader.row.get(header))


def _schedules_with_times(hours: HoursAsGiven) -> Iterator[Values]:
    byday = _parse_byday(hours.days)
    if byday is None and hours.freq == "DAILY":
        byday = ",".join(DAYS)
    if byday is None:
        yield from schedules_in(hours.as_text()) or (
            part.values() for part in parse_hours(hours.days) or ()
        )
        return
    if hours.opens.casefold() in _CLOSED:
        yield {**_rule_values(byday), "closed": True}
        return
    span = _parse_times(hours.opens, hours.closes)
    if span:
        yield {**_rule_values(byday), **_time_values(*span)}


def _parse_byday(days: str) -> str | None:
    if not days:
        return None
    from_numbers = _parse_numbered_days(days)
    if from_numbers:
        return from_numbers
    value = read_cell("schedule", "byday", days)
    return None if isinstance(value, Unreadable) else str(value)


def _parse_numbered_days(days: str) -> str | None:
    """Parse weekdays that an HSDS list numbers; 1 is taken as Monday.

    The standard is unclear.
    """
    parts = [part.strip() for part in days.split(",") if part.strip()]
    if not parts or not all(part in {"1", "2", "3", "4", "5", "6", "7"} for part in parts):
        return None
    return ",".join(DAYS[int(part) - 1] for part in sorted(set(parts)))


def _rule_values(byday: str) -> Values:
    is_monthly = any(character.isdigit() for character in byday)
    return {"freq": "MONTHLY" if is_monthly else "WEEKLY", "byday": byday}


def _time_values(opens_at: str, closes_at: str) -> Values:
    return {"opens_at": opens_at, "closes_at": closes_at}


def _parse_times(opens: str, closes: str) -> tuple[str, str] | None:
    if opens.isdecimal() and closes.isdecimal() and max(int(opens), int(closes)) > 24:
        return _clock_time(int(opens)), _clock_time(int(closes))
    if not closes and opens.casefold().startswith("24"):
        return WHOLE_DAY
    return parse_span(opens, closes) if opens and closes else None


def _clock_time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
