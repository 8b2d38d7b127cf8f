"""Generations of the index on disk: whole indexes side by side, one of which is current.

::

    index/CURRENT                  name of the generation that answers
    index/writer.lock              held by the one process that writes
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
    """One index on disk and how far it has followed the store."""

    name: str
    folder: Path
    mark: Mark


class Generations:
    """The generations in one folder. Several processes may read, one writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current, self._folders = f"{path}/CURRENT", f"{path}/generations"
        self._lock = FileLock(path / "writer.lock", timeout=0, thread_local=False)
        self._threads = threading.Lock()  # a file lock lets its own process in twice
        self._checked = ""  # name of the generation whose contents were read and found whole

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Whether this process may write, for the length of the block; never waits."""
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
        """Name of the generation that answers, "" when there is none."""
        for _ in range(_TRIES):  # a rebuild may switch, and sweep, between the two looks
            try:
                name = (self.path / "CURRENT").read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                return ""
            if name.isalnum() and self.folder(name).is_dir():
                return name
        return ""

    def changed(self, name: str) -> tuple[int, ...] | None:
        """When this generation, or which one answers, changed last.

        None where that does not tell: so lately that another change may bear the same time.
        """
        if os.name != "posix":
            return None
        try:
            found = [os.stat(path) for path in (self._current, f"{self._folders}/{name}")]  # noqa: PTH116  # a Path takes ten times as long
        except OSError:
            return None
        times = tuple(each.st_mtime_ns for each in found)
        return (*times, found[0].st_ino) if max(times) < time.time_ns() - _SURELY_APART else None

    def current(self, *, contents: bool = True) -> Generation | None:
        """The generation that answers; None when there is none or it is damaged.

        Sizes are compared every time. Contents are read once by each process, if asked for: whoever
        only searches needs nothing but the arrays, which are checked as they are mapped.
        """
        name = self.current_name()
        mark = read_mark(self.folder(name)) if name else None
        if mark is None:
            return None
        try:
            whole = is_whole(self.folder(name), mark, read=contents and self._checked != name)
        except OSError:
            return None
        if contents or not whole:
            self._checked = name if whole else ""
        return Generation(name, self.folder(name), mark) if whole else None

    def seconds_since_mark(self) -> float:
        """How long ago the generation that answers was written last; endless without one."""
        try:
            return time.time() - (self.folder(self.current_name()) / MARK_FILE).stat().st_mtime
        except OSError:
            return math.inf

    def suspect(self) -> None:
        """Read the contents again the next time: an answer stumbled over them."""
        self._checked = ""

    def folder(self, name: str) -> Path:
        """Where a generation lies."""
        return self.path / "generations" / name

    def create(self) -> str:
        """Make the folder of a new generation, which does not answer yet."""
        name = uuid4().hex[:_NAME_LENGTH]
        self.folder(name).mkdir(parents=True)
        return name

    def switch(self, name: str) -> None:
        """Let this generation answer from now on."""
        replace_file(self.path / "CURRENT", name)

    def sweep(self) -> None:
        """Remove other generations and left-over files, where nobody has them open."""
        current = self.current_name()
        for folder in (self.path / "generations").glob("*"):
            if folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)
        if current and (mark := read_mark(self.folder(current))):
            sweep_files(self.folder(current), mark)
