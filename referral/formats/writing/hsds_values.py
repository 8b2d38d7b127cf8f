"""HSDS 3.1 property names, types and values of records, for tables and JSON.

Properties beyond HSDS keep our own names; ``formats.open_referral`` reads all of them back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from referral.fields.urls_and_emails import is_email, to_uri
from referral.records.hsds import Address, Location, Record, Schedule
from referral.records.kinds import KINDS, PARENT_FIELDS, kind_of

# The tables, with the names of their files, parents before children.
TABLES: Mapping[str, str] = {
    "organization": "organizations",
    "organization_identifier": "organization_identifiers",
    "program": "programs",
    "service": "services",
    "location": "locations",
    "service_at_location": "service_at_location",
    "address": "addresses",
    "partial_address": "partial_addresses",
    "contact": "contacts",
    "phone": "phones",
    "schedule": "schedules",
    "service_area": "service_areas",
    "language": "languages",
    "accessibility": "accessibility",
    "cost_option": "cost_options",
    "required_document": "required_documents",
    "unit": "units",
    "service_capacity": "service_capacity",
    "funding": "funding",
    "url": "url",
    "taxonomy": "taxonomies",
    "taxonomy_term": "taxonomy_terms",
    "attribute": "attributes",
    "translation": "translations",
    "metadata": "metadata",
}
ADDRESS_REQUIRED = (
    "address_1", "city", "state_province", "postal_code", "country", "address_type",
)  # fmt: skip
# Fields that HSDS tables require; ``open_data.own_parts`` leaves out records that lack them.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "organization": ("name", "description"),
    "program": ("name", "description"),
    "service": ("name", "status"),
    "location": ("location_type",),
    "phone": ("number",),
    "unit": ("name",),
    "service_capacity": ("available", "updated"),
    "organization_identifier": ("identifier_type", "identifier"),
    "url": ("url",),
    "metadata": (
        "last_action_date", "last_action_type", "field_name", "previous_value",
        "replacement_value", "updated_by",
    ),
    "address": ADDRESS_REQUIRED,
    "taxonomy": ("name", "description"),
    "taxonomy_term": ("name", "description"),
}  # fmt: skip
# Field that HSDS requires → the field that is repeated if it is empty.
_FALLBACK_FIELDS = {"description": "name", "identifier_type": "identifier_scheme"}
# Names in HSDS of fields that have other names here.
_HSDS_NAMES = {
    ("funding", "funding_source"): "source",
    ("metadata", "link_entity"): "resource_type",
    ("metadata", "link_id"): "resource_id",
}
# Suffix of the property for a text that is not the number, word or full address that HSDS requires.
TEXT_SUFFIX = "_text"
_WHOLE_NUMBER = re.compile(r"(?:0|-?[1-9]\d{0,8})\Z", re.ASCII)
_WEEKDAY = re.compile(r"(?:MO|TU|WE|TH|FR|SA|SU)\Z")
# Not exported: who of the staff checked a listing, and on which days it is listed. Keywords are
# exported as attributes.
_NOT_EXPORTED = frozenset(
    ("service", name) for name in ("verified_by", "keywords", "listed_from", "listed_until")
)
# Exported records are public. The kinds that an import may withhold have their visibility in the
# export, or importing it would withhold shelters again.
_KINDS_WITH_VISIBILITY = frozenset({"service", "location"})
_TYPES = {
    "date | None": "date",
    "int | None": "integer",
    "float | None": "number",
    "bool": "boolean",
}
LAST_MODIFIED = "last_modified"
Values = dict[str, Any]
_FOREIGN_KEYS = {**PARENT_FIELDS, "unit_id": "unit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Record):
    """A unit of measure in which HSDS counts a service's capacity."""

    name: str
    scheme: str = ""
    identifier: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityInUnit(Record):
    """A service capacity whose unit is an HSDS record of its own."""

    service_id: str
    unit_id: str
    available: float | None = None
    maximum: float | None = None
    description: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialAddress(Address):
    """An address without fields that HSDS requires, exported to a table of our own."""


# HSDS renamed the hours of a service in July 2026, and separated its events from them.
SCHEDULES, OPERATING_HOURS, EVENTS = "schedules", "operating_hours", "events"
_HSDS_CLASSES: Mapping[str, type[Record]] = {
    "unit": Unit,
    "service_capacity": CapacityInUnit,
    "partial_address": PartialAddress,
}
_NAMES_BY_CLASS = {record_class: name for name, record_class in _HSDS_CLASSES.items()}


def _number(text: str) -> int | None:
    return int(text) if _WHOLE_NUMBER.match(text) else None


def _weekday(text: str) -> str | None:
    return text if _WEEKDAY.match(text) else None


def _uri(text: str) -> str | None:
    return to_uri(text) or None


def _email(text: str) -> str | None:
    return text if is_email(text) else None


def _text(text: str) -> str:
    return text


def day_of(text: str) -> str | None:
    """Return the day of an ISO date or datetime, for HSDS exports."""
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return None


