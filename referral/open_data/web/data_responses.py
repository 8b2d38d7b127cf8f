"""Responses of the API: CORS without cookies, request limits, errors as problem details.

Errors are problem details (RFC 9457). The API is off at public terminals.

The request limit is per client, in the memory of each process. Clients are told apart by network
address; where many share one (``client_address`` is empty), there is no limit (decision 32).
Addresses are deleted after a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, abort, g, json, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from referral.errors import DatabaseUnavailableError, IndexUnavailableError
from referral.web.client_address import client_address
from referral.web.current import current_settings, path_below, public_address
from referral.web.terminal_device import is_terminal

PER_MINUTE = 600
WINDOW_SECONDS = 60
# Full and flat records that take as long as a page of fifty flat ones.
_WHOLE_RECORDS, _RECORDS = 10, 100
_MOST_CLIENTS = 50_000
PROBLEM = "application/problem+json"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_WAIT_SECONDS = "30"
VERSION = "3.1"
hsds = Blueprint("hsds", __name__, url_prefix=f"/hsds/{VERSION}")
"""Blueprint of the API; ``web.security`` refers to it by name."""


def cost_of_records(count: int, *, are_whole: bool) -> int:
    """Return the number of requests that the records of a response count as.

    The request itself is counted besides.
    """
    return count // (_WHOLE_RECORDS if are_whole else _RECORDS)


@dataclass(frozen=True, slots=True)
class Quota:
    """The rest of a client's request limit, and the seconds until the limit is reset."""

    limit: int
    left: int
    seconds: int
    is_over: bool = False

    def headers(self) -> dict[str, str]:
        """Return rate limit headers (draft-ietf-httpapi-ratelimit)."""
        found = {
            "RateLimit-Policy": f'"client";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"client";r={self.left};t={self.seconds}',
        }
        return found | ({"Retry-After": str(self.seconds)} if self.is_over else {})


class _Window(NamedTuple):
    """The requests of a client in a window that began at a time of the clock."""

    began: float
    spent: int


class RequestLimits:
    """Counts the requests of each client in windows of a minute.

    Args:
        per_minute: how many requests one client may send.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._clock = per_minute, clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def spend(self, client: str, cost: int = 1) -> Quota:
        """Count a request of a client, and return the rest of its limit.

        Args:
            cost: a cost above the rest takes all of the rest.
        """
        now = self._clock()
        with self._lock:
            began, spent = self._windows.get(client, _Window(now, 0))
            if now - began >= WINDOW_SECONDS:
                began, spent = now, 0
            is_over = spent >= self._limit
            spent = min(spent + cost, self._limit)
            self._windows[client] = _Window(began, spent)
            if len(self._windows) > _MOST_CLIENTS:
                self._delete_expired(now)
        remaining = self._limit - spent
        return Quota(self._limit, remaining, int(began + WINDOW_SECONDS - now) + 1, is_over)

    def _delete_expired(self, now: float) -> None:
        """Delete expired windows; all windows if too many remain."""
        live = {
            client: window
            for client, window in self._windows.items()
            if now - window.began < WINDOW_SECONDS
        }
        self._windows = live if len(live) <= _MOST_CLIENTS else {}


_LIMITS = RequestLimits()


class DataProblem(Exception):  # noqa: N818  # RFC 9457 calls it so
    """An invalid request, with advice for the client.

    Args:
        parameter: the name of the invalid parameter, if it is only one.
    """

    def __init__(self, status: int, detail: str, parameter: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.parameter = status, detail, parameter


def json_response(found: Any, kind: str = "application/json") -> Response:
    """Return an object as a JSON response."""
    return Response(msgspec.json.encode(found), mimetype=kind)


def address_of(endpoint: str, **values: Any) -> str:
    """Return the absolute URL of an operation."""
    return public_address() + path_below(url_for(endpoint, **values))


def problem_response(status: int, detail: str, **more: Any) -> Response:
    """Return an error as problem details (RFC 9457)."""
    found = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    response = Response(json.dumps(found), status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


@hsds.before_request
def _check_request() -> None:
    """Refuse requests at terminals or without open data, and those above the client's limit."""
    if is_terminal() or not current_settings().open_data:
        abort(404)
    if request.method == "OPTIONS" or not client_address():
        return
    g.quota = _LIMITS.spend(client_address())
    if g.quota.is_over:
        raise DataProblem(
            429, gettext("You asked often. Wait for the seconds in Retry-After, please.")
        )


def charge_for_records(count: int, *, are_whole: bool) -> None:
    """Count the records of a response against the client's limit for its next requests."""
    if client_address():
        g.quota = _LIMITS.spend(client_address(), cost_of_records(count, are_whole=are_whole))


@hsds.after_request
def _add_headers(response: Response) -> Response:
    response.headers.update(_CORS)
    if "quota" in g:
        response.headers.update(g.quota.headers())
    if request.method == "OPTIONS":
        response.headers.update(_PREFLIGHT)
    if response.status_code == 200 and request.method in {"GET", "HEAD"}:
        # Caches may store it but must revalidate: a location may have been withheld since.
        response.headers["Cache-Control"] = "public, no-cache"
        if not response.is_streamed:
            response.add_etag()
            response.make_conditional(request)
    return response


@hsds.errorhandler(DataProblem)
def _answer_problem(problem: DataProblem) -> Response:
    more = {"parameter": problem.parameter} if problem.parameter else {}
    return problem_response(problem.status, problem.detail, **more)


@hsds.errorhandler(HTTPException)
def _answer_http(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    texts = {
        404: gettext("There is nothing at this address."),
        413: gettext("What was sent is too large. Send less."),
        415: gettext("Send a JSON object or a form."),
    }
    response = problem_response(code, texts.get(code) or HTTPStatus(code).description)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


@hsds.errorhandler(IndexUnavailableError)
@hsds.errorhandler(DatabaseUnavailableError)
def _answer_later(_: Exception) -> Response:
    return response_for_later()


def response_for_later() -> Response:
    """Return a 503 response with the time after which to retry."""
    response = problem_response(
        503, gettext("We are not ready yet. Try again after the seconds in Retry-After.")
    )
    response.headers["Retry-After"] = _WAIT_SECONDS
    return response
