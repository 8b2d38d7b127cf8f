"""The last day on which something was seen: written once a day of each process; nobody waits."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from threading import Thread
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory, local_today

_WRITE_WAIT_SECONDS = 2


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
