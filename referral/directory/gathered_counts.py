"""Counts gathered in memory, for a background thread to write: no page waits for the database.

What a process has not written yet is lost with it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
_MOST_KEYS = 5_000  # of one process between two writings; more are left uncounted


class GatheredCounts(Generic[Key]):
    """How often each key was noted since the counts were last taken; threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def note(self, key: Key) -> None:
        """Count one."""
        with self._lock:
            if key in self._counts or len(self._counts) < _MOST_KEYS:
                self._counts[key] += 1

    def take(self) -> Counter[Key]:
        """What was gathered; afterwards nothing is."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    def put_back(self, counts: Counter[Key]) -> None:
        """Gather again what could not be written, to try another time."""
        with self._lock:
            counts.update(self._counts)
            self._counts = Counter(dict(counts.most_common(_MOST_KEYS)))
