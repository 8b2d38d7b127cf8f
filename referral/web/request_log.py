"""Request log: method, route, status and time, never a query or an error message.

Search words and ZIP codes stand in query strings and in error messages, so neither is logged.
"""

from __future__ import annotations

import logging
import traceback
from time import perf_counter
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

log = logging.getLogger("referral.requests")


class QuietFlask(Flask):
    """Flask, but an unexpected error is logged without its message, which may quote a person."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
        ctx: Any = None,  # noqa: ARG002  # later Flask releases pass the context
    ) -> None:
        """Log where it went wrong and the kind of error."""
        kind, _, place = exc_info
        steps = "".join(traceback.format_tb(place))
        log.error(
            "%s %s failed with %s\n%s",
            request.method,
            route_of_request(),
            kind.__name__ if kind else "an unknown error",
            steps,
        )


def init_app(app: Flask) -> None:
    """Log one line for each request."""
    app.before_request(_start_clock)
    app.after_request(_log_request)


def route_of_request() -> str:
    """The path as a template, such as ``/services/<uuid:service_id>``."""
    return request.url_rule.rule if request.url_rule else "(no such page)"


def _start_clock() -> None:
    g.started = perf_counter()


def _log_request(response: Response) -> Response:
    took_ms = (perf_counter() - g.get("started", perf_counter())) * 1000
    log.info("%s %s %d %.0f ms", request.method, route_of_request(), response.status_code, took_ms)
    return response
