"""Terminal devices: a signed cookie in the browser, set by a signed link.

The mark is the one cookie of ours that lasts. It is the same on every terminal of a library and
says "this is a terminal" and no more: it is about a device and tells nobody's visits apart. No
script can read it.
"""

from __future__ import annotations

from flask import Response, g, has_request_context, request
from itsdangerous import BadData, Signer, URLSafeTimedSerializer

from referral.settings import Settings
from referral.web.current import current_settings
from referral.web.display_preferences import cookie_options

COOKIE = "terminal"
LINK_HOURS = 24
_MARK = "this-is-a-terminal"
_LASTS = 400 * 24 * 60 * 60  # seconds; browsers keep none longer, and each visit renews it


def is_terminal() -> bool:
    """Whether this page is shown at a shared computer."""
    if not has_request_context():
        return False
    known: bool | None = g.get("is_terminal")
    if known is None:
        settings = current_settings()
        mark = request.cookies.get(COOKIE, "")
        known = g.is_terminal = settings.terminal or is_device_mark(settings, mark)
    return known


def device_link_token(settings: Settings, *, terminal: bool) -> str:
    """What a link carries that makes the device that opens it a terminal, or no terminal."""
    return str(_links(settings).dumps(terminal))


def read_device_link(settings: Settings, token: str) -> bool | None:
    """What a link is for; None when it is too old or not ours."""
    try:
        wish = _links(settings).loads(token, max_age=LINK_HOURS * 60 * 60)
    except BadData:
        return None
    return wish if isinstance(wish, bool) else None


def is_device_mark(settings: Settings, cookie: str) -> bool:
    """Whether a cookie is the mark of a terminal of this library."""
    return _signer(settings).validate(cookie) if cookie else False


def set_device_mark(response: Response, settings: Settings) -> None:
    """Make the device a terminal."""
    mark = _signer(settings).sign(_MARK).decode()
    response.set_cookie(COOKIE, mark, max_age=_LASTS, **cookie_options())


def clear_device_mark(response: Response) -> None:
    """Make the device no terminal."""
    response.delete_cookie(COOKIE, **cookie_options())


def _links(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="terminal link")


def _signer(settings: Settings) -> Signer:
    return Signer(settings.secret_key, salt="terminal mark")
