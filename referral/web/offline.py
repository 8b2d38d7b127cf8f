"""Pages without a network: a service worker keeps the help lines, and the list that was seen last.

It is registered on pages of patrons, on their own devices, only. At a shared computer, and for
staff, the worker that is served ends an earlier one and empties its caches, and the script
``static/offline.js`` does the same on every page. Decision 22 says what is kept, and how locked.
"""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, abort, json, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.directory.help_lines import help_lines
from referral.resources import resource_path
from referral.web.assets import YEAR
from referral.web.current import current_directory, current_settings
from referral.web.display_preferences import display_preferences
from referral.web.i18n.page_language import page_language
from referral.web.staff.access import COOKIE as STAFF_COOKIE
from referral.web.terminal_device import is_terminal
from referral.web.theme import theme_sheet

offline = Blueprint("offline", __name__)


def init_app(app: Flask) -> None:
    """Register the worker and its page, and offer the attributes of its scripts to templates."""
    app.register_blueprint(offline)
    app.jinja_env.globals.update(offline_mode=offline_mode, offline_places=offline_places)


@offline.get("/service-worker")
def worker() -> ResponseReturnValue:
    """Give the worker, or the one that ends it where nothing may be kept."""
    folder = resource_path("static")
    if offline_mode() == "forget":
        end = (folder / "service_worker_end.js").read_text(encoding="utf-8")
        return Response(end, mimetype="text/javascript", headers={"Cache-Control": "no-store"})
    shell = {
        "name": f"referral-shell-{shell_version()}",
        "page": url_for("offline.page"),
        "files": shell_files(),
    }
    code = (folder / "service_worker.js").read_text(encoding="utf-8")
    response = Response(f"const shell = {json.dumps(shell)};\n{code}", mimetype="text/javascript")
    response.headers["Cache-Control"] = f"private, max-age={YEAR // 365}"
    return response


@offline.get("/offline")
def page() -> ResponseReturnValue:
    """Show the help lines as the page that stands in for others without a network."""
    if offline_mode() == "forget":
        abort(404)
    lines = help_lines(current_settings())
    return render_template("patron/offline.html", lines=lines)


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
    parts = (shell_files(), help_lines(settings), settings.library_name, _look(), f"{now:%G-%V}")
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]


def _look() -> str:
    return f"{page_language()}.{display_preferences().cookie}"


def shell_files() -> list[str]:
    """The sheets and scripts of the page that stands in; their addresses say their version."""
    own = (url_for("static", filename=name) for name in _FILES)
    return list(filter(None, [*own, theme_sheet()]))
