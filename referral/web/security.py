"""What a browser may do with our pages: nothing that a page of ours does not need."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from referral.web.site import current_settings

MEBIBYTE = 1024 * 1024

# Bootstrap draws its select arrows and check marks with data: images.
_POLICY = (
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "script-src 'self'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
)

_NOT_NEEDED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "usb",
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _NOT_NEEDED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def init_app(app: Flask) -> None:
    """Set headers on every answer, and limits and cookie rules for every request."""
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
        # Browsers send us no referrer, as we ask them not to; the form token still protects.
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a desk form may stay open all day
    )
    protect = CSRFProtect(app)
    # Posted to at a terminal, and they change nothing.
    for view in ("referral.web.patron.views.suggest", "referral.web.terminal.views.unread"):
        protect.exempt(view)
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if current_settings().secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint is None or not request.endpoint.endswith("static"):
        # The next person at a library terminal must not find this page in the browser.
        response.headers["Cache-Control"] = "no-store"
    return response
