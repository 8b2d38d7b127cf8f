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
# Fields that say one thing together: a new street without a second line has no second line, but
# a street that stays keeps the suite that the list leaves out.
_TOGETHER: Mapping[str, tuple[tuple[str, ...], ...]] = {
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
_DERIVED = frozenset({"zip", "address"})  # sources of positions
_WHOLE = frozenset({"address", "schedule", "service_area", "attribute", "metadata"})
# What is worked out from another field is shown and decided with it.
_FOLLOWS: Mapping[str, Mapping[str, str]] = {
    "phone": {"tel": "number"},
    "location": {"longitude": "latitude", "position_source": "latitude"},
    "service_area": {"area_kind": "name", "area_codes": "name"},
}


def leading_field(kind: str, field: str) -> str:
    """Return the field that a derived field is decided with; other fields are their own."""
    return _FOLLOWS.get(kind, {}).get(field, field)


def blanks_filled(known: Record, record: Record, *, has_moved: bool = False) -> Record:
    """Return a listed record with its empty fields filled from the stored one.

    A blank stays blank where a field that belongs with it says something new.

    Args:
        has_moved: the list gives the place another address: the stored position was for the first.
    """
    new = {name: getattr(record, name) for name in field_names(kind_of(record))}
    if not has_moved and keeps_position(known, record):
        new.update(_NO_POSITION)
    for group in _groups(kind_of(record)):
        if has_moved and group == _POSITION:
            continue
        if any(not _is_blank(new[name]) and new[name] != getattr(known, name) for name in group):
            continue
        for name in group:
            if _is_blank(new[name]):
                new[name] = getattr(known, name)
    changed = {name: value for name, value in new.items() if value != getattr(record, name)}
    return replace(record, **changed) if changed else record


def differences(known: Record, record: Record) -> dict[str, tuple[Any, Any]]:
    """Return field → (stored value, listed value) where they differ."""
    return {
        name: (getattr(known, name), getattr(record, name))
        for name in field_names(kind_of(record))
        if getattr(known, name) != getattr(record, name)
    }


def keeps_position(known: Record, record: Record) -> bool:
    """Return whether a location keeps its stored position because this list has none.

    What is worked out from the address is not news then; what was worked out before is worked out
    again, since the address may be another one.
    """
    if not (isinstance(known, Location) and isinstance(record, Location)):
        return False
    worked_out = {"", *_DERIVED}
    return record.position_source in worked_out and known.position_source not in worked_out


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


@cache
def _groups(kind: str) -> tuple[tuple[str, ...], ...]:
    names = tuple(name for name in field_names(kind) if name not in {"id", "visibility"})
    if kind in _WHOLE:
        return (names,)
    together = list(_TOGETHER.get(kind, ()))
    parents = tuple(name for name in names if name in PARENT_FIELDS)
    if parents:
        together.append(parents)
    taken = {name for group in together for name in group}
    return (*together, *((name,) for name in names if name not in taken))
