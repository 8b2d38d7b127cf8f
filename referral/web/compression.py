"""Gzip of text responses, in memory."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache

from flask import Flask, Response, g, request

_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
SMALLEST = 600  # bytes; below this the wrapping costs more than it saves
_TEXT = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
}


def init_app(app: Flask) -> None:
    """Compress answers that are text, for browsers that ask for it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in _TEXT or response.status_code in {204, 206, 304}:
        return response
    response.vary.add("Accept-Encoding")
    # The packed size of a page with a form token would give hints about the token (BREACH).
    has_token = "csrf_token" in g
    if not request.accept_encodings["gzip"] or has_token or request.method == "HEAD":
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= SMALLEST and "Content-Encoding" not in response.headers:
        is_fixed = request.endpoint is not None and request.endpoint.endswith("static")
        is_sheet = response.mimetype == "text/css"
        response.set_data(_packed_once(body, is_sheet) if is_fixed else gzip.compress(body, 6))
        response.headers["Content-Encoding"] = "gzip"
        _weaken_etag(response)
    return response


@lru_cache(maxsize=64)
def _packed_once(body: bytes, is_sheet: bool) -> bytes:
    """Packed well; the comments of style sheets, a tenth of their size, are not sent."""
    return gzip.compress(_COMMENT.sub(b"", body) if is_sheet else body, 9)


def _weaken_etag(response: Response) -> None:
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
