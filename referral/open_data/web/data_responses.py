"""Answers for other programs: readable by any site, without cookies, errors as problem details.

Faults are problem details (RFC 9457). Nothing is answered at a terminal.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, g, json, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from referral.errors import DatabaseUnavailableError, IndexUnavailableError
from referral.open_data.web.request_limits import RequestLimits, cost_of_records
from referral.web.current import current_settings, path_below, public_address
from referral.web.network.client_address import client_address
from referral.web.terminal_device import is_terminal

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
_LIMITS = RequestLimits()

VERSION = "3.1"
hsds = Blueprint("hsds", __name__, url_prefix=f"/hsds/{VERSION}")
"""The API; ``web.security`` names it as well."""


class DataProblem(Exception):  # noqa: N818  # RFC 9457 calls it so
    """What is wrong with a request, and what to do.

    Args:
        parameter: the name of what is wrong, where it is one thing.
    """

    def __init__(self, status: int, detail: str, parameter: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.parameter = status, detail, parameter


def json_response(found: Any, kind: str = "application/json") -> Response:
    """What was found, as JSON."""
    return Response(msgspec.json.encode(found), mimetype=kind)


def address_of(endpoint: str, **values: Any) -> str:
    """The whole address of an operation, for programs elsewhere."""
    return public_address() + path_below(url_for(endpoint, **values))


def problem_response(status: int, detail: str, **more: Any) -> Response:
    """What is wrong, as problem details."""
    found = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    response = Response(json.dumps(found), status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


@hsds.before_request
def _refuse() -> None:
    """Programs ask here, nobody at a shared computer, and one client not too often."""
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
    """Count the records of an answer as requests of the client; it is refused the next, if any."""
    if client_address():
        g.quota = _LIMITS.spend(client_address(), cost_of_records(count, are_whole=are_whole))


@hsds.after_request
def _open(response: Response) -> Response:
    response.headers.update(_CORS)
    if "quota" in g:
        response.headers.update(g.quota.headers())
    if request.method == "OPTIONS":
        response.headers.update(_PREFLIGHT)
    if response.status_code == 200 and request.method in {"GET", "HEAD"}:
        # Caches may keep it and must ask each time: a place may be withheld since.
        response.headers["Cache-Control"] = "public, no-cache"
        if not response.is_streamed:
            response.add_etag()
            response.make_conditional(request)
    return response


@hsds.errorhandler(DataProblem)
def _answer(problem: DataProblem) -> Response:
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
    """Say that something is being made, and when to ask again."""
    response = problem_response(
        503, gettext("We are not ready yet. Try again after the seconds in Retry-After.")
    )
    response.headers["Retry-After"] = _WAIT_SECONDS
    return response
