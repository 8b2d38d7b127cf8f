"""Forked reader processes: a faster replacement for those that the product starts to read lists.

A test process reads hundreds of small lists, and loading the modules took most of the time of each.
So readers are forked from a server process that has loaded them. The same limits apply. The tests
of formats start readers as the product does.
"""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO, Any, Self

from referral.formats.sandbox import child, parent

start_reader_process = parent._start


class ForkedReader:
    """A forked process that reads one list, with the used methods of ``subprocess.Popen``."""

    def __init__(self, process: BaseProcess, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._process = process
        self.stdin, self.stdout = stdin, stdout

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process, and return its exit code or minus its signal."""
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
    """Fork reader processes from now on, if the platform supports it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])

    def fork_reader() -> ForkedReader:
        child_stdin, parent_stdin = processes.Pipe(duplex=False)
        parent_stdout, child_stdout = processes.Pipe(duplex=False)
        process = processes.Process(target=_read, args=(child_stdin, child_stdout), daemon=True)
        process.start()
        child_stdin.close()
        child_stdout.close()
        return ForkedReader(process, _file(parent_stdin, "wb"), _file(parent_stdout, "rb"))

    parent._start = fork_reader  # type: ignore[assignment]


def _file(end: Connection, mode: str) -> IO[Any]:
    file = os.fdopen(os.dup(end.fileno()), mode)
    end.close()
    return file


def _read(stdin: Connection, stdout: Connection) -> None:
    """Read a list in the forked process, with two pipes as its standard input and output."""
    sys.stdin, sys.stdout = (
        os.fdopen(stdin.fileno(), "r", closefd=False),
        os.fdopen(stdout.fileno(), "w", closefd=False),
    )
    os.environ.clear()
    child.main()
    sys.stdout.flush()
