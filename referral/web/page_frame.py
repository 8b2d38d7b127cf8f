"""Values of the frame of every page: library name, help lines, search box, checked listings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from flask_babel import gettext, ngettext

from referral.directory.health import count_checked
from referral.directory.help_lines import help_lines
from referral.directory.reference_desk import ReferenceDesk, reference_desk
from referral.web.current import cached_value, current_instance, current_settings

_CHECKED = "referral_list_checked"


def init_app(app: Flask) -> None:
    """Register the template values of every page's frame: library name, help lines, search box."""
    app.context_processor(_frame_values)
    app.jinja_env.globals["list_checks"] = _list_checks
    app.jinja_env.globals["reference_desk"] = _reference_desk
    app.jinja_env.globals["today"] = library_day


def _frame_values() -> dict[str, Any]:
    settings = current_settings()
    return {
        "library_name": settings.library_name,
        "slip_days": settings.slip_days,
        "sample_data": settings.sample_data,
        "strip_lines": [line for line in help_lines(settings) if line.strip],
        "suggesting": _suggestion_attributes,
    }


def _reference_desk() -> ReferenceDesk | None:
    """Return how visitors can ask a librarian, or None if the library has not set it."""
    return reference_desk(current_settings(), current_instance().now())


def _suggestion_attributes() -> dict[str, str]:
    """Return the HTML data attributes of a search box with suggestions: their URL and texts."""
    return {
        "data-suggest": url_for("patron.suggest"),
        "data-suggest-label": gettext("Suggestions"),
        "data-suggest-count": gettext("Suggestions: {count}. Use the arrow keys."),
        "data-suggest-none": gettext("No suggestions."),
    }


def library_day() -> date:
    """Return today's date in the library's time zone, as printed on paper."""
    return datetime.now(UTC).astimezone(ZoneInfo(current_settings().timezone)).date()


def _list_checks() -> str:
    """Return a sentence on how many listings the library checked, cached for ten minutes."""
    count = cached_value(_CHECKED, lambda: count_checked(current_instance()))
    if count is None or not count.listings:
        return ""
    if not count.checked:
        return str(gettext("Nobody here has checked these listings in the last 6 months."))
    return str(
        ngettext(
            "%(checked)s of %(listings)s listing checked in the last 6 months.",
            "%(checked)s of %(listings)s listings checked in the last 6 months.",
            count.listings,
            checked=f"{count.checked:,}",
            listings=f"{count.listings:,}",
        )
    )
