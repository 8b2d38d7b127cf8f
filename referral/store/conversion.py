"""Rows and records: two shapes of the same thing, converted here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Date

from referral.records.directory import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names, kind_of
from referral.records.visibility import Visibility
from referral.store import classification_rows, rows
from referral.store.base import RecordRow, UtcInstant

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
    return cast("RecordT", record_of_kind(kind, row))


def record_of_kind(kind: str, row: Any) -> Record:
    """The record in a row of a kind's table, be it an object or bare columns."""
    values: dict[str, Any] = {name: getattr(row, name) for name in field_names(kind)}
    for name in PARENT_FIELDS.keys() & values.keys():
        values[name] = values[name] or ""
    values["visibility"] = Visibility(row.visibility)
    return KINDS[kind](**values)


def columns_of(record: Record) -> dict[str, Any]:
    """The record's fields as its table keeps them."""
    names = field_names(kind_of(record))
    return {name: column_value(name, getattr(record, name)) for name in names}


def column_value(name: str, value: Any) -> Any:
    """The value of one field of a record as its column keeps it."""
    if isinstance(value, Visibility):
        return value.value
    return value or None if name in PARENT_FIELDS else value


def row_from(record: Record) -> RecordRow:
    """A new row for the record, without an origin."""
    return ROWS[kind_of(record)](**columns_of(record))


def plain_value(value: Any) -> Any:
    """A column's value as JSON has it: dates and instants as ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def typed_value(kind: str, column: str, value: Any) -> Any:
    """The opposite of ``plain_value``, for a column of a kind's table."""
    if not isinstance(value, str):
        return value
    column_type = ROWS[kind].__table__.c[column].type
    if isinstance(column_type, UtcInstant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column_type, Date) else value
