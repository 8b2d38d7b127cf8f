"""Progress of a soak test in a JSON file, so that the test can be stopped and continued."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any


class TimeIsUpError(Exception):
    """Raised when the minutes of a soak test are over."""


class Progress:
    """Numbers of a soak test by name, which ``save`` stores after each round.

    Args:
        minutes: duration of the test, including earlier runs; None runs it until its rounds end.
    """

    def __init__(self, path: Path, minutes: float | None = None) -> None:
        self._path, self._minutes = path, minutes
        self._counted_until = time.monotonic()
        self.numbers: dict[str, Any] = {}
        if path.exists():
            self.numbers = json.loads(path.read_text(encoding="utf-8"))

    def add(self, name: str, count: int = 1) -> None:
        """Add a count to a number."""
        self.numbers[name] = self.numbers.get(name, 0) + count

    def most(self, name: str, value: float) -> None:
        """Set a number to a value if the value is larger."""
        self.numbers[name] = round(max(self.numbers.get(name, 0.0), value), 3)

    def save(self) -> None:
        """Write the file, and stop the test if its time is over.

        Raises:
            TimeIsUpError: the minutes are over.
        """
        self.write()
        if self._minutes is not None and self.numbers["minutes"] >= self._minutes:
            raise TimeIsUpError

    def write(self) -> None:
        """Write the file, with the minutes that the test has run."""
        now = time.monotonic()
        minutes = self.numbers.get("minutes", 0.0) + (now - self._counted_until) / 60
        self.numbers["minutes"] = round(minutes, 3)
        self._counted_until = now
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self.numbers, indent=1, sort_keys=True), encoding="utf-8")
        new.replace(self._path)
