"""Progress of a background job, for the pages of all nodes.

It is a row, written in transactions of its own while the job's may be open. SQLite has one writer,
and a job may be just that: there it is a file, since all who read it are on this machine.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory
from referral.jobs.rows import JobProgressRow

OnProgress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

_SECONDS_BETWEEN = 0.3


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, how much is done, and how much there is."""

    what: str = ""
    done: int = 0
    total: int = 0


def progress_writer(directory: Directory, subject_id: str) -> OnProgress:
    """A function that keeps how far the work is, not more than a few times a second."""
    last = ("", 0.0)

    def write(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if what == last[0] and now - last[1] < _SECONDS_BETWEEN:
            return
        last = (what, now)
        # Work does not fail because it cannot be told how far it is.
        with suppress(SQLAlchemyError, OSError):
            _keep(directory, subject_id, Progress(what, done, total))

    return write


def read_progress(directory: Directory, subject_id: str) -> Progress:
    """How far the work is; nothing where that is not known."""
    if directory.store.has_one_writer:
        return _read_file(_path(directory, subject_id))
    with directory.store.read() as session:
        row = session.get(JobProgressRow, subject_id)
        return Progress(row.what, row.done, row.total) if row else Progress()


def forget_progress(directory: Directory, subject_id: str) -> None:
    """Forget how far work was that has ended."""
    if directory.store.has_one_writer:
        _path(directory, subject_id).unlink(missing_ok=True)
        return
    with directory.store.write() as session:
        session.execute(delete(JobProgressRow).where(JobProgressRow.subject_id == subject_id))


def _keep(directory: Directory, subject_id: str, progress: Progress) -> None:
    if directory.store.has_one_writer:
        path = _path(directory, subject_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps([progress.what, progress.done, progress.total]), encoding="utf-8")
        os.replace(new, path)  # noqa: PTH105  # the atomic one
        return
    with directory.store.write() as session:
        row = session.merge(JobProgressRow(subject_id=subject_id))
        row.what, row.done, row.total = progress.what, progress.done, progress.total


def _path(directory: Directory, subject_id: str) -> Path:
    return directory.settings.progress_path / f"{subject_id}.json"


def _read_file(path: Path) -> Progress:
    try:
        what, done, total = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Progress()
    return Progress(str(what), int(done), int(total))
