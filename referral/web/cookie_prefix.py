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
_PLAIN = frozenset({"terminal", "referral_known"})


def init_app(app: Flask) -> None:
    """Install the middleware if cookies require HTTPS."""
    settings: Settings = app.config["REFERRAL_SETTINGS"]
    if settings.secure_cookies:
        app.wsgi_app = _CookiePrefix(app.wsgi_app)  # type: ignore[method-assign]


class _CookiePrefix:
    """WSGI middleware that adds the prefix and drops incoming cookies without it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("SCRIPT_NAME") and "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = _named_inside(environ["HTTP_COOKIE"])

        def start(
            status: str, headers: list[tuple[str, str]], *more: Any
        ) -> Callable[[bytes], object]:
            named = [
                (name, _named_outside(value) if name.lower() == "set-cookie" else value)
                for name, value in headers
            ]
            return start_response(status, named, *more)

        return self._app(environ, start)


def _named_inside(cookies: str) -> str:
    each = (cookie.strip() for cookie in cookies.split(";"))
    return "; ".join(
        cookie.removeprefix(_PREFIX)
        for cookie in each
        if cookie.startswith(_PREFIX) or cookie.partition("=")[0] in _PLAIN
    )


def _named_outside(cookie: str) -> str:
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    is_plain = cookie.partition("=")[0] in _PLAIN
    return cookie if is_plain or not {"secure", "path=/"} <= flags else f"{_PREFIX}{cookie}"
