"""Which parts of the record form are folded: what is rare is open only where filled or in error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wtforms import FieldList

from referral.curation.editable_fields import SHAPES, rows_name
from referral.curation.web.forms import TICKED, EditForm
from referral.records.visibility import Visibility

# What is seldom told apart in a row; who may see it is an exception from the record's own rule.
RARE_IN_ROW: Mapping[str, frozenset[str]] = {
    "phone": frozenset({"description", "service_at_location_id"}),
    "schedule": frozenset({"valid_from", "valid_to", "notes", "service_at_location_id"}),
    "service_at_location": frozenset({"description", "hours"}),
    "language": frozenset({"note"}),
    "cost_option": frozenset({"currency"}),
    "service_capacity": frozenset({"updated", "description"}),
    "contact": frozenset({"department"}),
}
_ALWAYS_SEEN = frozenset({"address"})  # where people live who are in danger
_USUAL = {"visibility": Visibility.PUBLIC.value, "currency": "USD", "status": "active"}


def is_filled_or_wrong(*fields: Any) -> bool:
    """Whether one of these fields is filled, or has something to mend."""
    return any(each.errors or _is_filled(each) for each in fields)


def rare_fields(row: Any, kind: str) -> list[Any]:
    """The fields of a row that are folded together."""
    rare = RARE_IN_ROW.get(kind, frozenset())
    if kind not in _ALWAYS_SEEN:
        rare |= {"visibility"}
    return [field for field in row if field.short_name in rare]


def visibility_exceptions(form: EditForm) -> Iterator[tuple[str, int, Any]]:
    """Kind, number and field of each row that fewer people may see than the record."""
    for kind in SHAPES[form.kind].rows:
        if kind in TICKED:
            continue
        for number, entry in enumerate(form[rows_name(kind)], 1):
            for field in entry.form:
                if field.short_name == "visibility" and _is_filled(field):
                    yield kind, number, field


def _is_filled(field: Any) -> bool:
    if isinstance(field, FieldList):
        return len(field.entries) > 0
    return bool(field.data) and field.data != _USUAL.get(field.short_name)
