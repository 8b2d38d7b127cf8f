"""The site under waitress: threads kept free for help lines, and room for new connections.

Waitress itself receives requests and sends answers, so a slow client occupies a connection and no
thread.
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

_URGENT = ("/help-now", "/health/live")
_OF_THEIR_PAGE = "/static/"
_HAS_POLL = hasattr(select, "poll")
# Without poll() a process may have 512 connections.
_MOST_CONNECTIONS = 600 if _HAS_POLL else 300
_BUSY_CONNECTIONS = 100  # above the most, if threads are at work for all of these
_MOST_FILES = 4_096  # connections and temporary files of their bodies; systems usually allow 1,024
_IDLE_SECONDS = 30
_RECEIVE_SECONDS = 0.5  # for requests that were sent when no more connections are accepted
_SECONDS_TO_END = 20.0  # for the pages that are made then
_FEW_CONNECTIONS, _NEW_SECONDS, _STEP_SECONDS, _MOST_STEPS = 64, 0.05, 0.002, 4
# The thread that receives waits so long for each that makes a page; by default ten times as long.
_SWITCH_SECONDS = 0.0005
_LARGEST_ANSWER = 1024 * MEBIBYTE


def create_server(app: WSGIApplication, listener: socket.socket, threads: int) -> BaseWSGIServer:
    """Open the port of a bound socket; ``run()`` of the returned server answers."""
    _allow_files()
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
        # A thread never waits for the reader of a long answer: the rest is in a temporary file.
        outbuf_high_watermark=_LARGEST_ANSWER,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the site itself knows which to believe
    )
    server.channel_class = _Connection
    if multiprocessing.parent_process():
        server.handle_accept = partial(_accept_unless_busier, server, server.handle_accept)
    server.adj.send_bytes = 4096  # by the thread that made it, sooner than by the one that receives
    server.task_dispatcher = _RequestLanes(server.task_dispatcher)
    return server


def stop_server(server: BaseWSGIServer) -> None:
    """Answer what a server that runs in another thread has received, and end it."""
    # The thread that receives does both, since only it may change the map of connections.
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
    """Accept a connection, but leave it to another process on the same socket that has less to do.

    Otherwise the process that happens to be first gets most of several that come at once, and keeps
    them. In a crowd of connections nobody waits.
    """
    connections = server.active_channels.values()
    if len(connections) < _FEW_CONNECTIONS:
        just_now = time.time() - _NEW_SECONDS
        busy = sum(bool(each.requests) or each.creation_time > just_now for each in connections)
        time.sleep(min(busy, _MOST_STEPS) * _STEP_SECONDS)  # meanwhile threads make pages
    accept()


def _allow_files() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows, or the system allows no more
        import resource  # noqa: PLC0415  # only on POSIX

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _MOST_FILES), hard))


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

    def shutdown(self, cancel_pending: bool = True, timeout: float = _SECONDS_TO_END) -> bool:
        """End the threads, once what was received is answered or the time is over."""
        end = time.monotonic() + timeout
        while self._usual.queue and time.monotonic() < end:
            time.sleep(0.05)
        self._urgent.shutdown(cancel_pending)
        return bool(self._usual.shutdown(cancel_pending, max(0.0, end - time.monotonic())))


class _Connection(HTTPChannel):  # type: ignore[misc]
    """A connection. Where there are too many, the one whose request takes longest is closed."""

    def __init__(self, server: BaseWSGIServer, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.began = self.creation_time
        if len(server.active_channels) > _MOST_CONNECTIONS:
            _close_slowest(list(server.active_channels.values()))

    def received(self, data: bytes) -> bool:
        """Receive a part of a request, and note when the request began."""
        if self.request is None:
            self.began = time.time()
        return bool(super().received(data))


def _close_slowest(connections: list[_Connection]) -> None:
    """Close the connection that no thread works for and whose request began first."""
    waiting = [each for each in connections if not each.requests]
    if waiting:
        # At once: one that does not read its answer would never be ready for a closing in order.
        min(waiting, key=lambda each: each.began).handle_close()
