"""Page for admins of what is wrong with the installation and what to do, as the doctor says it."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.app.checks import PAGE, diagnose
from referral.records.accounts import Permission
from referral.web.current import current_directory
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.permissions import requires

checks = Blueprint("checks", __name__, url_prefix="/admin/checks")


def init_app(app: Flask) -> None:
    """Register the page and offer it to admins."""
    app.register_blueprint(checks)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="checks.show",
            work=Work.PEOPLE,
            label=lazy_gettext("State of the site"),
            description=lazy_gettext("What is wrong with this site, and what to do."),
            icon="clipboard-check",
            permission=Permission.MANAGE_ACCOUNTS,
        ),
    )


@checks.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def show() -> ResponseReturnValue:
    """Show what was found now: what is wrong, what could be better, what is fine."""
    return render_template("staff/checks.html", diagnosis=diagnose(current_directory(), PAGE))
