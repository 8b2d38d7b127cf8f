"""The clock of the database: the one that all nodes share."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session


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
