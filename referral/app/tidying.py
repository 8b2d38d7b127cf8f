"""Does the daily job in the background of a serving process; one node of all does it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from referral.app.tidy import tidy_once_a_day
from referral.directory.context import Directory

log = logging.getLogger("referral.tidying")
_SECONDS = 15 * 60.0


@contextmanager
def tidy_daily(app: Flask, seconds: float = _SECONDS) -> Iterator[None]:
    """Look every so many seconds whether the job is to be done, for a ``with`` block."""
    directory: Directory = app.extensions["referral"]
    stop = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(directory, stop, seconds), name="tidy-daily", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _watch(directory: Directory, stop: threading.Event, seconds: float) -> None:
    while not stop.is_set():
        try:
            counts = tidy_once_a_day(directory)
        except Exception as error:  # noqa: BLE001  # the next look may fare better; pages go on
            log.warning("The daily job failed with %s.", type(error).__name__)
        else:
            if counts is not None:
                log.info("Tidied: %s", ", ".join(f"{name} {n}" for name, n in counts.items()))
        stop.wait(seconds)
