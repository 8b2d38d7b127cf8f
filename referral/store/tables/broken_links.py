"""Links of rows to others that are not there, as the tables themselves declare them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from referral.store.tables.table_copies import tables_of


def count_broken_links(connection: Connection) -> Iterator[tuple[str, str, int]]:
    """Table, column and how many rows name one that is not there."""
    for table in tables_of(connection):
        for key in table.foreign_keys:
            other = key.column.table.alias()
            column = key.parent
            is_there = select(other.c[key.column.name]).where(other.c[key.column.name] == column)
            statement = (
                select(func.count())
                .select_from(table)
                .where(column.is_not(None), ~is_there.exists())
            )
            if count := connection.scalar(statement):
                yield table.name, column.name, count


def find_damage(connection: Connection) -> tuple[str, ...]:
    """What SQLite says of its file, none where it is whole; PostgreSQL checks its pages itself."""
    if connection.dialect.name != "sqlite":
        return ()
    found = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
    return () if found == ["ok"] else tuple(map(str, found))
