"""The service worker, and the page that stands in for others without a network."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, json, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.directory.help_lines import help_lines
from referral.resources import resource_path
from referral.web.assets import YEAR
from referral.web.current import current_settings
from referral.web.offline.modes import offline_mode, offline_places, shell_files, shell_version

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
