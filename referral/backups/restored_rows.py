"""Replacement of all rows by those of a backup, in one transaction.

Records that are withheld now stay withheld, though they are public in the backup. Records that
followed lists removed since stay retired. Accounts that are disabled now stay disabled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from referral.accounts.links import ACCOUNT_PURPOSES, TERMINAL_PURPOSES
from referral.backups.archive import TABLES, BackupFile
from referral.backups.present_state import (
    HASH_KEY,
    HASHES,
    REQUESTS,
    PresentState,
    Rows,
    keep_access_restrictions,
    read_present,
    rows_of,
)
from referral.backups.taken_away import retire_taken_away, schedule_pulls
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

# Sessions and links may have been used since: all users sign in again, and no link
# that opens an account or sets up a terminal works twice.
_SESSION_TABLES = ("account_session", "sign_in_try")
_OPEN_JOBS = ("waiting", "running")
_STRICTNESS = [each.value for each in (Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD)]
LinesOfTable = Callable[[str], Iterable[bytes]]


def replace_rows(
    store: Store, lines: LinesOfTable, present: PresentState | None = None
) -> tuple[int, int]:
    """Replace all rows by those of a backup, and keep current restrictions.

    Args:
        lines: returns the lines of a table in the backup.
        present: state of a damaged file; by default it is read from the tables.

    Returns:
        The numbers of records that are public in the backup but stay withheld, or retired.
    """
    with store.write() as session:
        connection = session.connection()
        tables = {table.name: table for table in tables_of(connection)}
        present = present or read_present(connection, tables)
        empty_tables(connection, list(tables.values()))
        for name, table in tables.items():
            fill_table(connection, table, rows_from(table, lines(name)))
        withheld = sum(
            _restrict_visibility(connection, tables[name], ids)
            for name, ids in present.not_public.items()
        )
        retired = retire_taken_away(connection, tables, present.retired)
        keep_access_restrictions(connection, tables, present)
        schedule_pulls(connection, tables)
        _add_missing(connection, tables[REQUESTS], present.requests)
        if present.hashes.get(HASH_KEY) == rows_of(connection, tables[HASH_KEY]):
            for name in HASHES:
                _add_missing(connection, tables[name], present.hashes.get(name, ()))
        _reset_identity_and_sessions(connection, tables)
        note_touched(session, "address")  # withheld groups are updated at the end
    return withheld, retired


@contextmanager
def upgraded_lines(backup: BackupFile) -> Iterator[LinesOfTable]:
    """Yield a function that returns the lines of a table in a backup, in the current schema.

    An older backup is loaded into a temporary database and migrated. Every line is read first, so
    that a restore fails at an unreadable one before it changes anything.
    """

    def backup_lines(name: str) -> Iterator[bytes]:
        return backup.lines(f"{TABLES}{name}.jsonl")

    if backup.manifest.revision == newest_migration():
        for table in Base.metadata.sorted_tables:
            deque(rows_from(table, backup_lines(table.name)), maxlen=0)
        yield backup_lines
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
                    fill_table(connection, table, rows_from(table, backup_lines(table.name)))
            store.migrate()
            with store.read() as session:
                connection = session.connection()
                upgraded_tables = {table.name: table for table in tables_of(connection)}
                yield lambda name: lines_of(connection, upgraded_tables[name])
        finally:
            store.close()


def _restrict_visibility(connection: Connection, table: Table, ids: Mapping[str, list[str]]) -> int:
    """Set the visibility of records where it is stricter; return how many changed.

    Args:
        ids: ids of records by visibility.
    """
    count = 0
    for visibility, record_ids in ids.items():
        looser = _STRICTNESS[: _STRICTNESS.index(visibility)]
        columns = table.columns
        statement = (
            update(table)
            .where(columns["id"] == bindparam("record_id"), columns["visibility"].in_(looser))
            .values(visibility=visibility)
        )
        for record_id in record_ids:
            count += connection.execute(statement, {"record_id": record_id}).rowcount
    return count


def _add_missing(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows whose primary key is missing: hashes outlive the records they were made from."""
    keys = [column.name for column in table.primary_key.columns]
    stored = {tuple(row) for row in connection.execute(select(*table.primary_key.columns))}
    missing = [row for row in rows if tuple(row[key] for key in keys) not in stored]
    for batch in in_batches(missing, 500):
        connection.execute(insert(table), batch)


def _reset_identity_and_sessions(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Set a new store id, end all sessions and links of access, and stop open jobs."""
    connection.execute(update(tables["store_state"]).values(store_id=str(uuid4())))
    for name in _SESSION_TABLES:
        connection.execute(delete(tables[name]))
    link_table = tables["link"]
    access_purposes = [purpose.value for purpose in ACCOUNT_PURPOSES | TERMINAL_PURPOSES]
    connection.execute(delete(link_table).where(link_table.columns["purpose"].in_(access_purposes)))
    job_columns = tables["job"].columns
    connection.execute(
        update(tables["job"])
        .where(job_columns["state"].in_(_OPEN_JOBS))
        .values(state="stopped", owner="")
    )
    connection.execute(update(tables["worker_lease"]).values(owner="", beat_at=None))
