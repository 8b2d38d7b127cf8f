"""Rows and records: two shapes of the same thing, converted here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from referral.records.directory import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names, kind_of
from referral.records.visibility import Visibility
from referral.store import classification_rows, rows
from referral.store.base import RecordRow

RecordT = TypeVar("RecordT", bound=Record)

ROWS: Mapping[str, type[RecordRow]] = {
    row.__tablename__: row
    for module in (classification_rows, rows)
    for row in vars(module).values()
    if isinstance(row, type) and issubclass(row, RecordRow) and row is not RecordRow
}


def record_from(row: RecordRow, record_class: type[RecordT]) -> RecordT:
    """The record of a row; ``record_class`` is what it must be (``Record`` where any will do)."""
    kind = row.__tablename__
    if not issubclass(KINDS[kind], record_class):
        raise TypeError(f"A {kind} is no {record_class.__name__}.")
    values: dict[str, Any] = {name: getattr(row, name) for name in field_names(kind)}
    for name in PARENT_FIELDS.keys() & values.keys():
        values[name] = values[name] or ""
    values["visibility"] = Visibility(row.visibility)
    return cast("RecordT", KINDS[kind](**values))


def columns_of(record: Record) -> dict[str, Any]:
    """The record's fields as its table keeps them."""
    values = {name: getattr(record, name) for name in field_names(kind_of(record))}
    for name in PARENT_FIELDS.keys() & values.keys():
        values[name] = values[name] or None
    values["visibility"] = record.visibility.value
    return values


def row_from(record: Record) -> RecordRow:
    """A new row for the record, without an origin."""
    return ROWS[kind_of(record)](**columns_of(record))
