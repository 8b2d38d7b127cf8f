"""Schedules in AIRS XML: weekdays with times, or notes in words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from referral.fields.text import clean_text
from referral.formats.airs.element_reader import ElementReader
from referral.formats.airs.xml import Element
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.derived_fields import schedules_in
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, Values
from referral.message import message

_DAYS = {
    "Monday": "MO",
    "Tuesday": "TU",
    "Wednesday": "WE",
    "Thursday": "TH",
    "Friday": "FR",
    "Saturday": "SA",
    "Sunday": "SU",
}
_XML_TIME = re.compile(r"(\d{1,2}:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?\Z")
_NOT_UNDERSTOOD = message("These times are not in a form that can be read. They were kept aside.")


def hours_items(
    builder: RecordBuilder, file: str, element: Element, parents: Values, owner: str
) -> Iterator[Item]:
    """The schedules of a site or service; ``owner`` begins their keys."""
    for number, given in enumerate(element.all("TimeOpen")):
        reading = ElementReader(given, "schedule", file)
        parts = list(_parts(reading))
        given.used = bool(parts) or not given.leftovers()
        if not parts:
            yield from reading.problems
        for at, part in enumerate(parts):
            each = (
                reading if at == 0 else ElementReader(Element("", given.line, {}), "schedule", file)
            )
            each.values = {**part, **parents}
            each.headers = {name: _header(name) for name in each.values}
            yield from each.items(builder, f"{owner}/hours/{number}/{at}")
    for number, season in enumerate(element.all("Seasonal")):
        reading = ElementReader(season, "schedule", file)
        days = " - ".join(t for t in (season.take("StartDate"), season.take("EndDate")) if t)
        text = ": ".join(t for t in (clean_text(season.take("Description")), days) if t)
        season.used = True
        if text:
            reading.values = {"description": text, **parents}
            reading.headers = {"description": "Seasonal/Description"}
            yield from reading.items(builder, f"{owner}/season/{number}")


def _parts(reading: ElementReader) -> Iterator[Values]:
    """The rules of one TimeOpen; its notes are read when it has no times."""
    spans, unread = _spans(reading)
    notes = clean_text(reading.element.take("Notes"))
    if not spans and notes:
        spoken = [{"notes": "", **part} for part in schedules_in(notes)]
        yield from spoken or [{"description": notes}]
        return
    for at, ((opens_at, closes_at), days) in enumerate(spans.items()):
        yield {
            "freq": "WEEKLY",
            "byday": ",".join(days),
            "opens_at": opens_at,
            "closes_at": closes_at,
            "notes": "" if at else notes,
        }
    if unread:
        yield {"freq": "WEEKLY", "byday": ",".join(dict.fromkeys(unread))}


def _spans(reading: ElementReader) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """The days by their times, and those whose times could not be read."""
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    unread: list[str] = []
    for name, day in _DAYS.items():
        for given in reading.element.all(name):
            opens_at, closes_at = _time(given.peek("From")), _time(given.peek("To"))
            if opens_at and closes_at:
                given.used = True
                if day not in spans[opens_at, closes_at]:
                    spans[opens_at, closes_at].append(day)
            elif given.peek("From") or given.peek("To"):
                reading.warn("hours-not-understood", _NOT_UNDERSTOOD, f"TimeOpen/{name}")
                unread.append(day)
    return spans, unread


def _time(text: str) -> str:
    match = _XML_TIME.match(text)
    plain = match.group(1) if match else text
    if not plain:
        return ""
    value = read_cell("schedule", "opens_at", "00:00" if plain == "24:00" else plain)
    return "" if isinstance(value, Unreadable) else str(value)


def _header(name: str) -> str:
    return "TimeOpen/Notes" if name in {"description", "notes"} else "TimeOpen"
