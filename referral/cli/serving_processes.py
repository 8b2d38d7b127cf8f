"""Several processes that serve from one socket, started and ended by the one that bound it."""

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

_LOOK_SECONDS = 1.0
_SECONDS_TO_END = 50.0  # the service allows 60 (deploy/referral.service)
_SECONDS_ALONE = 10.0
_log = logging.getLogger(__name__)


def serve_in_processes(count: int, serve: Callable[[], object]) -> None:
    """Call a function in so many forked processes until this one is to end, and end them with it.

    A process that ended is started again within a second or two, however often that happens.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gc.freeze()  # so that a search for garbage writes nothing to memory that the processes share
    processes = [_started(serve, stop) for _ in range(count)]
    while not stop.wait(_LOOK_SECONDS):
        for place, each in enumerate(processes):
            if each.exitcode is not None:
                _log.error("A serving process ended (%s). Another one starts.", each.exitcode)
                processes[place] = _started(serve, stop)
    for each in processes:
        each.terminate()
    end = time.monotonic() + _SECONDS_TO_END
    for each in processes:
        each.join(max(0.0, end - time.monotonic()))
        each.kill()


def _started(serve: Callable[[], object], stop: threading.Event) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(serve, stop))
    process.start()
    return process


def _serve(serve: Callable[[], object], stop: threading.Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process above too
    exit_on_sigterm()
    _end_with_parent()
    if stop.is_set():  # by a signal that came before this process could take it
        return
    try:
        serve()
    except InstanceError as error:
        _log.error("%s", error)
        sys.exit(1)


def exit_on_sigterm() -> None:
    """Leave all ``with`` blocks on SIGTERM, so that what pages have counted is written."""

    def leave(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # systemd and the process above both send it
        sys.exit()

    signal.signal(signal.SIGTERM, leave)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    watch = threading.Thread(target=_end_without, args=(parent and parent.pid,), daemon=True)
    watch.start()


def _end_without(parent: int | None) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_ALONE)
    os._exit(1)
