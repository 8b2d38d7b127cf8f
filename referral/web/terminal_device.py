"""Terminal devices: a signed cookie in the browser, which says which device this is.

The mark lasts, as only the desk of a staff computer does besides. It has the id of a device, which
a library gave to a computer: it is about no person and tells nobody's visits apart. No script can
read it. Whether the device is still in the library's list does not matter here: whoever carries a
mark forgets.
"""

from __future__ import annotations

from flask import Response, g, has_request_context, request
from itsdangerous import BadSignature, Signer

from referral.settings import Settings
from referral.web.current import current_settings
from referral.web.display_preferences import cookie_options

COOKIE = "terminal"
_LASTS = 400 * 24 * 60 * 60  # seconds; browsers keep none longer, and each visit renews it


def is_terminal() -> bool:
    """Whether this page is shown at a shared computer."""
    if not has_request_context():
        return False
    known: bool | None = g.get("is_terminal")
    if known is None:
        known = g.is_terminal = current_settings().terminal or bool(current_device())
    return known


def current_device() -> str:
    """The id of the device that asks; "" where it carries no mark."""
    return device_of_mark(current_settings(), request.cookies.get(COOKIE, ""))


def device_of_mark(settings: Settings, cookie: str) -> str:
    """The id of the device that carries this mark; "" when it is none of this library."""
    try:
        return _signer(settings).unsign(cookie).decode() if cookie else ""
    except BadSignature:
        return ""


def set_device_mark(response: Response, settings: Settings, device_id: str) -> None:
    """Make the device a terminal, or renew its mark."""
    mark = _signer(settings).sign(device_id).decode()
    response.set_cookie(COOKIE, mark, max_age=_LASTS, **cookie_options())


def clear_device_mark(response: Response) -> None:
    """Make the device no terminal."""
    response.delete_cookie(COOKIE, **cookie_options())


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="terminal mark")
