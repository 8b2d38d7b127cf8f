"""Circuit breaker for the database: connections are refused at once while it does not answer.

A failed connection marks the database as away. From then on only one thread tries to connect: the
thread that watches a server (``watch_until``), or without one the first that needs a connection
after a second. All others are refused at once, so that no request waits for an absent database.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, ExceptionContext, event, func, select
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session

from referral.errors import DatabaseDamagedError, DatabaseUnavailableError, DiskFullError

_log = logging.getLogger("referral.database")

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5.0
"""Timeout of the trivial query by which a server is watched."""
_RETRY_SECONDS = 1.0
_LOG_SECONDS = 60.0
_CONNECTION_OPTIONS = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_DAMAGE_ERRORS = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_DAMAGE_LOG_LINE = (
    "The database is damaged (%s). Restore the last backup: referral restore FILE --replace"
)
_DAMAGE_TEXT = _DAMAGE_LOG_LINE.replace(" (%s)", "")
_DISK_FULL_STATE = "53100"
_FULL_BELOW_BYTES = 1 << 16  # bytes; less than SQLite needs to open a database
_READ_ONLY_STATE = "25006"  # a standby, or a former primary: connections to it are of no use
# Prefixes of SQLSTATEs of passing failures: connection, rollback by the server, resources, lock,
# operator.
_PASSING_STATES = ("08", _READ_ONLY_STATE, "40", "53", "55P03", "57")
_PASSING_ERRORS = (
    "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
)  # fmt: skip


class StoreUnavailableError(DatabaseUnavailableError, SQLAlchemyError):
    """The database does not answer, or cannot execute a statement at present."""


class StoreFullError(StoreUnavailableError, DiskFullError):
    """The disk of the database is full."""


class StoreDamagedError(StoreUnavailableError, DatabaseDamagedError):
    """The file of the database is damaged, empty or not a database: a backup must be restored."""


class Availability:
    """State of the connection to a database, as far as this process has seen it.

    Listens to the engine: refuses new connections while the database is away, and turns driver
    errors of passing failures into ``StoreUnavailableError``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._away_since: float | None = None
        self._next_try = 0.0
        self._outage_logged_at = self._fault_logged_at = -_LOG_SECONDS
        self._is_outage_logged = False
        self._path = engine.url.database or ""
        self._damaged_file: tuple[int, int] | None = None
        self.has_tables = False
        """Whether the database had tables before: then an empty file is a damaged one."""
        self._watcher: threading.Thread | None = None
        self._connections: WeakSet[Any] = WeakSet()
        self._is_remote = engine.dialect.name == "postgresql"
        self.statement_seconds: int | None = None
        """Statement timeout of PostgreSQL connections that are made from now on."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._refuse_emptied_file)
        event.listen(engine, "handle_error", self._translate_error)

    @property
    def is_away(self) -> bool:
        """Return whether the last try to connect to the database failed."""
        return self._away_since is not None

    @property
    def is_damaged(self) -> bool:
        """Return whether SQLite reported the current database file as damaged, or it is empty."""
        damaged = self._damaged_file
        return self.is_emptied or (damaged is not None and damaged == file_identity(self._path))

    @property
    def is_emptied(self) -> bool:
        """Return whether the file of a database that had tables has no bytes."""
        with suppress(OSError):
            return self.has_tables and not self._is_remote and not Path(self._path).stat().st_size
        return False

    def watch_until(self, stop: threading.Event, seconds: float = _RETRY_SECONDS) -> None:
        """Probe the database server at an interval until ``stop`` is set, in the current thread."""
        self._watcher = threading.current_thread()
        try:
            while not stop.wait(seconds):
                self._probe()
        finally:
            self._watcher = None

    def answers(self) -> bool:
        """Return whether the database executes a trivial query."""
        return self.failure() is None

    def failure(self) -> SQLAlchemyError | None:
        """Return the error of a trivial query to the database, None if it succeeds."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            return error
        return None

    def _probe(self) -> None:
        """Mark the server as away if a trivial query is not answered in time.

        The query runs in a thread of its own, since a silent server would block this one.
        """
        probing = threading.Thread(target=self.answers, name="ask-database", daemon=True)
        self._watcher = probing
        probing.start()
        probing.join(ANSWER_SECONDS)
        if probing.is_alive():
            self._mark_away("no answer")
            self._shut_down_connections()
            probing.join(CONNECT_SECONDS)

    def _shut_down_connections(self) -> None:
        """Shut the sockets of all connections down, so that waiting threads get an error.

        Idle connections fail the ping before their next use and are replaced.
        """
        dialect: Any = self._engine.dialect
        for connection in list(self._connections):
            with suppress(OSError, AttributeError, dialect.loaded_dbapi.Error):  # lost already
                handle = socket.socket(fileno=connection.pgconn.socket)
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)
                handle.detach()  # it is the driver's to close

    def _connect(self, dialect: Any, _record: object, args: Any, params: dict[str, Any]) -> object:
        self._refuse_unless_due()
        if self.is_emptied:  # SQLite would create a new database in the empty file
            self._log_fault(_DAMAGE_LOG_LINE, "0 bytes")
            raise StoreDamagedError(_DAMAGE_TEXT)
        if self._is_remote:
            params = {**_CONNECTION_OPTIONS, **params}
            if self.statement_seconds:
                limit = f"-c statement_timeout={self.statement_seconds * 1000}"
                params["options"] = f"{params.get('options', '')} {limit}".strip()
        try:
            connection = dialect.connect(*args, **params)
        except dialect.loaded_dbapi.OperationalError as error:
            self._mark_away(_reason_in_short(error))
            raise
        self._mark_back()
        if self._is_remote:
            self._connections.add(connection)
        return connection

    def _refuse_emptied_file(self, *_: object) -> None:
        if self.is_emptied:
            raise DisconnectionError  # a new connection is refused

    def _refuse_unless_due(self) -> None:
        with self._lock:
            if self._away_since is None:
                return
            now, watcher = time.monotonic(), self._watcher
            is_due = now >= self._next_try and watcher is None
            if not (is_due or watcher is threading.current_thread()):
                raise StoreUnavailableError("The database does not answer.")
            self._next_try = now + _RETRY_SECONDS

    def _mark_away(self, reason: str) -> None:
        with self._lock:
            now = time.monotonic()
            self._next_try = now + _RETRY_SECONDS
            if self._away_since is None:
                self._away_since, self._is_outage_logged = now, False
            seconds = now - self._away_since
            if now - self._outage_logged_at < _LOG_SECONDS:
                return
            self._outage_logged_at, self._is_outage_logged = now, True
        _log.warning("The database does not answer (%s), for %.0f s now.", reason, seconds)

    def _mark_back(self) -> None:
        with self._lock:
            if self._away_since is None:
                return
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            if not self._is_outage_logged:
                return
        _log.warning("The database answers again, after %.0f s.", seconds)

    def _log_fault(self, line: str, detail: str) -> None:
        """Log a fault that needs an operator, at most once a minute."""
        now = time.monotonic()
        if now - self._fault_logged_at >= _LOG_SECONDS:
            self._fault_logged_at = now
            _log.error(line, detail)

    def _is_disk_full(self, error_name: str) -> bool:
        """Return whether an SQLite error means a full disk; an I/O error may mean that too."""
        if error_name == "SQLITE_FULL":
            return True
        if not error_name.startswith("SQLITE_IOERR"):
            return False
        folder = os.path.dirname(self._path) or "."  # noqa: PTH120
        with suppress(OSError):
            return shutil.disk_usage(folder).free < _FULL_BELOW_BYTES
        return False

    def _translate_error(self, context: ExceptionContext) -> BaseException | None:
        """Return the ``StoreUnavailableError`` for a driver error; None leaves the error as is."""
        if context.is_pre_ping:
            return None
        error = context.original_exception
        state = getattr(error, "sqlstate", None) or ""
        error_name = getattr(error, "sqlite_errorname", None) or ""
        if error_name.startswith(_DAMAGE_ERRORS) or (
            not self._is_remote and _is_undecodable(error)
        ):
            self._damaged_file = file_identity(self._path)
            self._log_fault(_DAMAGE_LOG_LINE, error_name or "text that is not UTF-8")
            return StoreDamagedError(_DAMAGE_TEXT)
        if state == _DISK_FULL_STATE or self._is_disk_full(error_name):
            self._log_fault(
                "The disk of the database is full (%s). Make room there.", state or error_name
            )
            return StoreFullError("The disk of the database is full. Make room there.")
        if state == _READ_ONLY_STATE:
            context.is_disconnect = True  # the next connection may reach the primary
        is_passing = state.startswith(_PASSING_STATES) or error_name.startswith(_PASSING_ERRORS)
        if is_passing or context.is_disconnect or context.connection is None:
            return StoreUnavailableError(
                f"The database cannot do this now ({state or error_name})."
            )
        return None


