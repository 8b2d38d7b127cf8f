"""Engine for SQLite or PostgreSQL, sessions that log their changes, and the upgrade of tables."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from referral.errors import InstanceError, SettingsError
from referral.records.edits import Author
from referral.store import change_log as changes
from referral.store import history
from referral.store.availability import Availability, file_identity
from referral.store.base import Base
from referral.store.heading_placement import place_services, place_written
from referral.store.migrations.upgrade import (
    alembic_config,
    can_serve,
    migrate_locked,
    newest_migration,
    revision_of,
)
from referral.store.rows import ServiceRow
from referral.store.withheld_groups import BEGAN, note_rows, note_touched, update_if_touched
from referral.store.withheld_keys import KeyCache, use_key_cache

_log = logging.getLogger(__name__)
_BUSY_SECONDS = 30
_MIGRATING_SECONDS = 900  # a node waits so long for another that migrates
_BUSY_ERASING_SECONDS = 1  # a user may wait; a background job tries again
_FILE_IDENTITY = "device and inode of the file"
# Committed data survives a power cut; deleted data is overwritten with zeros.
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
_STORES: WeakSet[Store] = WeakSet()


def make_engine(database_url: str, busy_seconds: int = _BUSY_SECONDS) -> Engine:
    """Create an engine for an SQLite or PostgreSQL database.

    Connections with the execution option ``writing`` take SQLite's write lock at once, so that a
    transaction that reads first and then writes waits instead of failing.

    Args:
        busy_seconds: SQLite's busy timeout.

    Raises:
        SettingsError: the URL is invalid or names another kind of database.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise SettingsError("DATABASE_URL is not a database URL.") from error
    match url.get_backend_name():
        case "sqlite":
            return _sqlite_engine(database_url, busy_seconds)
        case "postgresql":
            url = _with_encryption(url.set(drivername="postgresql+psycopg"))
            return create_engine(url, pool_pre_ping=True)
        case other:
            raise SettingsError(f"DATABASE_URL names {other}; use sqlite or postgresql.")


def _with_encryption(url: URL) -> URL:
    """Return a PostgreSQL URL with TLS required, unless the server is on this machine.

    An ``sslmode`` in the URL or in ``PGSSLMODE`` is kept; it may require more, as a certificate.
    """
    query_host = url.query.get("host", ())
    hosts = [url.host or "", *([query_host] if isinstance(query_host, str) else query_host)]
    has_ssl_mode = "sslmode" in url.query or "PGSSLMODE" in os.environ
    if has_ssl_mode or all(map(_is_on_this_machine, hosts)):
        return url
    return url.update_query_dict({"sslmode": "require"})


def _is_on_this_machine(host: str) -> bool:
    """Return whether a host, with or without a port, is a Unix socket or a loopback address."""
    if not host or host.startswith("/"):
        return True
    name = host if host.count(":") > 1 else host.partition(":")[0]
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def for_reading(engine: Engine) -> Engine:
    """Return the engine with snapshot isolation: all queries of a transaction see the same data.

    PostgreSQL requires REPEATABLE READ for this; SQLite does so by itself.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def _sqlite_engine(database_url: str, busy_seconds: int) -> Engine:
    engine = create_engine(database_url, connect_args={"timeout": busy_seconds})

    path = engine.url.database or ""

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun by ``_begin``, not by the driver
        _switch_to_wal(connection, busy_seconds)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        record.info[_FILE_IDENTITY] = file_identity(path)

    @event.listens_for(engine, "checkout")
    def _leave_replaced_file(_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if file_identity(path) not in {record.info.get(_FILE_IDENTITY), None}:
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _switch_to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch a connection to WAL, repeating it while another connection switches the same new file.

    SQLite then returns SQLITE_BUSY at once, without its busy timeout.
    """
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class LoggedSession(Session):
    """Session that records its changes in the change log and the history of records.

    SQLAlchemy's bulk methods would bypass both, so they raise.
    """

    def _refuse(self, *_arguments: object, **_options: object) -> None:
        raise changes.UnloggedChangeError("Bulk methods skip the change log; use add_all.")

    bulk_save_objects = _refuse
    bulk_insert_mappings = _refuse
    bulk_update_mappings = _refuse


class _ReadingSession(LoggedSession):
    """Session that raises when changed records are flushed."""


def _note_written_rows(session: Session, _context: object, _instances: object) -> None:
    note_rows(session, (*session.new, *session.dirty, *session.deleted))


