"""Display preferences of a visit: language, large text, high contrast, keyboard shortcuts.

They are stored in one cookie that ends with the browser's session and contains nothing about the
person. It is deleted when a patron leaves quickly or starts over at a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, has_request_context, request

from referral.web.current import cookie_path, current_settings
from referral.web.i18n.catalogs import available_languages

COOKIE = "choices"
ASKED = ("lang", "text", "contrast", "keys", "as")  # URL parameters
_LARGE, _HIGH, _NO_KEYS, _AS_PATRON = "large", "high", "nokeys", "aspatron"
_NO_LANGUAGE = frozenset({_LARGE, _HIGH, _NO_KEYS, _AS_PATRON})


@dataclass(frozen=True, slots=True)
class DisplayPreferences:
    """How a visitor wants pages displayed: language, large text, high contrast, keyboard shortcuts.

    Attributes:
        language: a code, "" if none was chosen.
        one_letter_keys: whether single letters press buttons on some pages of staff.
        as_patron: whether staff view public pages as if nobody were signed in.
    """

    language: str = ""
    large_text: bool = False
    high_contrast: bool = False
    one_letter_keys: bool = True
    as_patron: bool = False

    @property
    def cookie(self) -> str:
        """Return the display preferences as their cookie's value, such as ``es.large.high``."""
        large = _LARGE if self.large_text else ""
        high = _HIGH if self.high_contrast else ""
        no_keys = "" if self.one_letter_keys else _NO_KEYS
        as_patron = _AS_PATRON if self.as_patron else ""
        return ".".join(filter(None, (self.language, large, high, no_keys, as_patron)))


def init_app(app: Flask) -> None:
    """Register display preferences: their cookie after requests that change them, and globals."""
    app.after_request(_set_cookie)
    app.jinja_env.globals.update(display_preferences=display_preferences, same_page=same_page)


def display_preferences() -> DisplayPreferences:
    """Return this visit's display preferences, such as large text, from the URL or cookie."""
    if not has_request_context():
        return DisplayPreferences()
    if "choices" not in g:
        g.choices = _with_query_args(_from_cookie(request.cookies.get(COOKIE, "")))
    preferences: DisplayPreferences = g.choices
    return preferences


def same_page(**changed: str) -> str:
    """Return the URL of the current page with changed display preferences, such as ``lang="es"``.

    It is the start page if this page cannot be requested by GET.
    """
    rule = request.url_rule
    allows_get = rule is None or "GET" in (rule.methods or ())
    values = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in ASKED and allows_get
    ]
    query = urlencode([*values, *changed.items()])
    return f"{request.root_path}{request.path if allows_get else '/'}?{query}"


def delete_cookies(response: Response, *others: str) -> None:
    """Delete the cookies of display preferences and session, and others by name."""
    for name in (COOKIE, "referral", *others):
        response.delete_cookie(name, **cookie_options())


def cookie_options() -> dict[str, Any]:
    """Return the security flags of cookies, as arguments of ``set_cookie``."""
    secure = current_settings().secure_cookies
    return {"httponly": True, "samesite": "Lax", "secure": secure, "path": cookie_path()}


def _from_cookie(cookie: str) -> DisplayPreferences:
    words = cookie.split(".")
    language = next((word for word in words if word not in _NO_LANGUAGE), "")
    return DisplayPreferences(
        language, _LARGE in words, _HIGH in words, _NO_KEYS not in words, _AS_PATRON in words
    )


def _with_query_args(preferences: DisplayPreferences) -> DisplayPreferences:
    args = request.args
    if "text" in args:
        preferences = replace(preferences, large_text=args["text"] == _LARGE)
    if "contrast" in args:
        preferences = replace(preferences, high_contrast=args["contrast"] == _HIGH)
    if "keys" in args:
        preferences = replace(preferences, one_letter_keys=args["keys"] != "off")
    if "as" in args:
        preferences = replace(preferences, as_patron=args["as"] == "patron")
    language = args.get("lang") or preferences.language
    return replace(preferences, language=language if language in available_languages() else "")


def _set_cookie(response: Response) -> Response:
    if any(name in request.args for name in ASKED) and "choices" in g:
        response.set_cookie(COOKIE, display_preferences().cookie, **cookie_options())
    return response
