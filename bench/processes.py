"""Memory and processor time of a process with its descendants, read from Linux's ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# Range of the four fields after the name: user and system time, also of children that ended.
_USER_TICKS, _LAST_TICKS = 11, 15


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of processes in megabytes.

    Attributes:
        resident: all memory in use, including pages of mapped files.
        private: anonymous memory, which is in no file.
        proportional: private memory and a share of shared and mapped memory.
    """

    resident: float = 0.0
    private: float = 0.0
    proportional: float = 0.0


def memory_of(pid: int) -> Memory:
    """Return the memory of a process with its descendants."""
    total = {"Rss:": 0, "Anonymous:": 0, "Pss:": 0}
    for process in _with_descendants(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
                words = line.split()
                if words[0] in total:
                    total[words[0]] += int(words[1])
    return Memory(*(round(kilobytes / 1024, 1) for kilobytes in total.values()))


def cpu_seconds_of(pid: int) -> float:
    """Return the user and system time of a process with its descendants."""
    ticks = 0
    for process in _with_descendants(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += sum(map(int, fields[_USER_TICKS:_LAST_TICKS]))
    return ticks / _TICKS


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield from _with_descendants(int(child))
