"""HSDS 3.1 property names, types and values of records, for tables and JSON.

Properties beyond HSDS keep our own names; ``formats.hsds.v3`` reads all of them back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any

from referral.records.directory import Location, Record, Schedule
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names, kind_of

# The tables, with the names of their files, parents before children.
TABLES: Mapping[str, str] = {
    "organization": "organizations",
    "program": "programs",
    "service": "services",
    "location": "locations",
    "service_at_location": "service_at_location",
    "address": "addresses",
    "contact": "contacts",
    "phone": "phones",
    "schedule": "schedules",
    "service_area": "service_areas",
    "language": "languages",
    "accessibility": "accessibility",
    "cost_option": "cost_options",
    "required_document": "required_documents",
    "taxonomy": "taxonomies",
    "taxonomy_term": "taxonomy_terms",
    "attribute": "attributes",
    "service_heading": "service_headings",
    "translation": "translations",
}
# Text that JSON of HSDS must have; "" where we have none.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "organization": ("name", "description"),
    "program": ("name", "description"),
    "service": ("name", "status"),
    "location": ("location_type",),
    "phone": ("number",),
    "address": (
        "address_1", "city", "state_province", "postal_code", "country", "address_type",
    ),
    "taxonomy": ("name", "description"),
    "taxonomy_term": ("name", "description"),
}  # fmt: skip
# HSDS wants a number or a fixed word where we have text: what does not fit goes beside it.
_NUMBER = re.compile(r"(?:0|-?[1-9]\d{0,8})\Z", re.ASCII)
_WEEKDAY = re.compile(r"(?:MO|TU|WE|TH|FR|SA|SU)\Z")
_FITS = {
    ("phone", "extension"): _NUMBER,
    ("schedule", "timezone"): _NUMBER,
    ("schedule", "wkst"): _WEEKDAY,
}
TEXT_SUFFIX = "_text"
# Who among staff checked a listing is nobody else's business. What is public goes out, so only
# the records whose secrecy an import decides say so: else it would hold back shelters anew.
_NOT_EXPORTED = frozenset({("service", "verified_by")})
_SAY_VISIBILITY = frozenset({"service", "location"})
_TYPES = {
    "date | None": "date",
    "int | None": "integer",
    "float | None": "number",
    "bool": "boolean",
}
Values = dict[str, Any]


@cache
def columns_of_kind(kind: str) -> tuple[tuple[str, str], ...]:
    """The properties of a kind: (name, type as data packages have it)."""
    columns: list[tuple[str, str]] = []
    declared = {each.name: str(each.type) for each in fields(KINDS[kind])}
    for name in _names(kind):
        fits = _FITS.get((kind, name))
        own = _TYPES.get(declared[name], "string")
        columns.append((name, "number" if fits is _NUMBER else own))
        if fits is not None:
            columns.append((name + TEXT_SUFFIX, "string"))
    return tuple(columns)


def values_of(record: Record) -> Values:
    """What a record says, by property; what it does not say is left out, unless HSDS needs it."""
    kind = kind_of(record)
    needed = REQUIRED.get(kind, ())
    hidden = _approximate(record)
    found: Values = {}
    for name in _names(kind):
        value = getattr(record, name)
        if name in hidden or (not _has_value(value) and name not in needed):
            continue
        fits = _FITS.get((kind, name))
        if fits is not None and not fits.match(value):
            found[name + TEXT_SUFFIX] = value
        else:
            found[name] = int(value) if fits is _NUMBER else _plain(value)
    return found


def cell_of(value: Any) -> str:
    """The value of a property as a table has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Never with an exponent: few programs read one.
        return format(value, ".15f").rstrip("0") if "e" in repr(value) else repr(value)
    return str(value)


def foreign_keys_of(kind: str) -> dict[str, str]:
    """Property → kind of the record whose id it has."""
    return {name: PARENT_FIELDS[name] for name in field_names(kind) if name in PARENT_FIELDS}


@cache
def _names(kind: str) -> tuple[str, ...]:
    names = [name for name in field_names(kind) if name != "visibility"]
    names += ["visibility"] if kind in _SAY_VISIBILITY else []
    return tuple(name for name in names if (kind, name) not in _NOT_EXPORTED)


def _approximate(record: Record) -> tuple[str, ...]:
    """The middle of a ZIP code is not where a place is; who reads the file can work it out."""
    if isinstance(record, Location) and record.position_source == "zip":
        return "latitude", "longitude", "position_source"
    return ()


def _has_value(value: Any) -> bool:
    return value is not None and value != "" and value is not False


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def with_offset(schedule: Schedule, offset: str) -> Values:
    """The values of a schedule, its times with the offset from UTC that HSDS asks for."""
    values = values_of(schedule)
    for name in ("opens_at", "closes_at"):
        if values.get(name):
            values[name] += offset
    return values
