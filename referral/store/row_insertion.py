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
    statement, order, converters = _prepare(table, names, connection.dialect)
    columns: list[Iterable[Any]] = []
    for name, convert in zip(order, converters, strict=True):
        if name in shared:
            value = convert(shared[name]) if convert else shared[name]
            columns.append(repeat(value, len(rows)))
        else:
            columns.append(_converted([row[name] for row in rows], convert))
    values: Iterable[Any] = zip(*columns, strict=True)
    if not connection.dialect.positional:
        values = (dict(zip(order, each, strict=True)) for each in values)
    connection.exec_driver_sql(statement, list(values))


@lru_cache(maxsize=256)
def _prepare(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...], tuple[_Convert, ...]]:
    """Return the INSERT statement, the order of its columns, and the conversion for each."""
    statement = insert(table).inline().values(dict.fromkeys(names))
    compiled = statement.compile(dialect=dialect)
    order = tuple(compiled.positiontup or names)
    types = (table.columns[name].type for name in order)
    converters = tuple(each.dialect_impl(dialect).bind_processor(dialect) for each in types)
    return str(compiled), order, converters


def _converted(values: Sequence[Any], convert: _Convert) -> Iterable[Any]:
    if convert is None:
        return values
    before: Any = object()
    made, found = None, []
    for value in values:
        if value is not before:
            before, made = value, convert(value)
        found.append(made)
    return found
