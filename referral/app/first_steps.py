"""Short pages for staff who do something for the first time: a shift, a list, a report."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from referral.records.accounts import Permission
from referral.web.staff.access import requires

first_steps = Blueprint("first_steps", __name__, url_prefix="/help")


def init_app(app: Flask) -> None:
    """Register the pages; the pages that they are about link them, and the start page of staff."""
    app.register_blueprint(first_steps)


@first_steps.get("/first-shift")
@requires(Permission.USE_DESK)
def first_shift() -> ResponseReturnValue:
    """From the words of a person to a slip."""
    return render_template("first_steps/first_shift.html")


@first_steps.get("/first-list")
@requires(Permission.IMPORT_LISTS)
def first_list() -> ResponseReturnValue:
    """From a file to a list that people can search."""
    return render_template("first_steps/first_list.html")


@first_steps.get("/first-report")
@requires(Permission.SEE_REPORTS)
def first_report() -> ResponseReturnValue:
    """From the numbers to a page for the board."""
    return render_template("first_steps/first_report.html")
