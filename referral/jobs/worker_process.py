"""Worker processes, which run background jobs apart from the process that serves requests."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from uuid import uuid4

from referral.directory.instance import Instance
from referral.jobs.job_queue import JobKinds, has_work, release_worker
from referral.jobs.rows import JobState
from referral.resources import module_path
from referral.settings import Settings


class Workers:
    """Manager of worker processes, which starts one at a time when jobs wait.

    The lease of a worker that died is released, so that its job can be resumed at once.
    """

    def __init__(self, instance: Instance, kinds: JobKinds) -> None:
        self._instance = instance
        self._kinds = kinds
        self._lock = threading.Lock()
        self._owner = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def start_if_needed(self) -> None:
        """Start a worker process if a job waits and none is running; called periodically."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._release_ended_worker(JobState.STOPPED)
        if has_work(self._instance, self._kinds):
            with self._lock:
                if not self._is_stopped:
                    self._owner = f"serve-{uuid4()}"
                    self._process = start_worker(self._instance.settings, self._owner)

    def stop(self) -> None:
        """Terminate the worker process; its job is rolled back and waits for the next start."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
            self._release_ended_worker(JobState.WAITING)

    def _release_ended_worker(self, new_state: JobState) -> None:
        if self._process is not None and self._process.wait():
            release_worker(self._instance, self._owner, new_state)
        self._process = None


def start_worker(settings: Settings, owner: str) -> subprocess.Popen[bytes]:
    """Start a process that runs the waiting jobs and exits.

    Args:
        owner: unique name of the worker, for its lease.
    """
    command = [sys.executable, "-m", "referral", "work", "--once", "--owner", owner]
    return subprocess.Popen(command, env=_environment(settings))


def _environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment of this process, with settings that may come from elsewhere."""
    return {
        **os.environ,
        "PYTHONPATH": module_path(),
        "REFERRAL_INSTANCE": str(settings.instance_path),
        "DATABASE_URL": settings.database_url,
        "REFERRAL_SECRET_KEY": settings.secret_key,
        "REFERRAL_CONTACT_KEYS": ",".join(settings.contact_keys),
    }
