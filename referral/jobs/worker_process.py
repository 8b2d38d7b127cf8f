"""Worker process: runs background jobs apart from the process that answers searches."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory
from referral.jobs.job_queue import JobKinds, has_work, release_worker
from referral.jobs.records import JobState
from referral.resources import module_path
from referral.settings import Settings
from referral.store.connections.availability import log_failure

_log = logging.getLogger(__name__)


def run_workers(
    directory: Directory, kinds: JobKinds, stop: threading.Event, every_seconds: float = 1.0
) -> None:
    """Start a worker whenever there is work, until told to stop; for a thread of its own.

    A worker that dies is said to be dead, so that its work can be resumed at once.
    """
    while not stop.wait(every_seconds):
        try:
            if has_work(directory, kinds):
                _run_one(directory, stop)
        except (OSError, SQLAlchemyError) as error:
            log_failure(_log, "no worker now: %s", error)


def _run_one(directory: Directory, stop: threading.Event) -> None:
    owner = f"serve-{uuid4()}"
    with start_worker(directory.settings, owner) as process:
        while process.poll() is None:
            if stop.wait(0.2):
                process.terminate()  # what it was at is rolled back, and waits for the next start
        if process.returncode:
            then = JobState.WAITING if stop.is_set() else JobState.STOPPED
            release_worker(directory, owner, then)


def start_worker(settings: Settings, owner: str) -> subprocess.Popen[bytes]:
    """A process that does what waits, and then ends. ``owner`` names it among all workers."""
    command = [sys.executable, "-m", "referral", "work", "--once", "--owner", owner]
    return subprocess.Popen(command, env=_environment(settings))


def _environment(settings: Settings) -> Mapping[str, str]:
    """This process's, with the settings that were given in another way."""
    return {
        **os.environ,
        "PYTHONPATH": module_path(),
        "REFERRAL_INSTANCE": str(settings.instance_path),
        "DATABASE_URL": settings.database_url,
        "REFERRAL_SECRET_KEY": settings.secret_key,
        "REFERRAL_CONTACT_KEYS": ",".join(settings.contact_keys),
        "REFERRAL_TIMEZONE": settings.timezone,
        "REFERRAL_AREA_CODE": settings.area_code,
    }
