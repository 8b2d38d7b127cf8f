"""Values of the frame of every page: library name, help lines, search box, date of last check."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, url_for
from flask_babel import gettext

from referral.directory.health import last_assured_date
from referral.directory.help_lines import help_lines
from referral.web.current import current_directory, current_settings

_CACHE = "referral_list_checked"
_CACHE_FOR = timedelta(minutes=10)


def init_app(app: Flask) -> None:
    """Give the frame's values to every template; only ``last_assured_date()`` asks the database."""
    app.context_processor(_frame)
    app.jinja_env.globals["list_checked_on"] = _checked_on
    app.jinja_env.globals["today"] = _today


def _frame() -> dict[str, Any]:
    settings = current_settings()
    return {
        "library_name": settings.library_name,
        "slip_days": settings.slip_days,
        "sample_data": settings.sample_data,
        "strip_lines": [line for line in help_lines(settings) if line.strip],
        "suggesting": _suggesting,
    }


def _suggesting() -> dict[str, str]:
    """What the script of a search box needs: where to ask, and the words it says."""
    return {
        "data-suggest": url_for("patron.suggest"),
        "data-suggest-label": gettext("Suggestions"),
        "data-suggest-count": gettext("Suggestions: {count}. Use the arrow keys."),
        "data-suggest-none": gettext("No suggestions."),
    }


def _today() -> date:
    """The day in the library's time zone, which paper says."""
    return datetime.now(UTC).astimezone(ZoneInfo(current_settings().timezone)).date()


def _checked_on() -> date | None:
    """The day when the list was last checked, read from the database at most every ten minutes."""
    directory = current_directory()
    now = directory.now()
    cached: tuple[Any, date | None] | None = current_app.extensions.get(_CACHE)
    if cached is None or not timedelta(0) <= now - cached[0] < _CACHE_FOR:
        cached = now, last_assured_date(directory)
        current_app.extensions[_CACHE] = cached
    return cached[1]
