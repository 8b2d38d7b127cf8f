"""Middleware that adds the prefix ``__Host-`` to the names of cookies on HTTPS.

Browsers accept such a cookie from this host alone, so no other host of the domain can set one of
ours (RFC 6265bis). Inside the site cookies have their plain names. If the site is in a folder of a
host, its cookies are for that folder, and their names are not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from referral.settings import Settings

_PREFIX = "__Host-"
# Marks of terminals were set before there was a prefix; the other is for staff pages only.
_NEVER_PREFIXED = frozenset({"terminal", "referral_known"})


def init_app(app: Flask) -> None:
    """Install the middleware for the cookie prefix ``__Host-``, if cookies require HTTPS."""
    settings: Settings = app.config["REFERRAL_SETTINGS"]
    if settings.secure_cookies:
        app.wsgi_app = _CookiePrefix(app.wsgi_app)  # type: ignore[method-assign]


class _CookiePrefix:
    """WSGI middleware that prefixes cookies with ``__Host-`` and drops incoming ones without it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("SCRIPT_NAME") and "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = _without_prefix(environ["HTTP_COOKIE"])

        def start_with_prefix(
            status: str, headers: list[tuple[str, str]], *exc_info: Any
        ) -> Callable[[bytes], object]:
            prefixed = [
                (name, _with_prefix(value) if name.lower() == "set-cookie" else value)
                for name, value in headers
            ]
            return start_response(status, prefixed, *exc_info)

        return self._app(environ, start_with_prefix)


def _without_prefix(cookies: str) -> str:
    stripped = (cookie.strip() for cookie in cookies.split(";"))
    return "; ".join(
        cookie.removeprefix(_PREFIX)
        for cookie in stripped
        if cookie.startswith(_PREFIX) or cookie.partition("=")[0] in _NEVER_PREFIXED
    )


def _with_prefix(cookie: str) -> str:
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    is_plain = cookie.partition("=")[0] in _NEVER_PREFIXED
    return cookie if is_plain or not {"secure", "path=/"} <= flags else f"{_PREFIX}{cookie}"