def _instant(text: str) -> str | None:
    """Return a datetime with UTC offset for HSDS exports; a date becomes midnight UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return text
    return moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


_CONVERTERS_BY_KIND: Mapping[tuple[str, str], Callable[[str], Any]] = {
    ("taxonomy_term", "code"): _text,  # unique: see ``with_code_beside``
    ("phone", "extension"): _number,
    ("schedule", "timezone"): _number,
    ("schedule", "wkst"): _weekday,
    ("service_capacity", "updated"): _instant,
    ("metadata", "last_action_date"): day_of,
}
_CONVERTERS_BY_NAME: Mapping[str, Callable[[str], Any]] = {
    "url": _uri, "website": _uri, "uri": _uri, "term_uri": _uri, "schedule_link": _uri,
    "email": _email, "assurer_email": _email,
}  # fmt: skip
ADDRESS_FIELDS = frozenset(_CONVERTERS_BY_NAME)
"""Fields for a web or e-mail address; ``_text`` beside one has what is none, or was encoded."""


def name_of(record: Record) -> str:
    """Return the name that HSDS has for a record class."""
    return _NAMES_BY_CLASS.get(type(record)) or kind_of(record)


@cache
def columns_of_kind(kind: str) -> tuple[tuple[str, str], ...]:
    """Return the HSDS properties of a record kind as (name, data package type)."""
    columns: list[tuple[str, str]] = []
    declared = {each.name: str(each.type) for each in fields(_class_of(kind))}
    for name in _exported_fields(kind):
        converter = _converter_for(kind, name)
        data_type = _TYPES.get(declared[name], "string")
        columns.append(
            (_property_name(kind, name), "number" if converter is _number else data_type)
        )
        if converter is not None:
            columns.append((name + TEXT_SUFFIX, "string"))
    if kind == "service":
        columns.append((LAST_MODIFIED, "datetime"))
    return tuple(columns)


def values_of(record: Record) -> Values:
    """Return a record's HSDS properties and their values.

    Empty ones are left out unless HSDS requires them.
    """
    kind = name_of(record)
    required = REQUIRED.get(kind, ())
    misleading = _misleading_fields(record)
    found: Values = {}
    for name in _exported_fields(kind):
        value = getattr(record, name)
        if not _has_value(value) and name in required:
            value = getattr(record, _FALLBACK_FIELDS.get(name, name), value)
        if name in misleading or (not _has_value(value) and name not in required):
            continue
        converter = _converter_for(kind, name)
        unconverted = {_property_name(kind, name): _json_value(value)}
        found.update(_converted_or_text(name, value, converter) if converter else unconverted)
    return found


def _property_name(kind: str, name: str) -> str:
    return _HSDS_NAMES.get((kind, name), name)


def _converted_or_text(name: str, text: str, convert: Callable[[str], Any]) -> Values:
    """Return a value in the form HSDS requires, and its original text if that differs."""
    converted = convert(text)
    if converted is None:
        return {name + TEXT_SUFFIX: text}
    return (
        {name: converted} if str(converted) == text else {name: converted, name + TEXT_SUFFIX: text}
    )


def cell_of(value: Any) -> str:
    """Return the value of an HSDS property as a table cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Without an exponent: few programs read one.
        return format(value, ".15f").rstrip("0") if "e" in repr(value) else repr(value)
    return str(value)


def foreign_keys_of(kind: str) -> dict[str, str]:
    """Return the HSDS properties of a kind that refer to another record, and its kind."""
    names = [each.name for each in fields(_class_of(kind))]
    return {name: _FOREIGN_KEYS[name] for name in names if name in _FOREIGN_KEYS}


def _class_of(kind: str) -> type[Record]:
    return _HSDS_CLASSES.get(kind) or KINDS[kind]


@cache
def _exported_fields(kind: str) -> tuple[str, ...]:
    names = [each.name for each in fields(_class_of(kind)) if each.name != "visibility"]
    names += ["visibility"] if kind in _KINDS_WITH_VISIBILITY else []
    return tuple(name for name in names if (kind, name) not in _NOT_EXPORTED)


@cache
def _converter_for(kind: str, name: str) -> Callable[[str], Any] | None:
    return _CONVERTERS_BY_KIND.get((kind, name)) or _CONVERTERS_BY_NAME.get(name)


def _misleading_fields(record: Record) -> tuple[str, ...]:
    """Return a record's fields that are not exported because they would mislead."""
    if isinstance(record, Location) and record.position_source == "zip":
        # The middle of a ZIP code is not the position of a place; readers can derive it themselves.
        return "latitude", "longitude", "position_source"
    if not getattr(record, "extent", "extent"):
        return ("extent_type",)
    return ()


def _has_value(value: Any) -> bool:
    return value is not None and value != "" and value is not False


def _json_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def with_offset(schedule: Schedule, offset: str) -> Values:
    """Add seconds and UTC offset to the times of a schedule, as HSDS requires."""
    values = values_of(schedule)
    for name in ("opens_at", "closes_at"):
        if values.get(name):
            values[name] += f":00{offset}"
    return values


def modified(values: Values, at: datetime) -> Values:
    """Add the time of a service's last change to its exported values."""
    return {**values, LAST_MODIFIED: utc_text(at)}


def utc_text(at: datetime) -> str:
    """Format an instant in UTC as HSDS requires."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def with_code_beside(values: Values) -> Values:
    """Move a term's code to ``code_text`` if another term has it: HSDS requires unique codes."""
    return {("code" + TEXT_SUFFIX if name == "code" else name): v for name, v in values.items()}
