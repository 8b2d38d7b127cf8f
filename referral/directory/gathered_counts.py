"""Counts that are gathered in memory for a background thread to write, so that no page waits.

Counts that are not written yet are lost when their process ends.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
_MOST_KEYS = 5_000  # of one process between two writes; further keys are not counted


class GatheredCounts(Generic[Key]):
    """Counter of keys since the counts were last taken. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def note(self, key: Key) -> None:
        """Add one to the count of a key."""
        with self._lock:
            if key in self._counts or len(self._counts) < _MOST_KEYS:
                self._counts[key] += 1

    def take(self) -> Counter[Key]:
        """Return the gathered counts and reset them."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    def put_back(self, counts: Counter[Key]) -> None:
        """Add counts again that could not be written."""
        with self._lock:
            counts.update(self._counts)
            self._counts = Counter(dict(counts.most_common(_MOST_KEYS)))
