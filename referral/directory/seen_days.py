"""What staff hand out and end, such as keys of partners, and the day when each was last seen.

The day is written once a day of each process; nobody waits.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from threading import Thread
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_today
from referral.errors import NotFoundError

_WRITE_WAIT_SECONDS = 2


def end_row(session: Session, row: Any, row_id: str, today: date) -> None:
    """Write that a row of a table with ``ended_on`` ended today.

    Raises:
        NotFoundError: there is none, or it has ended.
    """
    ended = (
        update(row)
        .where(row.id == row_id, row.ended_on.is_(None))
        .values(ended_on=today)
        .returning(row.id)
    )
    if session.execute(ended).first() is None:
        raise NotFoundError


class SeenDays:
    """Notes the days of the rows of one table.

    Args:
        row: a table with ``id`` and ``seen_on``.
    """

    def __init__(self, directory: Directory, row: Any) -> None:
        self._directory, self._row = directory, row
        self._noted: dict[str, date] = {}  # what this process wrote, or tried to

    def note(self, row_id: str, seen_on: date | None) -> None:
        """Write that a row was seen today, unless that is known."""
        today = local_today(self._directory)
        if today in {seen_on, self._noted.get(row_id)}:
            return
        self._noted[row_id] = today
        # A long import may keep SQLite from writing; nobody waits for that.
        writing = Thread(target=self._write, args=(row_id, today), daemon=True)
        writing.start()
        writing.join(_WRITE_WAIT_SECONDS)

    def _write(self, row_id: str, today: date) -> None:
        seen = update(self._row).where(self._row.id == row_id).values(seen_on=today)
        with suppress(SQLAlchemyError), self._directory.store.write() as session:
            session.execute(seen)
