"""Writes a large index with all processor cores: each process writes some of its segments.

Threads would not do: most of the work is Python. Each process reads its part of the services at a
moment of its own, so it says which point in the change log it saw.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from referral.errors import DirectoryError
from referral.resources import module_path
from referral.search.indexing.writer import create_index, open_index
from referral.search.segments.segment_files import arrays_folder
from referral.search.segments.whoosh_internals import Segment, read_commit, write_commit
from referral.store import Store
from referral.store.base import in_batches
from referral.store.change_log import LogPoint

_CHILD = "referral.search.indexing.part_process"
_SERVICES_IN_A_PROCESS = 10_000  # at least; starting one takes a second
_MOST_PROCESSES = 8  # each has a segment or more, and some gigabyte of memory


class PartError(DirectoryError):
    """A process for a part of the index could not be started, or ended early."""


def process_count(services: int) -> int:
    """How many processes write an index of so many services."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(cores, _MOST_PROCESSES, services // _SERVICES_IN_A_PROCESS))


def write_in_parallel(
    store: Store,
    folder: Path,
    service_ids: Sequence[str],
    processes: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[LogPoint]:
    """Write a new index of these services; gives the points in the log that were seen.

    Raises:
        PartError: a process did not end well; the folder is of no use then.
    """
    url = store.engine.url.render_as_string(hide_password=False)
    size = -(-len(service_ids) // processes)
    parts: list[_Part] = []
    try:
        for number, ids in zip(count(), in_batches(service_ids, size), strict=False):
            parts.append(_Part(url, folder / f"part{number}", ids))
        while any(part.is_running() for part in parts):
            if on_progress:
                on_progress(sum(part.done for part in parts), len(service_ids))
        points = [part.point() for part in parts]
    finally:
        for part in parts:
            part.end()
    _join(folder, [part.folder for part in parts])
    return points


class _Part:
    """A process that writes some segments, and a thread that reads what it says."""

    def __init__(self, database_url: str, folder: Path, service_ids: Sequence[str]) -> None:
        self.folder, self.done = folder, 0
        folder.mkdir()
        self._request = json.dumps(
            {"database_url": database_url, "folder": str(folder), "service_ids": service_ids}
        )
        self._said: object = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "utf8", "-m", _CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": module_path()},
            )
        except OSError as error:
            raise PartError("A process for a part of the index could not be started.") from error
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def is_running(self) -> bool:
        """Whether it still writes; waits a little for its end."""
        self._thread.join(timeout=0.2)
        return self._thread.is_alive()

    def point(self) -> LogPoint:
        """The point in the change log that it saw, once it has ended."""
        if self._process.wait() or not isinstance(self._said, list):
            raise PartError("A process that wrote a part of the index ended early.")
        return LogPoint(*self._said)

    def end(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._thread.join()

    def _follow(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return
        with stdin, stdout:
            try:
                stdin.write(self._request)
                stdin.close()
                for line in stdout:
                    self._said = json.loads(line)
                    if isinstance(self._said, int):
                        self.done = self._said
            except (OSError, ValueError):
                self._said = None


def _join(folder: Path, parts: Sequence[Path]) -> None:
    """Move the segments of all parts into one index."""
    index, segments = create_index(folder), list[Segment]()
    arrays_folder(folder).mkdir(exist_ok=True)
    for part in parts:
        segments += read_commit(open_index(part))[1]
        for path in arrays_folder(part).iterdir():
            path.replace(arrays_folder(folder) / path.name)
        for path in part.iterdir():
            if path.name.startswith(index.indexname):
                path.replace(folder / path.name)
        shutil.rmtree(part)
    write_commit(index, segments)
