"""Security headers, CSRF protection, cookie flags and request limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter

from referral.web.current import current_settings
from referral.web.maps.tiles import tile_server
from referral.web.terminal_device import is_terminal

MEBIBYTE = 1024 * 1024

_POLICY = (
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "manifest-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    "require-trusted-types-for 'script'",
)

_UNUSED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "usb",
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_VIEWS_WITHOUT_TOKEN = (
    # Terminals send these by POST; they change nothing.
    "referral.patron.web.views.suggest",
    "referral.terminal.web.views.unread",
    # Extends the visit of the browser that sends it; the view refuses other sites.
    "referral.terminal.web.views.report",
    # Sent by the browser itself; the view refuses other sites.
    "referral.terminal.web.views.wipe",
    # A token would put a cookie on every page of results; the view refuses other sites itself.
    "referral.patron.web.my_list_views.change",
    # Programs send these by POST; they change nothing.
    "referral.open_data.web.api_views.list_objects",
    "referral.open_data.web.api_views.nothing",
)


_FRAME_SITES = "frame_sites"
_OPEN_DATA = "hsds"
"""The blueprint of ``open_data.web``: any site may read it, and its views set Cache-Control."""


class _StoredInteger(IntegerConverter):
    """URL converter for integers that fit a database column; 404 for larger ones."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": 2**31 - 1, **options})


def init_app(app: Flask) -> None:
    """Register security headers for every response, and request limits and cookie rules."""
    settings = app.config["REFERRAL_SETTINGS"]
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="referral",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=2 * MEBIBYTE,  # a view that takes provider lists raises its own limit
        MAX_FORM_MEMORY_SIZE=MEBIBYTE // 2,
        MAX_FORM_PARTS=500,
        # Our Referrer-Policy makes browsers send no referrer; the form token still protects.
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,  # valid as long as the session: a desk form may stay open all day
    )
    app.url_map.converters["int"] = _StoredInteger
    protect = CSRFProtect(app)
    for view in _VIEWS_WITHOUT_TOKEN:
        protect.exempt(view)
    app.after_request(_set_headers)


def allow_frames(*sites: str) -> None:
    """Allow other sites, or all by ``*``, to show the current response in a frame.

    Only for pages that set no cookie, change nothing and depend on no account; scripts are blocked.
    """
    setattr(g, _FRAME_SITES, sites)


def _set_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if tiles := tile_server(current_settings()):
        # The library may name one host, its tile server.
        host = "{0.scheme}://{0.netloc}".format(urlsplit(tiles))
        policy = HEADERS["Content-Security-Policy"].replace("img-src", f"img-src {host}")
        response.headers["Content-Security-Policy"] = policy
    sites: tuple[str, ...] = g.get(_FRAME_SITES, ())
    if sites and response.status_code == 200:
        policy = HEADERS["Content-Security-Policy"].replace(
            "script-src 'self'", "script-src 'none'"
        )
        response.headers["Content-Security-Policy"] = policy.replace(
            "frame-ancestors 'none'", f"frame-ancestors {' '.join(sites)}"
        )
        del response.headers["X-Frame-Options"]
    if request.blueprint == _OPEN_DATA:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if current_settings().secure_cookies:
        subdomains = "; includeSubDomains" if current_settings().hsts_subdomains else ""
        response.headers["Strict-Transport-Security"] = f"max-age=31536000{subdomains}"
    if not _is_cacheable():
        # The next person at a library terminal must not find this page in the browser.
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_cacheable() -> bool:
    """Return whether browsers may cache the response.

    At terminals, cached map tiles would reveal a location.
    """
    if request.blueprint in {"map_tiles", _OPEN_DATA}:
        return not is_terminal()
    is_static = (request.endpoint or "").endswith("static")
    return is_static or request.blueprint in {"site_files", "theme"}
