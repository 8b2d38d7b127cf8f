"""The locale of a page, which is asked hundreds of times for one page and found out once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from babel import Locale
from flask import g, has_app_context
from flask_babel import force_locale, get_locale

_ENGLISH = Locale("en")


def page_locale() -> Locale:
    """The locale of this page; English outside of a request."""
    try:
        return cast(Locale, g.page_locale)
    except AttributeError:
        g.page_locale = get_locale() or _ENGLISH
        return cast(Locale, g.page_locale)
    except RuntimeError:  # there is no page
        return _ENGLISH


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Say everything in another language for the length of a with block."""
    if not has_app_context():
        yield
        return
    usual = page_locale()
    with force_locale(code):
        g.page_locale = get_locale()
        try:
            yield
        finally:
            g.page_locale = usual