def _refuse_writing(session: Session, _context: object, _instances: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise InstanceError("This session only reads; change records inside store.write().")


changes.register_change_log(LoggedSession)
event.listen(LoggedSession, "before_flush", history.record_history)
event.listen(LoggedSession, "before_flush", _note_written_rows)
event.listen(_ReadingSession, "before_flush", _refuse_writing)


class Store:
    """A database of the directory, and the sessions that read and write it."""

    def __init__(self, database_url: str) -> None:
        self._key_cache = KeyCache()
        self._url = database_url
        self.engine = make_engine(database_url)
        self.availability = Availability(self.engine)
        self._reading = for_reading(self.engine)
        self._writing = self.engine.execution_options(writing=True)
        self.traces_remain = False
        self._tables_to_vacuum: set[str] = set()
        _STORES.add(self)

    @property
    def has_one_writer(self) -> bool:
        """Return whether the database allows one writer at a time, as SQLite does."""
        return self.engine.dialect.name == "sqlite"

    def limit_statements(self) -> None:
        """Make PostgreSQL cancel statements that run longer than SQLite's busy timeout.

        Only for processes that serve requests; processes for background work are not limited.
        """
        self.availability.statement_seconds = _BUSY_SECONDS
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that reads one snapshot of the database and may not write."""
        with _ReadingSession(self._reading, autoflush=False) as session:
            use_key_cache(session, self._key_cache, writes=False)
            changes.note_opened(session)
            yield session

    @contextmanager
    def write(self, author: Author | None = None) -> Iterator[Session]:
        """Open a session in a transaction, which is committed at the end of the block.

        It is rolled back when the block raises. Before the commit, headings and withheld addresses
        and phones are brought up to date.

        Args:
            author: author of the changes in the history of records.
        """
        with LoggedSession(self._writing, autoflush=False) as session, session.begin():
            history.set_author(session, author or Author())
            use_key_cache(session, self._key_cache, writes=True)
            changes.note_opened(session)
            session.info[BEGAN] = datetime.now(UTC)
            yield session
            if session.in_transaction():  # else the block rolled it back
                place_written(session)
                update_if_touched(session)

    def migrate(self) -> None:
        """Upgrade the tables to the schema of this release, if they are older.

        Nodes that start at the same time wait for the first. Tables of a later release are not
        changed. After an upgrade, withheld addresses and phones and the headings of services are
        computed again by the rules of this release.

        Raises:
            SettingsError: the tables are too old to be upgraded, or too new for this release.
        """
        if self.is_current():
            self.availability.has_tables = True
            return
        engine = make_engine(self._url, busy_seconds=_MIGRATING_SECONDS)
        try:
            with engine.execution_options(writing=True).begin() as connection:
                has_changed = migrate_locked(connection)
        finally:
            engine.dispose()
        self.availability.has_tables = True
        if has_changed:
            with self.write() as session:
                note_touched(session, "address")
                place_services(session, session.scalars(select(ServiceRow.id)))
            self._compact_sqlite_file()

    def migrate_up(self, revision: str) -> None:
        """Upgrade the tables only to the schema revision of an earlier release, as for a backup."""
        from alembic import command  # noqa: PLC0415

        with self._writing.begin() as connection:
            command.upgrade(alembic_config(connection), revision)

    def is_current(self) -> bool:
        """Return whether the tables have the newest schema revision of this release."""
        with self.engine.connect() as connection:
            return revision_of(connection) == newest_migration()

    def is_usable(self) -> bool:
        """Return whether this release can serve on the tables, which may be of a later release."""
        with self.engine.connect() as connection:
            return can_serve(connection)

    def erase_traces(self, *tables: type[Base]) -> None:
        """Erase the bytes of deleted rows from the files of the database, as far as possible.

        SQLite has overwritten them in the database; its write-ahead log is checkpointed and
        truncated, unless a reader still needs it. PostgreSQL vacuums the tables (docs/desk.md
        describes what may remain). While ``traces_remain``, the caller tries again later.
        """
        self._tables_to_vacuum.update(table.__tablename__ for table in tables)
        try:
            is_done = (
                self._truncate_wal()
                if self.engine.dialect.name == "sqlite"
                else self._vacuum_postgresql()
            )
        except (SQLAlchemyError, sqlite3.Error) as error:
            _log.warning("What was erased may leave traces: %s", type(error).__name__)
            is_done = False
        self.traces_remain = not is_done

    def _vacuum_postgresql(self) -> bool:
        tables = sorted(self._tables_to_vacuum)
        if tables:
            with self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(text("SET statement_timeout = 0"))
                try:
                    connection.execute(text(f"VACUUM {', '.join(tables)}"))
                finally:
                    connection.execute(text("RESET statement_timeout"))
            self._tables_to_vacuum.difference_update(tables)
        return True

    def _truncate_wal(self) -> bool:
        """Checkpoint and truncate SQLite's log; return False if a reader still needs it."""
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            try:
                cursor.execute(f"PRAGMA busy_timeout={_BUSY_ERASING_SECONDS * 1000}")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                is_busy = bool((cursor.fetchone() or (1,))[0])
            finally:
                cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        return not is_busy

    def _compact_sqlite_file(self) -> None:
        """Rewrite SQLite's file, since older releases left deleted text in its free pages."""
        if self.engine.dialect.name != "sqlite":
            return
        try:
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("VACUUM")
            self._truncate_wal()
        except sqlite3.Error as error:
            _log.warning("The database was not compacted: %s", type(error).__name__)

    def close(self) -> None:
        """Close all idle connections to the database."""
        self.engine.dispose()


def _drop_inherited_connections() -> None:
    for store in list(_STORES):
        store.engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_drop_inherited_connections)
