"""Counts gathered in memory, for a background thread to write: no page waits for the database.

What a process has not written yet is lost with it. A forked child starts with none, since what was
gathered before the fork is the parent's to write; and with its first count it starts a thread of
its own, since threads do not survive a fork.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
_MOST_KEYS = 5_000  # of one process between two writings; more are left uncounted


class GatheredCounts(Generic[Key]):
    """How often each key was noted since the counts were last taken; threads may share one."""

    def __init__(self) -> None:
        self._start_over()
        _ALL.add(self)

    def _start_over(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def note(self, key: Key) -> None:
        """Count one."""
        if _child.is_new:
            _child.is_new = False
            for start in _STARTERS:
                start()
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


class _Child:
    """Whether this process was forked and has counted nothing yet."""

    is_new = False


_child = _Child()
_ALL: WeakSet[GatheredCounts[Any]] = WeakSet()
_STARTERS: list[Callable[[], object]] = []


def call_when_child_counts(start: Callable[[], object]) -> None:
    """Call this in each forked child that counts something, before its first count."""
    _STARTERS.append(start)


def _start_over_in_child() -> None:
    for counts in list(_ALL):
        counts._start_over()  # noqa: SLF001  # of the same module
    _child.is_new = True


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_start_over_in_child)
