"""HSDS 1.1 lists (2017): the files of HSDS 2 but for terms and hours, whose days are numbers."""

from __future__ import annotations

from collections.abc import Iterator

from referral.fields.hours_parser import DAYS
from referral.formats.files.tables import Tables
from referral.formats.hsds.v2 import read_hsds2
from referral.formats.reading.items import Item
from referral.message import Message, message
from referral.records.problems import Problem, Severity

_DAY_NAMES = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
# Files and columns that HSDS 2 dropped, and that no Ohana list has.
_SIGNS = (
    ("services_taxonomy", "taxonomy_id"),
    ("regular_schedules", "service_at_location_id"),
    ("holiday_schedules", "service_at_location_id"),
    ("taxonomy", "vocabulary"),
)
_LATER = (("taxonomy_terms", "id"), ("service_attributes", "id"), ("services", "service_recordid"))


def recognise_hsds1(tables: Tables) -> Message | None:
    """Why this is an HSDS 1 list, None when it is not."""
    if any(tables.has(stem, header) for stem, header in _LATER):
        return None
    for stem, header in _SIGNS:
        if tables.has(stem, header):
            return message(
                "It has %(table)s.csv with %(column)s, as HSDS 1 lists have.",
                table=stem,
                column=header,
            )
    if tables.has("services", "organization_id", "taxonomy_ids") and tables.has(
        "organizations", "url"
    ):
        return message(
            "It has services.csv with taxonomy_ids and organization_id, as HSDS 1 lists have."
        )
    return None


def read_hsds1(tables: Tables, source: str) -> Iterator[Item]:
    """The items of an HSDS 1 list, and how its numbered days were taken."""
    yield from _numbered_days(tables)
    yield from read_hsds2(tables, source)


def _numbered_days(tables: Tables) -> Iterator[Problem]:
    """One problem that lets a person see whether day 1 is Monday in this list."""
    table = tables.get("regular_schedules")
    for row in table.rows if table else ():
        number = row.get("weekday")
        if number.isdecimal() and 1 <= int(number) <= len(DAYS):
            day = _DAY_NAMES[DAYS[int(number) - 1]]
            yield Problem(
                code="weekdays-numbered",
                severity=Severity.WARNING,
                message=message(
                    "Days are numbers here, and 1 was taken as Monday. So this row is %(day)s "
                    "%(opens)s to %(closes)s. Check one you know.",
                    day=day,
                    opens=row.get("opens_at"),
                    closes=row.get("closes_at"),
                ),
                file=row.file,
                line=row.line,
                column="weekday",
            )
            return
