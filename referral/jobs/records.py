"""States of a background job."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """How far a piece of work in the background has come."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"  # whoever did it crashed; nothing is half-done
    DONE = "done"
    FAILED = "failed"
