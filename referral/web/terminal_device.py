"""Marks of terminal devices: a signed, lasting cookie with the id of the device.

The library gave the id to a computer, so the mark does not identify a person or a visit. Scripts
cannot read it. A device with a mark is treated as a terminal even if the library has removed it
from its list.
"""

from __future__ import annotations

from flask import Response, g, has_request_context, request
from itsdangerous import BadSignature, Signer

from referral.settings import Settings
from referral.web.current import current_settings
from referral.web.display_preferences import cookie_options

COOKIE = "terminal"
_LASTS = 400 * 24 * 60 * 60  # seconds, the longest that browsers allow; each visit renews it


def is_terminal() -> bool:
    """Return whether the current page is shown at a shared computer (terminal)."""
    if not has_request_context():
        return False
    known: bool | None = g.get("is_terminal")
    if known is None:
        known = g.is_terminal = current_settings().terminal or bool(current_device())
    return known


def current_device() -> str:
    """Return the id of the terminal that sent this request; "" if it has no valid mark."""
    return device_of_mark(current_settings(), request.cookies.get(COOKIE, ""))


def device_of_mark(settings: Settings, cookie: str) -> str:
    """Return the id of a terminal from its signed mark; "" if the mark is invalid."""
    try:
        return _signer(settings).unsign(cookie).decode() if cookie else ""
    except BadSignature:
        return ""


def set_device_mark(response: Response, settings: Settings, device_id: str) -> None:
    """Set or renew the signed cookie that marks a device as a terminal."""
    mark = _signer(settings).sign(device_id).decode()
    response.set_cookie(COOKIE, mark, max_age=_LASTS, **cookie_options())


def clear_device_mark(response: Response) -> None:
    """Delete the cookie that marks a device as a terminal."""
    response.delete_cookie(COOKIE, **cookie_options())


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="terminal mark")
