"""Fast insertion of many rows into one table, with values converted column by column.

SQLAlchemy looks up the conversion for each value of each row. Here it is looked up once for each
column, and a value that successive rows share is converted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from referral.store.base import Base

_Convert = Callable[[Any], Any] | None


def insert_rows(
    session: Session, row_class: type[Base], rows: Sequence[Mapping[str, Any]], **shared: Any
) -> None:
    """Insert rows by one statement, without creating objects.

    Args:
        rows: values by column; all rows have the columns of the first, and no default applies.
        shared: values of columns that are the same in all rows.
    """
    if not rows:
        return
    connection = session.connection()
    table = row_class.metadata.tables[row_class.__tablename__]
    names = (*rows[0], *shared)
    statement, order, converters = _prepare_insert(table, names, connection.dialect)
    columns: list[Iterable[Any]] = []
    for name, convert in zip(order, converters, strict=True):
        if name in shared:
            shared_value = convert(shared[name]) if convert else shared[name]
            columns.append(repeat(shared_value, len(rows)))
        else:
            columns.append(_convert_values([row[name] for row in rows], convert))
    values: Iterable[Any] = zip(*columns, strict=True)
    if not connection.dialect.positional:
        values = (dict(zip(order, row_values, strict=True)) for row_values in values)
    connection.exec_driver_sql(statement, list(values))


@lru_cache(maxsize=256)
def _prepare_insert(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...], tuple[_Convert, ...]]:
    """Return the INSERT statement, the order of its columns, and the conversion for each."""
    statement = insert(table).inline().values(dict.fromkeys(names))
    compiled = statement.compile(dialect=dialect)
    order = tuple(compiled.positiontup or names)
    types = (table.columns[name].type for name in order)
    converters = tuple(
        column_type.dialect_impl(dialect).bind_processor(dialect) for column_type in types
    )
    return str(compiled), order, converters


def _convert_values(values: Sequence[Any], convert: _Convert) -> Iterable[Any]:
    if convert is None:
        return values
    previous: Any = object()
    converted_value, converted = None, []
    for value in values:
        if value is not previous:
            previous, converted_value = value, convert(value)
        converted.append(converted_value)
    return converted
