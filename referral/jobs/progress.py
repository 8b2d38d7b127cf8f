"""Progress of a background job, in a file, since SQLite has one writer."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OnProgress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

_SECONDS_BETWEEN = 0.3
_PROGRESS = "progress.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, how much is done, and how much there is."""

    what: str = ""
    done: int = 0
    total: int = 0


def progress_file_writer(folder: Path) -> OnProgress:
    """A function that keeps how far the work is, not more than a few times a second."""
    path = folder / _PROGRESS
    path.parent.mkdir(parents=True, exist_ok=True)
    last = ("", 0.0)

    def write(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if what == last[0] and now - last[1] < _SECONDS_BETWEEN:
            return
        last = (what, now)
        new = path.with_suffix(".new")
        new.write_text(json.dumps([what, done, total]), encoding="utf-8")
        os.replace(new, path)  # noqa: PTH105  # the atomic one

    return write


def read_progress_file(folder: Path) -> Progress:
    """How far the work is; nothing where it runs on another machine."""
    try:
        what, done, total = json.loads((folder / _PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Progress()
    return Progress(str(what), int(done), int(total))
