"""A real server on a free port of this machine, for the length of a with block."""

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
    """Return a port of this machine that nobody uses, for a site that must know its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until(
    is_so: Callable[[], object], what: str = "It does not come.", seconds: float = 60
) -> None:
    """Wait until something is so, and fail with a sentence where it never is."""
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end, what
        sleep(0.02)


@contextmanager
def running(server: _Server) -> Iterator[_Server]:
    """Run a server in a thread of its own for the length of a with block."""
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
    """Serve an application, on a free port if none is named, and yield its address without slash.

    In a run with ``--two-nodes`` a second node answers by turns.
    """
    with balanced(app) as site, _serving(site, port) as address:
        yield address


@contextmanager
def _serving(app: WSGIApplication, port: int) -> Iterator[str]:
    """Use werkzeug's server, because it stops at once; waitress waits for browsers to hang up."""
    server = make_server("127.0.0.1", port, _at_once(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _at_once(app: WSGIApplication) -> WSGIApplication:
    """The same, said as a whole: werkzeug's server leaves files open when a browser hangs up."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said: Any = app(environ, start_response)
        with closing(said) if hasattr(said, "close") else nullcontext():
            return [b"".join(said)]

    return answer
