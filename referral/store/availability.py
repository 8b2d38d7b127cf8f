"""Whether the database answers: refused at once while it does not, and found again by itself.

A connection that cannot be made says that the database is away. From then on nobody tries but one:
the thread that watches a server (``watch_until``), or with SQLite whoever comes first after a
second. All others are refused at once, so that no request waits for a database that is not there.
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
"""A server that is connected and does not answer the simplest question for so long is away."""
_TRY_SECONDS = 1.0
_LOG_SECONDS = 60.0
_NETWORK = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_RESTORE = "The database is damaged (%s). Restore the last backup: referral restore FILE --replace"
_DAMAGED = _RESTORE.replace(" (%s)", "")
_DISK_FULL = "53100"
_NO_ROOM = 1 << 16  # less than SQLite needs to open a database
_READ_ONLY = "25006"  # a standby, or a primary of yesterday: connections to it are of no use
# How SQLSTATEs of "not now" begin: connection, rollback by the server, resources, lock, operator.
_STATES = ("08", _READ_ONLY, "40", "53", "55P03", "57")
_NAMES = (
    "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
)  # fmt: skip


class StoreUnavailableError(DatabaseUnavailableError, SQLAlchemyError):
    """The database is away, or cannot do this now."""


class StoreFullError(StoreUnavailableError, DiskFullError):
    """The disk of the database has no room."""


class StoreDamagedError(StoreUnavailableError, DatabaseDamagedError):
    """The file of the database is damaged, empty or no database; a backup is to be restored."""


class Availability:
    """Whether the database of an engine answers, as far as this process knows.

    Args:
        engine: what it connects; errors that mean "not now" become ``StoreUnavailableError``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._away_since: float | None = None
        self._next_try = 0.0
        self._logged_at = self._fault_logged_at = -_LOG_SECONDS
        self._is_logged = False
        self._path = engine.url.database or ""
        self._damaged_file: tuple[int, int] | None = None
        self.has_tables = False
        """Whether a directory was in the database before: then an empty file is a damaged one."""
        self._watcher: threading.Thread | None = None
        self._connections: WeakSet[Any] = WeakSet()
        self._is_remote = engine.dialect.name == "postgresql"
        self.statement_seconds: int | None = None
        """After so long the server gives a statement up; for connections made from now on."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._leave_emptied)
        event.listen(engine, "handle_error", self._translated)

    @property
    def is_away(self) -> bool:
        """Whether the last try to connect failed."""
        return self._away_since is not None

    @property
    def is_damaged(self) -> bool:
        """Return whether SQLite said of the present file that it is damaged, or it is emptied."""
        damaged = self._damaged_file
        return self.is_emptied or (damaged is not None and damaged == file_at(self._path))

    @property
    def is_emptied(self) -> bool:
        """Return whether the file of a database that had tables has no bytes."""
        with suppress(OSError):
            return self.has_tables and not self._is_remote and not Path(self._path).stat().st_size
        return False

    def watch_until(self, stop: threading.Event, seconds: float = _TRY_SECONDS) -> None:
        """Ask every so many seconds whether the server answers; for a thread of its own."""
        self._watcher = threading.current_thread()
        try:
            while not stop.wait(seconds):
                self._look()
        finally:
            self._watcher = None

    def answers(self) -> bool:
        """Ask the database the simplest question."""
        return self.failure() is None

    def failure(self) -> SQLAlchemyError | None:
        """Why the simplest question is not answered; None where it is."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            return error
        return None

    def _look(self) -> None:
        """A server that takes the question and keeps silent would keep this thread as well."""
        asking = threading.Thread(target=self.answers, name="ask-database", daemon=True)
        self._watcher = asking
        asking.start()
        asking.join(ANSWER_SECONDS)
        if asking.is_alive():
            self._note_away("no answer")
            self._cut_connections()
            asking.join(CONNECT_SECONDS)

    def _cut_connections(self) -> None:
        """End what waits for an answer: the other end of each connection seems to be closed.

        Those that nobody uses fail the question that is asked before each use, and are made again.
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
        if self.is_emptied:  # SQLite would make a new database of it
            self._log_fault(_RESTORE, "0 bytes")
            raise StoreDamagedError(_DAMAGED)
        if self._is_remote:
            params = {**_NETWORK, **params}
            if self.statement_seconds:
                limit = f"-c statement_timeout={self.statement_seconds * 1000}"
                params["options"] = f"{params.get('options', '')} {limit}".strip()
        try:
            connection = dialect.connect(*args, **params)
        except dialect.loaded_dbapi.OperationalError as error:
            self._note_away(_reason_in_short(error))
            raise
        self._note_back()
        if self._is_remote:
            self._connections.add(connection)
        return connection

    def _leave_emptied(self, *_: object) -> None:
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
            self._next_try = now + _TRY_SECONDS

    def _note_away(self, why: str) -> None:
        with self._lock:
            now = time.monotonic()
            self._next_try = now + _TRY_SECONDS
            if self._away_since is None:
                self._away_since, self._is_logged = now, False
            seconds = now - self._away_since
            if now - self._logged_at < _LOG_SECONDS:
                return
            self._logged_at, self._is_logged = now, True
        _log.warning("The database does not answer (%s), for %.0f s now.", why, seconds)

    def _note_back(self) -> None:
        with self._lock:
            if self._away_since is None:
                return
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            if not self._is_logged:
                return
        _log.warning("The database answers again, after %.0f s.", seconds)

    def _log_fault(self, text: str, name: str) -> None:
        """Log once a minute what somebody has to mend."""
        now = time.monotonic()
        if now - self._fault_logged_at >= _LOG_SECONDS:
            self._fault_logged_at = now
            _log.error(text, name)

    def _is_full(self, name: str) -> bool:
        """Whether the disk has no room: SQLite then says so, or that it cannot write a file."""
        if name == "SQLITE_FULL":
            return True
        if not name.startswith("SQLITE_IOERR"):
            return False
        folder = os.path.dirname(self._path) or "."  # noqa: PTH120
        with suppress(OSError):
            return shutil.disk_usage(folder).free < _NO_ROOM
        return False

    def _translated(self, context: ExceptionContext) -> BaseException | None:
        """The error that callers know, where the database only cannot do it now."""
        if context.is_pre_ping:
            return None
        error = context.original_exception
        state = getattr(error, "sqlstate", None) or ""
        name = getattr(error, "sqlite_errorname", None) or ""
        if name.startswith(_DAMAGE) or (not self._is_remote and _is_undecodable(error)):
            self._damaged_file = file_at(self._path)
            self._log_fault(_RESTORE, name or "text that is not UTF-8")
            return StoreDamagedError(_DAMAGED)
        if state == _DISK_FULL or self._is_full(name):
            self._log_fault(
                "The disk of the database is full (%s). Make room there.", state or name
            )
            return StoreFullError("The disk of the database is full. Make room there.")
        if state == _READ_ONLY:
            context.is_disconnect = True  # the next connection may find the server that writes
        is_known = state.startswith(_STATES) or name.startswith(_NAMES)
        if is_known or context.is_disconnect or context.connection is None:
            return StoreUnavailableError(f"The database cannot do this now ({state or name}).")
        return None


def _reason_in_short(error: Exception) -> str:
    """Return why there is no connection, without the words of the error, which may name a user."""
    if "does not support SSL" in str(error):
        return "no TLS there; see PostgreSQL in docs/running.md"
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def _is_undecodable(error: BaseException) -> bool:
    """Return whether the driver could not decode a text of SQLite, which stores UTF-8 only."""
    return isinstance(error, UnicodeDecodeError) or "Could not decode to UTF-8" in str(error)


def file_at(path: str) -> tuple[int, int] | None:
    """Device and number of the file at a path: another one may take its name."""
    try:
        found = os.stat(path)  # noqa: PTH116  # for each connection; a Path takes longer
    except OSError:
        return None
    return found.st_dev, found.st_ino


def log_failure(log: logging.Logger, text: str, error: BaseException) -> None:
    """Log that work in the background failed, by the kind of error; an outage is logged here only.

    Args:
        text: with one ``%s`` for the kind.
    """
    if not isinstance(error, DatabaseUnavailableError):
        log.warning(text, type(error).__name__)


def database_now(session: Session) -> datetime:
    """The present instant as PostgreSQL has it.

    All processes that share a SQLite file are on one machine and read the same clock, so none of
    them can be ahead of another. What remains is a clock that is set forward while a worker is at
    work: another may then take its lease, but SQLite has one writer, and a worker that lost its
    lease takes no further job.
    """
    if session.get_bind().dialect.name == "postgresql":
        now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
    return datetime.now(UTC)
