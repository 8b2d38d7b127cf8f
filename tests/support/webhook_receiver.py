"""A program of a partner on this machine that is called by webhooks, on good and bad days."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.server import running

_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


class _Answers(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append(ReceivedCall(self.path, headers, body))
        time.sleep(self.server.seconds)
        if not self.server.status:
            self.connection.close()
            return
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


class Receiver(ThreadingHTTPServer):
    """A server; ``status`` is its answer to each call, 0 for none, after so many seconds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((_HERE, 0), _Answers)
        self.status = 204
        self.seconds = 0.0
        self.calls: list[ReceivedCall] = []

    @property
    def host(self) -> str:
        """Return where it listens."""
        return f"{_HERE}:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """Return the address to call."""
        return f"http://{self.host}/changed"


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """Run a receiver for the length of a with block."""
    with running(Receiver()) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        yield server
