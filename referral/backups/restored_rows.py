"""The rows of a backup in the present tables: all of them, in one transaction.

What is withheld at present stays withheld, though it was public when the backup was made. What a
followed list took away since stays away. Whom the present accounts keep out stays out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from referral.accounts.links import OF_ACCOUNTS, OF_TERMINALS
from referral.backups.archive import TABLES, BackupFile
from referral.backups.present_state import (
    HASH_KEY,
    HASHES,
    REQUESTS,
    PresentState,
    Rows,
    keep_doors,
    read_present,
    rows_of,
)
from referral.backups.taken_away import keep_away, look_again_soon
from referral.records.visibility import Visibility
from referral.store import Store
from referral.store.base import Base, in_batches
from referral.store.migrations.upgrade import newest_migration
from referral.store.table_copies import (
    empty_tables,
    fill_table,
    lines_of,
    rows_from,
    tables_of,
)
from referral.store.withheld_groups import note_touched

# What opened something may have been used since: everybody signs in again, and
# no link that opens an account or makes a terminal works twice.
_DOORS = ("account_session", "sign_in_try")
_OPEN_JOBS = ("waiting", "running")
_STRICTNESS = [each.value for each in (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)]
LinesOfTable = Callable[[str], Iterable[bytes]]


def replace_rows(
    store: Store, lines: LinesOfTable, present: PresentState | None = None
) -> tuple[int, int]:
    """Replace all rows; how many that are public in the backup stay withheld, and how many away.

    Args:
        lines: those of a table in the backup, by its name.
        present: what a damaged file had; otherwise what the tables have now.
    """
    with store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        present = present or read_present(connection, tables)
        empty_tables(connection, list(tables.values()))
        for name, table in tables.items():
            fill_table(connection, table, rows_from(table, lines(name)))
        count = sum(_hold_back(connection, tables[name], ids) for name, ids in present.held.items())
        away = keep_away(connection, tables, present.taken)
        keep_doors(connection, tables, present)
        look_again_soon(connection, tables)
        _add_missing(connection, tables[REQUESTS], present.requests)
        if present.hashes.get(HASH_KEY) == rows_of(connection, tables[HASH_KEY]):
            for name in HASHES:
                _add_missing(connection, tables[name], present.hashes.get(name, ()))
        _begin_anew(connection, tables)
        note_touched(session, "address")  # what is held back is worked out at the end
    return count, away


@contextmanager
def lines_of_now(backup: BackupFile) -> Iterator[LinesOfTable]:
    """Yield the lines of a table by its name; of an older backup as migrations make them.

    Every line is read first: at an unreadable one a restore ends before it changes anything.
    """

    def lines_then(name: str) -> Iterator[bytes]:
        return backup.lines(f"{TABLES}{name}.jsonl")

    if backup.manifest.revision == newest_migration():
        for table in Base.metadata.sorted_tables:
            deque(rows_from(table, lines_then(table.name)), maxlen=0)
        yield lines_then
        return
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Store(f"sqlite:///{(Path(folder) / 'older.sqlite3').as_posix()}")
        try:
            store.migrate_up(backup.manifest.revision)
            with store.write() as session:
                connection = session.connection()
                tables = tables_of(connection)
                empty_tables(connection, tables)
                for table in tables:
                    fill_table(connection, table, rows_from(table, lines_then(table.name)))
            store.migrate()
            with store.read() as session:
                connection = session.connection()
                found = {table.name: table for table in tables_of(connection)}
                yield lambda name: lines_of(connection, found[name])
        finally:
            store.close()


def _hold_back(connection: Connection, table: Table, ids: Mapping[str, list[str]]) -> int:
    """Give records the stricter visibility of the two; how many changed."""
    count = 0
    for value, some in ids.items():
        looser = _STRICTNESS[: _STRICTNESS.index(value)]
        columns = table.columns
        statement = (
            update(table)
            .where(columns["id"] == bindparam("record_id"), columns["visibility"].in_(looser))
            .values(visibility=value)
        )
        for record_id in some:
            count += connection.execute(statement, {"record_id": record_id}).rowcount
    return count


def _add_missing(connection: Connection, table: Table, rows: Rows) -> None:
    """Add rows whose key is not there: hashes outlive the records that they were made from."""
    keys = [column.name for column in table.primary_key.columns]
    there = {tuple(row) for row in connection.execute(select(*table.primary_key.columns))}
    missing = [row for row in rows if tuple(row[key] for key in keys) not in there]
    for some in in_batches(missing, 500):
        connection.execute(insert(table), some)


def _begin_anew(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Another identity; nobody is signed in, and no job of then goes on."""
    connection.execute(update(tables["store_state"]).values(store_id=str(uuid4())))
    for name in _DOORS:
        connection.execute(delete(tables[name]))
    link = tables["link"]
    opening = [each.value for each in OF_ACCOUNTS | OF_TERMINALS]
    connection.execute(delete(link).where(link.columns["purpose"].in_(opening)))
    job = tables["job"].columns
    connection.execute(
        update(tables["job"]).where(job["state"].in_(_OPEN_JOBS)).values(state="stopped", owner="")
    )
    connection.execute(update(tables["worker_lease"]).values(owner="", beat_at=None))