def _reason_in_short(error: Exception) -> str:
    """Return why a connection failed, without the text of the error, which may name a user."""
    if "does not support SSL" in str(error):
        return "no TLS there; see PostgreSQL in docs/running.md"
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def _is_undecodable(error: BaseException) -> bool:
    """Return whether the driver could not decode a text of SQLite, which stores UTF-8 only."""
    return isinstance(error, UnicodeDecodeError) or "Could not decode to UTF-8" in str(error)


def file_identity(path: str) -> tuple[int, int] | None:
    """Return device and inode of the file at a path, which change when the file is replaced."""
    try:
        status = os.stat(path)  # noqa: PTH116  # for each connection; a Path takes longer
    except OSError:
        return None
    return status.st_dev, status.st_ino


def log_failure(log: logging.Logger, line: str, error: BaseException) -> None:
    """Log the class of an error that made background work fail.

    A database outage is left out, since ``Availability`` logs it.

    Args:
        line: format with one ``%s`` for the name of the class.
    """
    if not isinstance(error, DatabaseUnavailableError):
        log.warning(line, type(error).__name__)


def database_now(session: Session) -> datetime:
    """Return the current time by the clock of the PostgreSQL server, or of this machine for SQLite.

    All processes that share an SQLite file are on one machine and read the same clock, so none of
    them can be ahead of another. If that clock is set forward while a worker runs, another may take
    its lease; but SQLite has one writer, and a worker that lost its lease takes no further job.
    """
    if session.get_bind().dialect.name == "postgresql":
        now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)
