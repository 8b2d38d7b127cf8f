"""Export and import of all tables as lines of JSON, between SQLite and PostgreSQL too.

The tables are reflected from the database, so that a backup of an older release can be read too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)

from referral.errors import InstanceError
from referral.store.base import in_batches

_ROWS_IN_A_READ = 500
_REVISION_TABLE = "alembic_version"
_Convert = Callable[[Any], Any] | None


class UnreadableLineError(InstanceError):
    """Raised for a line that is not a row of its table; the message names table and line."""


def tables_of(connection: Connection) -> list[Table]:
    """Reflect the tables of a database, parents before children, without Alembic's own."""
    metadata = MetaData()
    event.listen(metadata, "column_reflect", _distinguish_null)
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _REVISION_TABLE]


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table as lines of JSON: the column names, then each row by primary key."""
    yield msgspec.json.encode([str(column.name) for column in table.columns]) + b"\n"
    converters = [_to_json_converter(column) for column in table.columns]
    statement = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(statement.execution_options(yield_per=_ROWS_IN_A_READ)):
        values = [
            convert(value) if convert and value is not None else value
            for convert, value in zip(converters, row, strict=True)
        ]
        yield msgspec.json.encode(values) + b"\n"


def rows_from(table: Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table from the lines that ``lines_of`` wrote.

    Raises:
        UnreadableLineError: a line is damaged, or has other columns than the table.
    """
    remaining = iter(lines)
    number = 1
    try:
        names = msgspec.json.decode(next(remaining, b""), type=list[str])
        converters = [_from_json_converter(table.columns[name]) for name in names]
        for number, line in enumerate(remaining, 2):  # noqa: B007  # the message names it
            values = msgspec.json.decode(line, type=list[Any])
            yield {
                name: convert(value) if convert and value is not None else value
                for name, convert, value in zip(names, converters, values, strict=True)
            }
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        raise UnreadableLineError(f"Line {number} of table {table.name} cannot be read.") from error


def empty_tables(connection: Connection, tables: Sequence[Table]) -> None:
    """Delete all rows of tables; PostgreSQL locks the tables until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        names = ", ".join(table.name for table in tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for table in tables:
        for column in _references_to_own_table(table):
            connection.execute(update(table).values({column.name: None}))
    for table in reversed(tables):
        connection.execute(delete(table))


def fill_table(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows into a table and return how many; generated ids continue after them."""
    references = _references_to_own_table(table)
    count, postponed = 0, []
    for batch_rows in in_batches(rows, _ROWS_IN_A_READ):
        batch = [dict(row) for row in batch_rows]
        for row in batch:
            if any(row[column.name] for column in references):
                postponed.append({f"_{name}": value for name, value in row.items()})
                row.update({column.name: None for column in references})
        connection.execute(insert(table), batch)
        count += len(batch)
    _set_own_references(connection, table, references, postponed)
    _continue_generated_ids(connection, table)
    return count


def _set_own_references(
    connection: Connection,
    table: Table,
    references: Sequence[Column[Any]],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Set references to other rows of the same table, after all rows are inserted."""
    if rows:
        keys = table.primary_key.columns
        statement = (
            update(table)
            .where(*(column == bindparam(f"_{column.name}") for column in keys))
            .values({column.name: bindparam(f"_{column.name}") for column in references})
        )
        connection.execute(statement, list(rows))


def _references_to_own_table(table: Table) -> list[Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table is table]


def _continue_generated_ids(connection: Connection, table: Table) -> None:
    if connection.dialect.name != "postgresql":
        return  # SQLite continues after the highest id by itself
    for column in table.primary_key.columns:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if sequence:
            last = connection.scalar(select(func.max(column)))
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))


def _distinguish_null(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    if isinstance(column["type"], JSON):
        column["type"] = JSON(none_as_null=True)


def _to_json_converter(column: Column[Any]) -> _Convert:
    """Return the conversion of a column's values to JSON; None where none is needed."""
    if isinstance(column.type, DateTime):
        return _instant_to_text
    if isinstance(column.type, LargeBinary):
        return _bytes_to_text
    return date.isoformat if isinstance(column.type, Date) else None


def _from_json_converter(column: Column[Any]) -> _Convert:
    if isinstance(column.type, DateTime):
        return partial(_text_to_instant, aware=bool(column.type.timezone))
    if isinstance(column.type, LargeBinary):
        return base64.b64decode
    return date.fromisoformat if isinstance(column.type, Date) else None


def _instant_to_text(value: datetime) -> str:
    """Return an instant as ISO text in UTC; SQLite returns naive UTC."""
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.isoformat()


def _text_to_instant(value: str, *, aware: bool) -> datetime:
    instant = datetime.fromisoformat(value)
    return instant if aware else instant.replace(tzinfo=None)


def _bytes_to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def count_broken_links(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """Yield table, column and number of rows for foreign keys to missing rows."""
    for table in tables_of(connection):
        for key in table.foreign_keys:
            other = key.column.table.alias()
            column = key.parent
            referenced = select(other.c[key.column.name]).where(other.c[key.column.name] == column)
            statement = (
                select(func.count())
                .select_from(table)
                .where(column.is_not(None), ~referenced.exists())
            )
            if count := connection.scalar(statement):
                yield table.name, column.name, count


def find_damage(connection: Connection) -> tuple[str, ...]:
    """Return up to ten findings of SQLite's integrity check; PostgreSQL checks pages itself."""
    if connection.dialect.name != "sqlite":
        return ()
    findings = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
    return () if findings == ["ok"] else tuple(map(str, findings))
