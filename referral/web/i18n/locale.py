"""Locale of the current page."""

from __future__ import annotations

from babel import Locale
from flask_babel import get_locale

_ENGLISH = Locale("en")


def page_locale() -> Locale:
    """The locale of the current page; English outside of a request."""
    return get_locale() or _ENGLISH
