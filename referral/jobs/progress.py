"""Progress of background jobs, stored where the pages of all nodes can read it.

It is a row, written in a transaction of its own while that of the job may be open. SQLite has one
writer, which may be the job itself: there it is a file, since all readers are on this machine.
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

from referral.directory.instance import Instance
from referral.jobs.rows import JobProgressRow

OnProgress = Callable[[str, int, int], None]
"""Called with the name of the current step, the amount done, and the total."""

_SECONDS_BETWEEN_WRITES = 0.3


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job: current step, amount done, and total."""

    what: str = ""
    done: int = 0
    total: int = 0


def progress_writer(instance: Instance, subject_id: str) -> OnProgress:
    """Return a function that stores the progress of a job, at most a few times a second."""
    last_step, written_at = "", 0.0

    def write(step: str, done: int, total: int) -> None:
        nonlocal last_step, written_at
        now = time.monotonic()
        if step == last_step and now - written_at < _SECONDS_BETWEEN_WRITES:
            return
        last_step, written_at = step, now
        # A job must not fail because its progress cannot be stored.
        with suppress(SQLAlchemyError, OSError):
            _store_progress(instance, subject_id, Progress(step, done, total))

    return write


def read_progress(instance: Instance, subject_id: str) -> Progress:
    """Return the progress of the job on a subject, empty if it is unknown."""
    if instance.store.has_one_writer:
        return _read_file(_progress_path(instance, subject_id))
    with instance.store.read() as session:
        row = session.get(JobProgressRow, subject_id)
        return Progress(row.what, row.done, row.total) if row else Progress()


def forget_progress(instance: Instance, subject_id: str) -> None:
    """Delete the progress of the job on a subject, after it has ended."""
    if instance.store.has_one_writer:
        _progress_path(instance, subject_id).unlink(missing_ok=True)
        return
    with instance.store.write() as session:
        session.execute(delete(JobProgressRow).where(JobProgressRow.subject_id == subject_id))


def _store_progress(instance: Instance, subject_id: str, progress: Progress) -> None:
    if instance.store.has_one_writer:
        path = _progress_path(instance, subject_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        new_path = path.with_suffix(".new")
        new_path.write_text(
            json.dumps([progress.what, progress.done, progress.total]), encoding="utf-8"
        )
        os.replace(new_path, path)  # noqa: PTH105  # the atomic one
        return
    with instance.store.write() as session:
        row = session.merge(JobProgressRow(subject_id=subject_id))
        row.what, row.done, row.total = progress.what, progress.done, progress.total


def _progress_path(instance: Instance, subject_id: str) -> Path:
    return instance.settings.progress_path / f"{subject_id}.json"


def _read_file(path: Path) -> Progress:
    try:
        step, done, total = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Progress()
    return Progress(str(step), int(done), int(total))
