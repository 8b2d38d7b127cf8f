"""Generations of the index on disk: complete indexes side by side, one of which is current.

::

    index/CURRENT                  name of the current generation
    index/writer.lock              locked by the one process that writes
    index/generations/<name>/      Whoosh's files and mark.json
"""

from __future__ import annotations

import math
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from referral.search.indexing.sync_marks import (
    MARK_FILE,
    Mark,
    is_whole,
    read_mark,
    replace_file,
    sweep_files,
)

_TRIES = 3
_NAME_LENGTH = 12
_SURELY_APART = 3_000_000_000  # nanoseconds; file systems count in steps of up to two seconds


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of the search index on disk, and the mark of the last change it includes."""

    name: str
    folder: Path
    mark: Mark


class Generations:
    """The generations of the search index in one folder; many processes read, one writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current, self._folders = f"{path}/CURRENT", f"{path}/generations"
        self._lock = FileLock(path / "writer.lock", timeout=0, thread_local=False)
        self._threads = threading.Lock()  # a file lock can be acquired twice by its own process
        self._checked = ""  # name of the generation whose contents were verified

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Yield whether this process may write during the block; never waits for the lock."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self._threads.acquire(blocking=False):
            yield False
            return
        try:
            with self._lock:
                yield True
        except Timeout:
            yield False
        finally:
            self._threads.release()

    def current_name(self) -> str:
        """Return the name of the current generation, "" when there is none."""
        for _ in range(_TRIES):  # a rebuild may switch and sweep between the two checks
            try:
                name = (self.path / "CURRENT").read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                return ""
            if name.isalnum() and self.folder(name).is_dir():
                return name
        return ""

    def change_times(self, name: str) -> tuple[int, ...] | None:
        """Return the times of the last change of a generation and of which one is current.

        None where that is not conclusive: so recent that another change may have the same time.
        """
        if os.name != "posix":
            return None
        try:
            stats = [os.stat(path) for path in (self._current, f"{self._folders}/{name}")]  # noqa: PTH116  # a Path takes ten times as long
        except OSError:
            return None
        times = tuple(stat.st_mtime_ns for stat in stats)
        return (*times, stats[0].st_ino) if max(times) < time.time_ns() - _SURELY_APART else None

    def current(self, *, contents: bool = True) -> Generation | None:
        """Return the current generation; None when there is none or it is damaged.

        File sizes are compared every time. Contents are read once by each process, if ``contents``
        is set: searches read nothing but the arrays, which are verified when they are mapped.
        """
        name = self.current_name()
        mark = read_mark(self.folder(name)) if name else None
        if mark is None:
            return None
        try:
            is_undamaged = is_whole(
                self.folder(name), mark, read=contents and self._checked != name
            )
        except OSError:
            return None
        if contents or not is_undamaged:
            self._checked = name if is_undamaged else ""
        return Generation(name, self.folder(name), mark) if is_undamaged else None

    def seconds_since_mark(self) -> float:
        """Return the age in seconds of the current generation's mark; infinite without one."""
        try:
            return time.time() - (self.folder(self.current_name()) / MARK_FILE).stat().st_mtime
        except OSError:
            return math.inf

    def suspect(self) -> None:
        """Forget that the contents were verified, after an error in them."""
        self._checked = ""

    def folder(self, name: str) -> Path:
        """Return the folder of a generation of the search index."""
        return self.path / "generations" / name

    def create(self) -> str:
        """Create the folder of a new generation, which is not current yet; return its name."""
        name = uuid4().hex[:_NAME_LENGTH]
        self.folder(name).mkdir(parents=True)
        return name

    def switch(self, name: str) -> None:
        """Make a generation of the search index the current one."""
        replace_file(self.path / "CURRENT", name)

    def sweep(self) -> None:
        """Delete other generations and files left over by crashes, unless they are open."""
        current = self.current_name()
        for folder in (self.path / "generations").glob("*"):
            if folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)
        if current and (mark := read_mark(self.folder(current))):
            sweep_files(self.folder(current), mark)
