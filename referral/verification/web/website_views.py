"""Websites of listings that do not answer, and the note beside such an address on other pages."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.records.accounts import Permission
from referral.verification.web.labels import WEBSITE_RESULTS
from referral.verification.website_checks import (
    count_failing_websites,
    read_websites,
    website_state,
)
from referral.web.current import current_directory, current_settings
from referral.web.formatting import format_date
from referral.web.staff.permissions import requires

websites = Blueprint("websites", __name__, url_prefix="/curation/quality/websites")


def register(app: Flask) -> None:
    """Register the page, and what other pages say of a website."""
    app.register_blueprint(websites)
    app.jinja_env.globals.update(
        failing_websites=lambda: count_failing_websites(current_directory()),
        website_note=website_note,
    )


@websites.get("")
@requires(Permission.EDIT_RECORDS)
def overview() -> ResponseReturnValue:
    """List the websites that do not answer, the longest silent first."""
    return render_template(
        "verification/websites.html",
        found=read_websites(current_directory()),
        is_on=current_settings().check_websites,
        result_words=WEBSITE_RESULTS,
    )


def website_note(url: str) -> str:
    """What to know before somebody opens this address; "" for nothing."""
    state = website_state(current_directory(), url)
    if state is None:
        return ""
    return str(
        gettext(
            "%(result)s since %(day)s.",
            result=WEBSITE_RESULTS[state.result],
            day=format_date(state.since),
        )
    )
