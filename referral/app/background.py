"""What a serving process does beside answering: follow the change log, and have work done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from referral.app.work import JOB_KINDS
from referral.directory.context import Directory
from referral.jobs.worker_process import run_workers

_SECONDS = 1.0


@contextmanager
def follow_changes(app: Flask) -> Iterator[None]:
    """Keep the index in step, and start workers, for the length of a ``with`` block."""
    directory: Directory = app.extensions["referral"]
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=directory.index.follow, args=(stop, _SECONDS), name="follow-changes", daemon=True
        ),
        threading.Thread(
            target=directory.texts.follow_until, args=(stop, _SECONDS), name="follow-texts",
            daemon=True,
        ),
    ]  # fmt: skip
    if directory.settings.run_jobs:
        threads.append(
            threading.Thread(
                target=run_workers,
                args=(directory, JOB_KINDS, stop),
                name="run-workers",
                daemon=True,
            )
        )
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=10)
