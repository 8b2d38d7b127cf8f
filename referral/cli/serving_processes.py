"""Serving in several forked processes, which the parent process starts, restarts and ends."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from referral.errors import InstanceError

_POLL_SECONDS = 1.0
_SECONDS_TO_END = 50.0  # the service allows 60 (deploy/referral.service)
_SECONDS_WITHOUT_PARENT = 10.0
_log = logging.getLogger(__name__)


def serve_in_processes(count: int, serve: Callable[[], object]) -> None:
    """Serve the site in ``count`` forked processes until this process is stopped.

    A process that ended is replaced within a second or two, however often that happens.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gc.freeze()  # garbage collection would write to memory that the processes share
    processes = [_start_process(serve, stop) for _ in range(count)]
    while not stop.wait(_POLL_SECONDS):
        for index, process in enumerate(processes):
            if process.exitcode is not None:
                _log.error("A serving process ended (%s). Another one starts.", process.exitcode)
                processes[index] = _start_process(serve, stop)
    for process in processes:
        process.terminate()
    end = time.monotonic() + _SECONDS_TO_END
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
        process.kill()


def _start_process(serve: Callable[[], object], stop: threading.Event) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(serve, stop))
    process.start()
    return process


def _serve(serve: Callable[[], object], stop: threading.Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent process too
    exit_on_sigterm()
    _end_with_parent()
    if stop.is_set():  # a signal came before this process could handle it
        return
    try:
        serve()
    except InstanceError as error:
        _log.error("%s", error)
        sys.exit(1)


def exit_on_sigterm() -> None:
    """Exit a serving process on SIGTERM by an exception, so that ``with`` blocks end.

    Page counts are written then.
    """

    def leave(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # systemd and the parent process both send it
        sys.exit()

    signal.signal(signal.SIGTERM, leave)


def _end_with_parent() -> None:
    """Start a thread that ends this serving process when its parent process is gone."""
    parent = multiprocessing.parent_process()
    watch = threading.Thread(target=_end_after, args=(parent and parent.pid,), daemon=True)
    watch.start()


def _end_after(parent: int | None) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_WITHOUT_PARENT)
    os._exit(1)
