"""Reconciliation of a list with the store: meaning of blanks, fields that change together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from referral.records.hsds import Location, Record
from referral.records.kinds import PARENT_FIELDS, field_names, kind_of

_POSITION = ("latitude", "longitude", "position_source")
_NO_POSITION = {"latitude": None, "longitude": None, "position_source": ""}
# Fields that belong together: a new street without a second line has none, but an unchanged street
# keeps the suite that the list leaves out.
_FIELD_GROUPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "service": (
        ("minimum_age", "maximum_age"),
        ("assured_date", "assurer_email", "verified_by"),
    ),
    "location": (
        _POSITION,
        ("external_identifier", "external_identifier_type"),
    ),
    "contact": (("name", "title", "department", "email"),),
    "phone": (("number", "extension", "tel"),),
    "language": (("name", "code"),),
    "cost_option": (("option", "currency", "amount", "amount_description"),),
    "service_capacity": (
        ("unit", "unit_scheme", "unit_identifier", "unit_uri"),
        ("available", "maximum", "updated"),
    ),
    "organization_identifier": (("identifier_scheme", "identifier_type", "identifier"),),
}
_DERIVED_SOURCES = frozenset({"zip", "address"})  # sources of positions
_KINDS_AS_ONE_GROUP = frozenset({"address", "schedule", "service_area", "attribute", "metadata"})
# Field derived from another one → the field with which it is shown and decided.
_LEADING_FIELDS: Mapping[str, Mapping[str, str]] = {
    "phone": {"tel": "number"},
    "location": {"longitude": "latitude", "position_source": "latitude"},
    "service_area": {"area_kind": "name", "area_codes": "name"},
}


def leading_field(kind: str, field: str) -> str:
    """Return the field that an import decides a derived field with, else the field itself."""
    return _LEADING_FIELDS.get(kind, {}).get(field, field)


def fill_blanks(stored: Record, record: Record, *, has_moved: bool = False) -> Record:
    """Return a source list's record with its empty fields filled from the stored record.

    A blank stays blank if a field of its group has a new value.

    Args:
        has_moved: whether the list has another address of a location, so that the stored position
            is outdated.
    """
    values = {name: getattr(record, name) for name in field_names(kind_of(record))}
    if not has_moved and keeps_position(stored, record):
        values.update(_NO_POSITION)
    for group in _groups(kind_of(record)):
        if has_moved and group == _POSITION:
            continue
        if any(
            not _is_blank(values[name]) and values[name] != getattr(stored, name) for name in group
        ):
            continue
        for name in group:
            if _is_blank(values[name]):
                values[name] = getattr(stored, name)
    changed = {name: value for name, value in values.items() if value != getattr(record, name)}
    return replace(record, **changed) if changed else record


def differences(stored: Record, record: Record) -> dict[str, tuple[Any, Any]]:
    """Return the stored and the listed value of each field in which they differ."""
    return {
        name: (getattr(stored, name), getattr(record, name))
        for name in field_names(kind_of(record))
        if getattr(stored, name) != getattr(record, name)
    }


def keeps_position(stored: Record, record: Record) -> bool:
    """Return whether a location keeps its stored position because the source list has none.

    A position derived from the address does not replace a given one. A derived one is derived
    again, since the address may have changed.
    """
    if not (isinstance(stored, Location) and isinstance(record, Location)):
        return False
    derived = {"", *_DERIVED_SOURCES}
    return record.position_source in derived and stored.position_source not in derived


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


@cache
def _groups(kind: str) -> tuple[tuple[str, ...], ...]:
    names = tuple(name for name in field_names(kind) if name not in {"id", "visibility"})
    if kind in _KINDS_AS_ONE_GROUP:
        return (names,)
    groups = list(_FIELD_GROUPS.get(kind, ()))
    parents = tuple(name for name in names if name in PARENT_FIELDS)
    if parents:
        groups.append(parents)
    grouped = {name for group in groups for name in group}
    return (*groups, *((name,) for name in names if name not in grouped))
