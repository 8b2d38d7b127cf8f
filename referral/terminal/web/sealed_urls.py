"""Sealed URLs at a terminal: WSGI unsealing, ``url_for``, redirects, generic page titles."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, unquote, urlencode, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, g, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Request

from referral.terminal.seal_cipher import new_key, seal, unseal
from referral.web.current import current_settings
from referral.web.display_preferences import cookie_options
from referral.web.request_log import QuietFlask
from referral.web.terminal_device import is_terminal

KEY_COOKIE = "visit"
SEALED = "/at/"
ANSWER_SECONDS = 30  # between the question and forgetting; 20 at the least
# They tell nothing about a person: the start page, files, and what ends a visit.
_OPEN_ENDPOINTS = {"leave.exit_site", "leave.wipe", "patron.home", "static"}
_OPEN_BLUEPRINTS = {"api", "bootstrap", "health", "leaflet", "site_files", "terminal", "theme"}


def init_app(app: Flask) -> None:
    """Unseal addresses before anything else sees them, and seal those of every page."""
    app.wsgi_app = _UnsealingMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_redirect_to_sealed_url)
    app.after_request(_set_key_cookie)
    app.jinja_env.globals.update(
        is_terminal=is_terminal,
        query_method=query_method,
        idle_address=idle_address,
        plain_title=plain_title,
        this_page=this_page,
    )
    app.jinja_env.filters["sealed"] = sealed
    app.context_processor(_idle_times)


def _idle_times() -> dict[str, int]:
    return {"idle_seconds": current_settings().idle_seconds, "answer_seconds": ANSWER_SECONDS}


def query_method() -> str:
    """The method of a form that only asks: ``get``, so that it has an address, unless sealed."""
    return "post" if is_terminal() else "get"


def plain_title() -> str:
    """The kind of page instead of its title, since titles stay in history; "" elsewhere."""
    if not is_terminal() or _is_open(request.endpoint or ""):
        return ""
    titles: dict[str | None, str] = {
        "patron.search": gettext("What we found"),
        "patron.service": gettext("One place that helps"),
        "patron.organization": gettext("One place that helps"),
        "patron.help_now": gettext("Help right now"),
        "my_list.show": gettext("Your list"),
        "my_list.phone": gettext("Your list"),
        "my_list.sheet": gettext("Your list"),
    }
    return titles.get(request.endpoint) or gettext("Find help")


def sealed(address: str) -> str:
    """An address of ours as this page may show it: sealed at a terminal, else as it is."""
    if not is_terminal() or not address.startswith("/"):
        return address
    root = request.root_path
    path, hash_, anchor = address.partition("#")
    return f"{root}{SEALED}{seal(_key(), path.removeprefix(root))}{hash_}{anchor}"


def this_page() -> str:
    """The address of this page, to come back to after a button was pressed on it."""
    return sealed(_current_url())


def _current_url() -> str:
    query = request.query_string.decode("ascii", "ignore")
    return request.root_path + quote(request.path) + (f"?{query}" if query else "")


class Site(QuietFlask):
    """Flask, with addresses that are sealed at a terminal; what ends a visit is never sealed."""

    jinja_options = {"trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012  # as Flask has it

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The address of a page as the present visitor may have it in the browser's history."""
        name = f"{request.blueprint}{endpoint}" if endpoint.startswith(".") else endpoint
        address = super().url_for(name, **values)
        return address if _is_open(name) else sealed(address)


@lru_cache(maxsize=1024)
def _is_open(endpoint: str) -> bool:
    return endpoint in _OPEN_ENDPOINTS or endpoint.split(".", maxsplit=1)[0] in _OPEN_BLUEPRINTS


def idle_address() -> str:
    """Where a page without a script goes when nobody touches it."""
    if request.endpoint == "patron.home":
        return url_for("terminal.start_over")
    return url_for("terminal.still_here", back=seal(_key(), _current_url()))


def _key() -> str:
    if "visit_key" not in g:
        g.visit_key = request.cookies.get(KEY_COOKIE) or new_key()
    return cast(str, g.visit_key)


def _set_key_cookie(response: Response) -> Response:
    forgets = any(
        cookie.startswith(f"{KEY_COOKIE}=;") for cookie in response.headers.getlist("Set-Cookie")
    )
    if "visit_key" in g and KEY_COOKIE not in request.cookies and not forgets:
        response.set_cookie(KEY_COOKIE, g.visit_key, **cookie_options())
    return response


def _redirect_to_sealed_url() -> Any:
    """Send what was asked in the open, or posted to a page that only answers GET, to its seal."""
    endpoint = request.endpoint or ""
    has_choices = endpoint == "patron.home" and request.query_string
    if not is_terminal() or (_is_open(endpoint) and not has_choices):
        return None
    if request.method == "POST" and isinstance(request.routing_exception, MethodNotAllowed):
        asked = [(name, value) for name, value in request.form.items(multi=True) if value]
        query = f"?{urlencode(asked)}" if asked else ""
        return redirect(sealed(f"{request.root_path}{quote(request.path)}{query}"), 303)
    if request.method != "GET" or "referral.sealed" in request.environ:
        return None
    return redirect(sealed(_current_url()), 303)


class _UnsealingMiddleware:
    """WSGI: puts an address in place of its seal; one that this visit cannot read is the start."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(SEALED):
            return self._inner(environ, start_response)
        key = Request(environ).cookies.get(KEY_COOKIE, "")
        address = unseal(key, path.removeprefix(SEALED)) if key else None
        if address is None:
            return self._inner(environ, start_response)  # a view leads to the start page
        parts = urlsplit(address)
        environ["PATH_INFO"] = unquote(parts.path).encode().decode("latin-1")
        environ["QUERY_STRING"] = parts.query
        environ["REQUEST_URI"] = environ["RAW_URI"] = address
        environ["referral.sealed"] = True
        return self._inner(environ, start_response)
