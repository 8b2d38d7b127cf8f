"""Progress of a soak test in a JSON file, so that it can be stopped and goes on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Progress:
    """Numbers of a soak test by name; ``save`` after each round keeps them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.numbers: dict[str, Any] = {}
        if path.exists():
            self.numbers = json.loads(path.read_text(encoding="utf-8"))

    def add(self, name: str, count: int = 1) -> None:
        """Count."""
        self.numbers[name] = self.numbers.get(name, 0) + count

    def most(self, name: str, value: float) -> None:
        """Keep the largest value."""
        self.numbers[name] = round(max(self.numbers.get(name, 0.0), value), 3)

    def save(self) -> None:
        """Write the file anew."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self.numbers, indent=1, sort_keys=True), encoding="utf-8")
        new.replace(self._path)
