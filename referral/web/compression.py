"""Compression of text responses: gzip in memory; lines of JSON are compressed as a stream."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from importlib import import_module
from typing import Protocol

from flask import Flask, Response, g, request

_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
SMALLEST = 600  # bytes; smaller responses gain nothing
_TEXT = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
}
_JSON_LINES = "application/x-ndjson"


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _available_compressors() -> dict[str, Callable[[], _Compressor]]:
    """Return the compressors of HTTP responses by content encoding, the preferred encoding first.

    Zstandard needs Python 3.14 or ``zstd``.
    """
    compressors: dict[str, Callable[[], _Compressor]] = {}
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            compressors.setdefault("zstd", import_module(name).ZstdCompressor)
    return compressors | {"gzip": partial(zlib.compressobj, 6, wbits=31)}


_COMPRESSORS = _available_compressors()


def init_app(app: Flask) -> None:
    """Register the compression of text responses for browsers that accept it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype == _JSON_LINES and response.status_code == 200:
        return _compress_lines(response)
    if response.mimetype not in _TEXT or response.status_code in {204, 206, 304}:
        return response
    response.vary.add("Accept-Encoding")
    # The compressed size of a page with a form token could reveal parts of the token (BREACH).
    has_token = "csrf_token" in g
    if not request.accept_encodings["gzip"] or has_token or request.method == "HEAD":
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= SMALLEST and "Content-Encoding" not in response.headers:
        is_static = request.endpoint is not None and request.endpoint.endswith("static")
        is_sheet = response.mimetype == "text/css"
        response.set_data(
            _compressed_static(body, is_sheet) if is_static else gzip.compress(body, 6)
        )
        response.headers["Content-Encoding"] = "gzip"
        _weaken_etag(response)
    return response


def _compress_lines(response: Response) -> Response:
    """Compress a streamed response of JSON lines while it is sent."""
    response.vary.add("Accept-Encoding")
    accepted = request.accept_encodings
    encoding = max(_COMPRESSORS, key=lambda name: accepted[name], default="")
    if not accepted[encoding] or request.method == "HEAD":
        return response
    response.response = _compressed_chunks(response.iter_encoded(), _COMPRESSORS[encoding]())
    response.headers.pop("Content-Length", None)
    response.headers["Content-Encoding"] = encoding
    _weaken_etag(response)
    return response


def _compressed_chunks(chunks: Iterable[bytes], compressor: _Compressor) -> Iterator[bytes]:
    for chunk in chunks:
        if compressed := compressor.compress(chunk):
            yield compressed
    yield compressor.flush()


@lru_cache(maxsize=64)
def _compressed_static(body: bytes, is_sheet: bool) -> bytes:
    """Compress a static file at the highest level, without the comments of style sheets."""
    return gzip.compress(_COMMENT.sub(b"", body) if is_sheet else body, 9)


def _weaken_etag(response: Response) -> None:
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
