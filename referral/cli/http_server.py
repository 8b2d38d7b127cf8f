"""HTTP server by waitress, with reserved threads for help lines and limits on connections.

Waitress receives requests and sends answers in a thread of its own, so a slow client occupies a
connection but no thread of the application.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

import waitress
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import close_all

from referral.imports.upload_files import LARGEST_UPLOAD
from referral.web.security import MEBIBYTE

_URGENT_PATHS = ("/help-now", "/health/live")
_STATIC_PATHS = "/static/"
_HAS_POLL = hasattr(select, "poll")
# Without poll() a process may have 512 connections.
_MOST_CONNECTIONS = 600 if _HAS_POLL else 300
_BUSY_CONNECTIONS = 100  # above the most, while threads work for all of them
_MOST_FILES = 4_096  # connections and temporary files of their bodies; systems usually allow 1,024
_IDLE_SECONDS = 30
_RECEIVE_SECONDS = 0.5  # for requests that were sent when no more connections are accepted
_SECONDS_TO_END = 20.0  # for the pages that are being rendered then
_FEW_CONNECTIONS, _NEW_SECONDS, _STEP_SECONDS, _MOST_STEPS = 64, 0.05, 0.002, 4
# Time that the receiving thread waits for each thread that renders a page: a tenth of Python's
# default.
_SWITCH_SECONDS = 0.0005
_LARGEST_ANSWER = 1024 * MEBIBYTE


def create_server(app: WSGIApplication, listener: socket.socket, threads: int) -> BaseWSGIServer:
    """Return an HTTP server that listens on a bound socket; its ``run()`` answers requests."""
    _raise_file_limit()
    sys.setswitchinterval(_SWITCH_SECONDS)
    server = waitress.create_server(
        app,
        sockets=[listener],
        threads=threads,
        connection_limit=_MOST_CONNECTIONS + _BUSY_CONNECTIONS,
        channel_timeout=_IDLE_SECONDS,
        cleanup_interval=_IDLE_SECONDS // 3,
        asyncore_use_poll=_HAS_POLL,
        max_request_body_size=LARGEST_UPLOAD + MEBIBYTE,
        # A thread never waits for the reader of a long answer: the rest goes to a temporary file.
        outbuf_high_watermark=_LARGEST_ANSWER,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the site itself checks these headers
    )
    server.channel_class = _Connection
    if multiprocessing.parent_process():
        server.handle_accept = partial(_accept_unless_busier, server, server.handle_accept)
    # From this size on, an answer is sent by the thread that rendered it, not by the receiving one.
    server.adj.send_bytes = 4096
    server.task_dispatcher = _TwoPoolDispatcher(server.task_dispatcher)
    return server


def stop_server(server: BaseWSGIServer) -> None:
    """Stop an HTTP server in another thread, after it answered the requests it received."""
    # Both calls run in the receiving thread, since only it may change the map of connections.
    server.trigger.pull_trigger(server.del_channel)  # no new connections
    end = time.monotonic() + _SECONDS_TO_END
    time.sleep(_RECEIVE_SECONDS)
    while time.monotonic() < end and any(
        each.requests or each.total_outbufs_len for each in list(server.active_channels.values())
    ):
        time.sleep(_NEW_SECONDS)
    server.trigger.pull_trigger(partial(close_all, server._map, ignore_all=True))  # noqa: SLF001
    server.task_dispatcher.shutdown()
    server.socket.close()


def _accept_unless_busier(server: BaseWSGIServer, accept: Callable[[], None]) -> None:
    """Accept an HTTP connection after a pause in which a less busy process may take it.

    Without the pause, the first process on the shared socket would get most of the connections that
    arrive at once, and keep them. With many connections there is no pause.
    """
    connections = server.active_channels.values()
    if len(connections) < _FEW_CONNECTIONS:
        just_now = time.time() - _NEW_SECONDS
        busy = sum(bool(each.requests) or each.creation_time > just_now for each in connections)
        time.sleep(min(busy, _MOST_STEPS) * _STEP_SECONDS)  # meanwhile threads render pages
    accept()


def _raise_file_limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # on Windows, or above the system's limit
        import resource  # noqa: PLC0415  # only on POSIX

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _MOST_FILES), hard))


class _TwoPoolDispatcher:
    """Dispatcher of HTTP requests to two thread pools: one for urgent paths, one for all others."""

    def __init__(self, usual: ThreadedTaskDispatcher) -> None:
        self._usual = usual
        self._urgent = ThreadedTaskDispatcher()
        self._urgent.set_thread_count(2)

    def add_task(self, task: Any) -> None:
        """Queue an HTTP connection's request in the thread pool for its path."""
        path = task.requests[0].path if getattr(task, "requests", None) else ""
        is_urgent = path.endswith(_URGENT_PATHS) or path.startswith(_STATIC_PATHS)
        (self._urgent if is_urgent else self._usual).add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = _SECONDS_TO_END) -> bool:
        """Stop the server's threads once all queued requests are answered or time is over."""
        end = time.monotonic() + timeout
        while self._usual.queue and time.monotonic() < end:
            time.sleep(0.05)
        self._urgent.shutdown(cancel_pending)
        return bool(self._usual.shutdown(cancel_pending, max(0.0, end - time.monotonic())))


class _Connection(HTTPChannel):  # type: ignore[misc]
    """An HTTP connection that notes when its current request began.

    If there are too many, the one whose request takes longest is closed.
    """

    def __init__(self, server: BaseWSGIServer, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.request_began = self.creation_time
        if len(server.active_channels) > _MOST_CONNECTIONS:
            _close_slowest(list(server.active_channels.values()))

    def received(self, data: bytes) -> bool:
        """Receive a part of an HTTP request, and note when the request began."""
        if self.request is None:
            self.request_began = time.time()
        return bool(super().received(data))


def _close_slowest(connections: list[_Connection]) -> None:
    """Close the HTTP connection with the oldest request among those that no thread works for."""
    waiting = [each for each in connections if not each.requests]
    if waiting:
        # Closed at once: a client that does not read its answer would never be ready for an
        # orderly close.
        min(waiting, key=lambda each: each.request_began).handle_close()
