"""Keeps the index of a serving process in step with the change log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from referral.operations.directory import Directory

_SECONDS = 1.0


@contextmanager
def follow_changes(app: Flask) -> Iterator[None]:
    """Follow in the background for the length of a ``with`` block."""
    directory: Directory = app.extensions["referral"]
    stop = threading.Event()
    thread = threading.Thread(
        target=directory.index.follow, args=(stop, _SECONDS), name="follow-changes", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
