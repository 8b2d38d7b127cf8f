"""Threads of waitress for help lines and liveness alone: they answer whatever else hangs."""

from __future__ import annotations

from typing import Any

from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher

_URGENT = ("/help-now", "/health/live")
_OF_THEIR_PAGE = "/static/"


class _RequestLanes:
    """Hands a request to the threads for all, or to those for what must always answer."""

    def __init__(self, usual: ThreadedTaskDispatcher) -> None:
        self._usual = usual
        self._urgent = ThreadedTaskDispatcher()
        self._urgent.set_thread_count(2)

    def add_task(self, task: Any) -> None:
        """Queue what a connection asks."""
        path = task.requests[0].path if getattr(task, "requests", None) else ""
        is_urgent = path.endswith(_URGENT) or path.startswith(_OF_THEIR_PAGE)
        (self._urgent if is_urgent else self._usual).add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End the threads."""
        self._urgent.shutdown(cancel_pending, timeout)
        return bool(self._usual.shutdown(cancel_pending, timeout))


def keep_urgent_apart(server: BaseWSGIServer) -> None:
    """Let help lines, what their page needs, and liveness have threads of their own."""
    server.task_dispatcher = _RequestLanes(server.task_dispatcher)
