"""HTTP servers on free ports of this machine, which run for the length of a with block."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from socketserver import BaseServer
from time import monotonic, sleep
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server

from tests.support.two_nodes import balanced

_Server = TypeVar("_Server", bound=BaseServer)


def free_port() -> int:
    """Return an unused port of this machine, for a site whose settings contain its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until(
    is_true: Callable[[], object], message: str = "It does not come.", seconds: float = 60
) -> None:
    """Wait until a condition is true, and fail with a message if it is not in time."""
    end = monotonic() + seconds
    while not is_true():
        assert monotonic() < end, message
        sleep(0.02)


@contextmanager
def running(server: _Server) -> Iterator[_Server]:
    """Run a server in its own thread for the length of a with block."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve an application, by default on a free port, and yield its address without a slash.

    In a run with ``--two-nodes`` a second node answers every other request.
    """
    with balanced(app) as site, _serving(site, port) as address:
        yield address


@contextmanager
def _serving(app: WSGIApplication, port: int) -> Iterator[str]:
    """Serve with Werkzeug, which stops at once; waitress waits until browsers disconnect."""
    server = make_server("127.0.0.1", port, _unstreamed(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _unstreamed(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application so that its responses are sent as a whole.

    Otherwise Werkzeug's server leaves files open when a browser disconnects.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body: Any = app(environ, start_response)
        with closing(body) if hasattr(body, "close") else nullcontext():
            return [b"".join(body)]

    return answer
