"""What a page keeps for times without a network: to whom, under which names, in which version."""

from __future__ import annotations

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request, url_for

from referral.directory.help_lines import help_lines
from referral.web.current import current_directory, current_settings
from referral.web.display_preferences import display_preferences
from referral.web.i18n.page_language import page_language
from referral.web.staff.permissions import COOKIE as STAFF_COOKIE
from referral.web.terminal_device import is_terminal
from referral.web.theme import theme_sheet

LIST_KEY = "list_key"
"""Cookie with the key of the kept list; the browser makes it, and it ends with its session."""

_LIST_CACHE = "referral-list"
_PATRONS = {"guides", "leave", "my_list", "patron", "slips"}
_FORGETTING = {"entrance"}  # signing in
_FILES = (
    "tokens.css", "base.css", "referral.css", "exit.js", "offline_page.js", "favicon.svg",
)  # fmt: skip


def offline_mode() -> str:
    """What a page does: ``keep``, ``forget`` what was kept before, or "" for neither.

    A cookie of staff counts without asking whether it is still good: no page may need the database
    for this.
    """
    if is_terminal() or STAFF_COOKIE in request.cookies or request.blueprint in _FORGETTING:
        return "forget"
    return "keep" if request.blueprint in _PATRONS else ""


def offline_places(mark: str = "") -> dict[str, str]:
    """Attributes of the scripts: where the worker and the list are, and names of what is kept.

    Args:
        mark: changes with the list and how it is shown; "" for an empty one.
    """
    mode = offline_mode()
    places = {
        "data-mode": mode,
        "data-scope": url_for("patron.home"),
        "data-list": "" if mode == "forget" else url_for("my_list.offline_list"),
        "data-cache": _LIST_CACHE,
        "data-key": LIST_KEY,
    }
    if mode == "keep":
        places["data-worker"] = url_for("offline.worker", v=shell_version())
        places["data-mark"] = f"{mark}.{_look()}" if mark else ""
    return places


def shell_version() -> str:
    """Changes with all that the page that stands in has, and each week."""
    settings = current_settings()
    now = current_directory().now().astimezone(ZoneInfo(settings.timezone))
    parts = (shell_files(), help_lines(settings), settings.library_name, _look(), _week(now))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


def _look() -> str:
    return f"{page_language()}.{display_preferences().cookie}"


def _week(now: datetime) -> str:
    return f"{now:%G-%V}"


def shell_files() -> list[str]:
    """The sheets and scripts of the page that stands in; their addresses say their version."""
    own = (url_for("static", filename=name) for name in _FILES)
    return list(filter(None, [*own, theme_sheet()]))
