"""Forks the processes that read lists from one that has loaded their modules: a test process reads
hundreds of small lists, and to load them took most of the time of each.

They are bound by the same limits. The tests of formats start them as the product does.
"""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO, Any, Self

from referral.formats.sandbox import child, parent

started_anew = parent._start


class ForkedReader:
    """A process that reads one list; what ``subprocess.Popen`` has and its parent side uses."""

    def __init__(self, process: BaseProcess, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._process = process
        self.stdin, self.stdout = stdin, stdout

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and give its code, or minus the signal that ended it."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("a forked reader", timeout or 0)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stdin.close()
        self.stdout.close()
        self._process.join()
        self._process.close()


def fork_readers() -> None:
    """Fork them from now on, where the platform can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])

    def forked() -> ForkedReader:
        asked, request = processes.Pipe(duplex=False)
        reply, told = processes.Pipe(duplex=False)
        process = processes.Process(target=_read, args=(asked, told), daemon=True)
        process.start()
        asked.close()
        told.close()
        return ForkedReader(process, _file(request, "wb"), _file(reply, "rb"))

    parent._start = forked  # type: ignore[assignment]


def _file(end: Connection, mode: str) -> IO[Any]:
    file = os.fdopen(os.dup(end.fileno()), mode)
    end.close()
    return file


def _read(asked: Connection, told: Connection) -> None:
    """In the forked process: read from and write to these as if they were its standard streams."""
    sys.stdin, sys.stdout = (
        os.fdopen(asked.fileno(), "r", closefd=False),
        os.fdopen(told.fileno(), "w", closefd=False),
    )
    os.environ.clear()
    child.main()
    sys.stdout.flush()
