"""Work that waits for staff: how much, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits; ``since`` is when the oldest began to, None where that is not kept."""

    count: int
    since: date | datetime | None = None
