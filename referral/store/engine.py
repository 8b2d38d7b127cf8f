"""Engines: the one place that knows which database it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from referral.errors import SettingsError

_BUSY_SECONDS = 30


def make_engine(database_url: str) -> Engine:
    """An engine for SQLite or PostgreSQL.

    Connections with the execution option ``writing`` take SQLite's write lock at once, so that a
    transaction that reads first and then writes waits instead of failing.

    Raises:
        SettingsError: the URL is not one, or names another database.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise SettingsError("DATABASE_URL is not a database URL.") from error
    match url.get_backend_name():
        case "sqlite":
            return _sqlite_engine(database_url)
        case "postgresql":
            return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        case other:
            raise SettingsError(f"DATABASE_URL names {other}; use sqlite or postgresql.")


def for_reading(engine: Engine) -> Engine:
    """The same engine, each transaction of which sees one moment, however many queries it makes.

    SQLite does so by itself.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def _sqlite_engine(database_url: str) -> Engine:
    engine = create_engine(database_url, connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
