"""Threads kept free for help lines and liveness, so that they answer even if all else hangs.

Waitress lets us choose a thread for each request. Granian does not: it gets more threads than pages
may use at once, so some are free as long as not too many requests wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher

_URGENT = ("/help-now", "/health/live")
_OF_THEIR_PAGE = "/static/"


def _is_urgent(path: str) -> bool:
    return path.endswith(_URGENT) or path.startswith(_OF_THEIR_PAGE)


class _RequestLanes:
    """Hands a request to the threads for all, or to those for what must always answer."""

    def __init__(self, usual: ThreadedTaskDispatcher) -> None:
        self._usual = usual
        self._urgent = ThreadedTaskDispatcher()
        self._urgent.set_thread_count(2)

    def add_task(self, task: Any) -> None:
        """Queue what a connection asks."""
        path = task.requests[0].path if getattr(task, "requests", None) else ""
        (self._urgent if _is_urgent(path) else self._usual).add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End the threads."""
        self._urgent.shutdown(cancel_pending, timeout)
        return bool(self._usual.shutdown(cancel_pending, timeout))


def keep_urgent_apart(server: BaseWSGIServer) -> None:
    """Let help lines, what their page needs, and liveness have threads of their own."""
    server.task_dispatcher = _RequestLanes(server.task_dispatcher)


class Turns:
    """So many places, given to threads in the order in which they came.

    A semaphore would let a thread that comes just then pass one that has waited.

    Args:
        most: how many places there are.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        """Wait for a place."""
        with self._lock:
            if self._free:  # so nobody waits
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_error: object) -> None:
        """Hand the place to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


class UsualPagesBounded:
    """A site that makes so many pages at once; help lines and liveness wait for none of them.

    A long answer is sent without a place among them, so nothing is lost with who breaks it off.

    Args:
        app: the site.
        most: how many requests for other pages it works at; more of them wait, each in a thread.
    """

    def __init__(self, app: WSGIApplication, most: int) -> None:
        self._app = app
        self._turns = Turns(most)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, a usual one when it is its turn."""
        if _is_urgent(environ["PATH_INFO"]):
            return self._app(environ, start_response)
        with self._turns:
            return self._app(environ, start_response)
