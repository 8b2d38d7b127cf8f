"""Sealed URLs at a terminal: WSGI unsealing, ``url_for``, redirects, generic page titles."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, has_request_context, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import MethodNotAllowed

from referral.records.terminal_visits import ANSWER_SECONDS, IDLE_SECONDS, START_PAGE_RELOAD_SECONDS
from referral.settings import Settings
from referral.terminal.seal_cipher import seal, unseal
from referral.terminal.visits import Visits
from referral.terminal.web.visit_cookie import (
    VISITS,
    live_visit,
    read_visit,
    renew_visit,
    use_visit,
    visit_continues,
    visit_is_used,
    visit_secret,
)
from referral.web.assets import add_digest
from referral.web.request_log import QuietFlask
from referral.web.terminal_device import is_terminal

SEALED = "/at/"
_PURPOSE = "address"
_RESULTS_ENDPOINT = "patron.search"
_REPEATED_FLAG = "referral.repeated"  # in the WSGI environment
_CACHED_VALUES = {"filename", "place", "service_id", "v"}
_MOST_ADDRESSES = 4096
_LONGEST_BODY = 5000  # bytes; servers take addresses of 8,000
# Unsealed, as they reveal nothing about a person: start page, files, and the end of a visit.
_OPEN_ENDPOINTS = {"leave.exit_site", "leave.wipe", "patron.home", "static"}
# Unsealed requests that show that a person is present; pages that reload themselves do not.
_SIGNS_OF_PRESENCE = {"patron.home", "terminal.report"}
_OPEN_BLUEPRINTS = {"api", "health", "metrics", "site_files", "terminal", "theme"}


def init_app(app: Flask) -> None:
    """Install the unsealing of requests and the sealing of URLs on pages at terminals."""
    app.wsgi_app = _UnsealingMiddleware(app)  # type: ignore[method-assign]
    app.before_request(_redirect_to_sealed_url)
    app.after_request(_renew_visit)
    app.after_request(_move_refused_form)
    app.jinja_env.globals.update(
        is_terminal=is_terminal,
        query_method=query_method,
        idle_address=idle_address,
        plain_title=plain_title,
        results_behind=results_behind,
        results_page=results_page,
        this_page=this_page,
        visit_is_used=visit_is_used,
        visit_continues=visit_continues,
    )
    app.jinja_env.filters["sealed"] = sealed
    app.context_processor(_idle_times)


def _idle_times() -> dict[str, int]:
    return {
        "idle_seconds": IDLE_SECONDS,
        "answer_seconds": ANSWER_SECONDS,
        "start_page_seconds": START_PAGE_RELOAD_SECONDS,
    }


def query_method() -> str:
    """Return the method of search forms: ``get``, or ``post`` at terminals with sealed URLs."""
    return "post" if is_terminal() else "get"


def plain_title() -> str:
    """Return a generic page title at terminals, since history contains titles; "" elsewhere."""
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
    """Return a URL of this site as the current page may show it: encrypted at a terminal."""
    if not is_terminal() or not address.startswith("/"):
        return address
    root = request.root_path
    path, hash_, anchor = address.partition("#")
    return f"{root}{SEALED}{seal(_secret(), path.removeprefix(root))}{hash_}{anchor}"


def this_page() -> str:
    """Return the URL of the current page, sealed at a terminal, to return to after a button."""
    return sealed(_current_url())


def results_page() -> str | None:
    """Return the URL of this results page at a terminal, for links of its cards; None elsewhere.

    Only sealed addresses of services may contain the search that led to them.
    """
    return _current_url() if is_terminal() and request.endpoint == _RESULTS_ENDPOINT else None


def results_behind() -> str:
    """Return the sealed URL of the results page that led to this page; "" if there is none."""
    back = request.args.get("back", "")
    is_sealed = is_terminal() and "referral.sealed" in request.environ
    is_results = urlsplit(back)[:3] == ("", "", f"{request.root_path}/search")
    return sealed(back) if is_sealed and is_results else ""


def _current_url() -> str:
    query = request.query_string.decode("ascii", "ignore")
    return request.root_path + quote(request.path) + (f"?{query}" if query else "")


class Site(QuietFlask):
    """Flask application whose URLs are sealed (encrypted) at a terminal."""

    jinja_options = {"trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012  # as Flask has it

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._address_cache: dict[object, str] = {}

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Return the URL of a page, sealed at a terminal unless the page is always open."""
        name = f"{request.blueprint}{endpoint}" if endpoint.startswith(".") else endpoint
        values = {key: value for key, value in values.items() if value is not None}
        add_digest(name, values)
        address = self._address(name, values)
        return address if _is_open(name) else sealed(address)

    def _address(self, name: str, values: dict[str, Any]) -> str:
        """Return the unsealed URL of a page, cached since pages share most of theirs.

        Addresses that contain anything that a person typed are not cached.
        """
        if not (values.keys() <= _CACHED_VALUES and has_request_context()):
            return super().url_for(name, **values)
        cache_key = request.root_path, name, *values.items()
        address = self._address_cache.get(cache_key)
        if address is None:
            address = super().url_for(name, **values)
            if len(self._address_cache) >= _MOST_ADDRESSES:
                self._address_cache.clear()
            self._address_cache[cache_key] = address
        return address


