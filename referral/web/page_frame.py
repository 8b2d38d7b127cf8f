"""What stands around every page: the library's name, help lines, and the small search box."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import gettext

from referral.directory.help_lines import help_lines
from referral.web.current import current_settings


def init_app(app: Flask) -> None:
    """Give the frame's values to every template; none of them needs the database."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    settings = current_settings()
    return {
        "library_name": settings.library_name,
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
