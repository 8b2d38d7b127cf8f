"""Counts of work that waits for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """The count of items waiting for staff; ``since`` is that of the oldest, None if unknown."""

    count: int
    since: date | datetime | None = None
