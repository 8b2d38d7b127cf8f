"""The locale of a page, which is asked hundreds of times for one page and found out once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from babel import Locale
from flask import Flask, has_app_context
from flask_babel import force_locale, get_locale

_ENGLISH = Locale("en")
_FOUND: ContextVar[Locale | None] = ContextVar("the locale of this page", default=None)


def keep_page_locale(app: Flask) -> None:
    """Find the locale out where a request begins, and forget it at its end."""

    @app.before_request
    def find() -> None:
        _FOUND.set(get_locale())

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        _FOUND.set(None)


def page_locale() -> Locale:
    """The locale of this page; English outside of a request."""
    return _FOUND.get() or get_locale() or _ENGLISH


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Say everything in another language for the length of a with block."""
    if not has_app_context():
        yield
        return
    with force_locale(code):
        usual = _FOUND.set(get_locale())
        try:
            yield
        finally:
            _FOUND.reset(usual)
