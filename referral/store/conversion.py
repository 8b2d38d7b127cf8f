"""Conversion between table rows and records, and of column values to and from JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Date

from referral.records.hsds import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names, kind_of, parent_names
from referral.records.visibility import Visibility
from referral.store import rows
from referral.store.base import RecordRow, UtcInstant

RecordT = TypeVar("RecordT", bound=Record)

ROWS: Mapping[str, type[RecordRow]] = {
    row.__tablename__: row
    for row in vars(rows).values()
    if isinstance(row, type) and issubclass(row, RecordRow) and row is not RecordRow
}


def record_from(row: RecordRow, record_class: type[RecordT]) -> RecordT:
    """Return the record in a row; raise TypeError if it is not of ``record_class``."""
    kind = row.__tablename__
    if not issubclass(KINDS[kind], record_class):
        raise TypeError(f"A {kind} is no {record_class.__name__}.")
    return cast("RecordT", record_of_kind(kind, row))


def record_of_kind(kind: str, row: Any) -> Record:
    """Return the record in a row of a kind's table, which may be an object or bare columns."""
    values: dict[str, Any] = dict(zip(field_names(kind), _field_getter(kind)(row), strict=True))
    for name in parent_names(kind):
        values[name] = values[name] or ""
    values["visibility"] = Visibility(row.visibility)
    return KINDS[kind](**values)


@cache
def field_columns(kind: str) -> tuple[ColumnElement[Any], ...]:
    """Return the columns for the fields of a kind of record, without those of import and source."""
    table = ROWS[kind].__table__
    return tuple(table.columns[name] for name in field_names(kind))


@cache
def _field_getter(kind: str) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*field_names(kind))


def columns_of(record: Record) -> dict[str, Any]:
    """Return the fields of a record as column values of its table."""
    kind = kind_of(record)
    columns = dict(zip(field_names(kind), _field_getter(kind)(record), strict=True))
    for name in parent_names(kind):
        columns[name] = columns[name] or None
    columns["visibility"] = record.visibility.value
    return columns


def column_value(name: str, value: Any) -> Any:
    """Return the column value for one field of a record."""
    if isinstance(value, Visibility):
        return value.value
    return value or None if name in PARENT_FIELDS else value


def row_from(record: Record) -> RecordRow:
    """Return a new row for a record, without source or import."""
    return ROWS[kind_of(record)](**columns_of(record))


def json_value(value: Any) -> Any:
    """Return a column value as JSON value: dates and instants as ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def from_json_value(kind: str, column: str, value: Any) -> Any:
    """Return the column value for a JSON value, the inverse of ``json_value``."""
    parse = _date_parsers(kind).get(column)
    return parse(value) if parse and isinstance(value, str) else value


def from_json_values(kind: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the column values of a row from their JSON values."""
    values = dict(columns)
    for column, parse in _date_parsers(kind).items():
        if isinstance(value := values.get(column), str):
            values[column] = parse(value)
    return values


@cache
def _date_parsers(kind: str) -> Mapping[str, Callable[[str], date]]:
    """Return the parsers of the date and instant columns, which are text in JSON."""
    parsers: dict[str, Callable[[str], date]] = {}
    for column in ROWS[kind].__table__.columns:
        if isinstance(column.type, UtcInstant):
            parsers[column.name] = datetime.fromisoformat
        elif isinstance(column.type, Date):
            parsers[column.name] = date.fromisoformat
    return parsers