@lru_cache(maxsize=1024)
def _is_open(endpoint: str) -> bool:
    return endpoint in _OPEN_ENDPOINTS or endpoint.split(".", maxsplit=1)[0] in _OPEN_BLUEPRINTS


def idle_address() -> str:
    """Return the URL that an idle page at a terminal loads without scripts."""
    if not visit_is_used():
        return url_for("terminal.start_over")
    return url_for("terminal.still_here", back=seal(_secret(), _current_url()))


def unsealed(token: str) -> str | None:
    """Return the URL in a sealed token of the current visit.

    None if invalid or the visit is over.
    """
    return unseal(_secret(), token) if live_visit() else None


def _secret() -> str:
    return visit_secret(_PURPOSE)


def _renew_visit(response: Response) -> Response:
    endpoint = request.endpoint or ""
    is_presence = endpoint in _SIGNS_OF_PRESENCE or not _is_open(endpoint)
    if is_terminal() and not _is_image() and (is_presence or not live_visit()):
        renew_visit(response)
    return response


def _redirect_to_sealed_url() -> Any:
    """Redirect unsealed requests at a terminal to sealed URLs.

    This includes POSTs to pages that only answer GET.

    The first page of a visit is redirected too, since its key differs from the start page's.
    """
    endpoint = request.endpoint or ""
    has_choices = endpoint == "patron.home" and request.query_string
    if not is_terminal() or (_is_open(endpoint) and not has_choices) or _is_page_part():
        return None
    was_visit_used = visit_is_used()
    use_visit()
    if request.method == "POST" and isinstance(request.routing_exception, MethodNotAllowed):
        fields = [(name, value) for name, value in request.form.items(multi=True) if value]
        query = f"?{urlencode(fields)}" if fields else ""
        return redirect(sealed(f"{request.root_path}{quote(request.path)}{query}"), 303)
    if request.method != "GET" or (was_visit_used and "referral.sealed" in request.environ):
        return None
    return redirect(sealed(_current_url()), 303)


def _move_refused_form(response: Response) -> Response:
    """Redirect a refused form at a terminal to a sealed URL that contains the form.

    With a page that answers a POST, browsers store the posted form in their session file. The
    request is repeated at the sealed address; since it is refused, it changes nothing.
    """
    is_refused = request.method == "POST" and 400 <= response.status_code < 500
    if not (is_refused and is_terminal() and live_visit()) or _REPEATED_FLAG in request.environ:
        return response
    is_navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    # Browsers store no form with a password, and each attempt to sign in counts.
    is_exempt = request.blueprint == "entrance" or _is_open(request.endpoint or "")
    if not is_navigation or request.files or is_exempt:
        return response
    body = urlencode(list(request.form.items(multi=True)))
    if len(body) > _LONGEST_BODY:
        return response
    token = seal(_secret(), f"{_current_url().removeprefix(request.root_path)}\n{body}")
    return make_response(redirect(f"{request.root_path}{SEALED}{token}", 303))


def _is_page_part() -> bool:
    """Return whether a terminal requests a part of a page: suggestions or an image."""
    is_suggestion = request.endpoint == "patron.suggest" and request.method == "POST"
    return is_suggestion or _is_image()


def _is_image() -> bool:
    return request.headers.get("Sec-Fetch-Dest") == "image"


class _UnsealingMiddleware:
    """WSGI middleware that decrypts sealed URLs of terminals.

    Invalid ones lead to the start page.
    """

    def __init__(self, app: Flask) -> None:
        self._inner: WSGIApplication = app.wsgi_app
        self._visits: Visits = app.extensions[VISITS]
        self._settings: Settings = app.config["REFERRAL_SETTINGS"]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        read_visit(environ, self._visits, self._settings)
        path = environ.get("PATH_INFO", "")
        if not path.startswith(SEALED):
            return self._inner(environ, start_response)
        visit = live_visit(environ)
        secret = self._visits.secret(visit, _PURPOSE) if visit else ""
        address = unseal(secret, path.removeprefix(SEALED)) if visit else None
        if address is None:
            return self._inner(environ, start_response)  # a view redirects to the start page
        address, _, body = address.partition("\n")
        if body:
            environ["REQUEST_METHOD"] = "POST"
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = BytesIO(body.encode())
            environ[_REPEATED_FLAG] = True
        parts = urlsplit(address)
        environ["PATH_INFO"] = unquote(parts.path).encode().decode("latin-1")
        environ["QUERY_STRING"] = parts.query
        environ["REQUEST_URI"] = environ["RAW_URI"] = address
        environ["referral.sealed"] = True
        return self._inner(environ, start_response)
