"""Memory and processor time of a process and all that it started, as Linux says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_USER_TICKS, _LAST_TICKS = 11, 15  # of the fields after the name; children that ended count too


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes.

    Attributes:
        resident: all that is in memory, pages of mapped files included.
        private: what is its own and in no file, so that no other process shares it.
        proportional: private, and a share of what is shared or mapped.
    """

    resident: float = 0.0
    private: float = 0.0
    proportional: float = 0.0


def memory_of(pid: int) -> Memory:
    """The memory of a process with all that it started."""
    total = {"Rss:": 0, "Anonymous:": 0, "Pss:": 0}
    for each in _with_children(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text("ascii").splitlines():
                words = line.split()
                if words[0] in total:
                    total[words[0]] += int(words[1])
    return Memory(*(round(kilobytes / 1024, 1) for kilobytes in total.values()))


def cpu_seconds_of(pid: int) -> float:
    """User and system time of a process with all that it started."""
    ticks = 0
    for each in _with_children(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += sum(map(int, fields[_USER_TICKS:_LAST_TICKS]))
    return ticks / _TICKS


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield from _with_children(int(child))
