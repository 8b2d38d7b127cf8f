"""When the list was last checked, for the footer; asked of the database now and then only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Flask, current_app

from referral.directory.health import last_assured_date
from referral.web.current import current_directory

_KEPT = "referral_list_checked"
_FOR = timedelta(minutes=10)


def init_app(app: Flask) -> None:
    """Offer ``list_checked_on()`` to templates."""
    app.jinja_env.globals["list_checked_on"] = _checked_on


def _checked_on() -> date | None:
    directory = current_directory()
    now = directory.now()
    kept: tuple[Any, date | None] | None = current_app.extensions.get(_KEPT)
    if kept is None or not timedelta(0) <= now - kept[0] < _FOR:
        kept = now, last_assured_date(directory)
        current_app.extensions[_KEPT] = kept
    return kept[1]
