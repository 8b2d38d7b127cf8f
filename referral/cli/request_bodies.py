"""Request bodies, read whole before a page is made, so that a slow sender keeps nobody waiting.

For servers that hand a request over as soon as its headers are there, as granian does. Waitress
reads bodies itself, without a thread for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from referral.web.security import MEBIBYTE

_PIECE = 1 << 14
_LARGEST_IN_MEMORY = MEBIBYTE // 2
# For a small body. A larger one has more time, as long as it comes at the least rate.
_SECONDS = 10.0
_LEAST_RATE = 16 << 10  # bytes a second
_UPLOAD = "/admin/imports/new"


class BodiesFirst:
    """A site that gets each request together with its whole body.

    A body that comes too slowly is answered with 408. If too many come at once, the slowest of them
    is. What is too large is not read: the site refuses it by its length.

    Args:
        app: the site.
        largest: bytes of a body.
        largest_upload: bytes of a body with a list to import.
        most: how many bodies are read at once, each by one thread while another one waits for it.
        seconds: how long a small body may take.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        largest: int,
        largest_upload: int,
        most: int,
        seconds: float = _SECONDS,
    ) -> None:
        self._app, self._most, self._seconds = app, most, seconds
        self._largest, self._largest_upload = largest, largest_upload
        self._lock = Lock()
        self._reading: list[_Body] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, then let the site answer."""
        length = _length_of(environ)
        is_upload = environ["PATH_INFO"].endswith(_UPLOAD)
        largest = self._largest_upload if is_upload else self._largest
        if length == 0 or (length or 0) > largest:
            environ["wsgi.input"] = BytesIO()
            return self._app(environ, start_response)
        body = _Body(environ["wsgi.input"], largest + 1 if length is None else length)
        if not self._is_read(body):
            return _refused("408 Request Timeout", start_response)
        if length is not None and body.size < length:
            body.file.close()
            return _refused("400 Bad Request", start_response)
        body.file.seek(0)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = body.file, str(body.size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return ClosingIterator(self._app(environ, start_response), body.file.close)

    def _is_read(self, body: _Body) -> bool:
        with self._lock:
            if len(self._reading) >= self._most:
                slowest = min(self._reading, key=lambda each: each.seconds_left(self._seconds))
                self._reading.remove(slowest)
                slowest.stop()
            self._reading.append(body)
        try:
            return body.read(self._seconds)
        finally:
            with self._lock, suppress(ValueError):
                self._reading.remove(body)


class _Body:
    """A body that comes.

    Attributes:
        file: what has come.
        size: bytes that have come.
    """

    def __init__(self, stream: Any, wanted: int) -> None:
        self.file = SpooledTemporaryFile(_LARGEST_IN_MEMORY)  # noqa: SIM115  # closed by its user
        self.size = 0
        self._stream, self._wanted, self._started = stream, wanted, monotonic()
        self._is_stopped = False
        self._has_ended = Event()

    def read(self, seconds: float) -> bool:
        """Read all of it; whether it came in time."""
        # A thread that reads cannot be interrupted. It ends with the connection.
        Thread(target=self._read, name="request-body", daemon=True).start()
        while not self._has_ended.wait(max(0.0, self.seconds_left(seconds))):
            if self.seconds_left(seconds) <= 0:
                self.stop()
        return not self._is_stopped

    def seconds_left(self, seconds: float) -> float:
        """How long the rest may take."""
        return self._started + seconds + self.size / _LEAST_RATE - monotonic()

    def stop(self) -> None:
        """Wait no longer."""
        self._is_stopped = True
        self._has_ended.set()

    def _read(self) -> None:
        try:
            while not self._is_stopped and self.size < self._wanted:
                piece = self._stream.read(min(_PIECE, self._wanted - self.size))
                if not piece:
                    break
                self.file.write(piece)
                self.size += len(piece)
        except OSError:
            return  # the connection broke
        finally:
            if self._is_stopped:
                self.file.close()
            self._has_ended.set()


def _length_of(environ: WSGIEnvironment) -> int | None:
    """Bytes of the body; None where it comes in chunks."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() else 0


def _refused(status: str, start_response: StartResponse) -> Iterable[bytes]:
    start_response(status, [("Content-Length", "0"), ("Connection", "close")])
    return [b""]
