"""Short help pages for the first shift, the first list and the first report of staff."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from referral.records.accounts import Permission
from referral.web.staff.access import requires

first_steps = Blueprint("first_steps", __name__, url_prefix="/help")


def init_app(app: Flask) -> None:
    """Register the help pages for first steps of staff.

    They are linked by the pages they explain and the start page.
    """
    app.register_blueprint(first_steps)


@first_steps.get("/first-shift")
@requires(Permission.USE_DESK)
def first_shift() -> ResponseReturnValue:
    """Show the help page for the first shift: from a person's request to a slip."""
    return render_template("first_steps/first_shift.html")


@first_steps.get("/first-list")
@requires(Permission.IMPORT_LISTS)
def first_list() -> ResponseReturnValue:
    """Show the help page for the first list: from a file to searchable listings."""
    return render_template("first_steps/first_list.html")


@first_steps.get("/first-report")
@requires(Permission.SEE_REPORTS)
def first_report() -> ResponseReturnValue:
    """Show the help page for the first report: from the numbers to a page for the board."""
    return render_template("first_steps/first_report.html")
