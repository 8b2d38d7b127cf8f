"""Request log: method, route, status, time and an id, never a query or an error message.

Query strings and error messages contain search words and ZIP codes, so neither is logged. The id is
generated here and sent back as ``X-Request-ID``; an id from the browser is ignored, since it could
contain words.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from time import perf_counter
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger("referral.requests")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}


class QuietFlask(Flask):
    """Flask that logs unexpected errors without their message, which may quote a person."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
        ctx: Any = None,  # noqa: ARG002  # later Flask releases pass the context
    ) -> None:
        """Log the traceback and the class of an unexpected error, without its message."""
        kind, _, trace = exc_info
        frames = "".join(traceback.format_tb(trace))
        log.error(
            "%s %s failed with %s\n%s",
            method_of_request(),
            route_of_request(),
            kind.__name__ if kind else "an unknown error",
            frames,
            extra={"route": route_of_request()},
        )


def init_app(app: Flask) -> None:
    """Register the request log, which has one line for each request."""
    app.before_request(_start_clock)
    app.after_request(_log_request)


def route_of_request() -> str:
    """Return the current request's route for logs: ``/services/<uuid:service_id>``."""
    return request.url_rule.rule if request.url_rule else "(no such page)"


def request_id() -> str:
    """Return the id of the current request for log lines, "" outside of a request."""
    return g.get("request_id", "") if has_request_context() else ""


def request_ms() -> float:
    """Return the milliseconds since the current request began, for the request log."""
    started: float = g.get("started", perf_counter())
    return (perf_counter() - started) * 1000


def method_of_request() -> str:
    """Return the HTTP method for the request log, or ``OTHER`` if it is not a standard one."""
    return request.method if request.method in _METHODS else "OTHER"


def _start_clock() -> None:
    g.started = perf_counter()
    g.request_id = secrets.token_hex(8)


def _log_request(response: Response) -> Response:
    method, route, status, ms = (
        method_of_request(), route_of_request(), response.status_code, request_ms(),
    )  # fmt: skip
    log.info(
        "%s %s %d %.0f ms",
        method,
        route,
        status,
        ms,
        extra={"method": method, "route": route, "status": status, "ms": round(ms, 1)},
    )
    response.headers["X-Request-ID"] = request_id()
    return response
