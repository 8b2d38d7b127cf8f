"""Pages for quality: counts of quality findings, the services of each, and failing websites."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from referral.records.accounts import Permission
from referral.verification.check_queue import count_verification
from referral.verification.quality import check_quality, list_quality, read_quality
from referral.verification.web.labels import FINDINGS, WEBSITE_RESULTS
from referral.verification.website_checks import (
    count_failing_websites,
    read_websites,
    website_state,
)
from referral.web.current import current_instance, current_settings, page_number
from referral.web.formatting import format_date
from referral.web.forms import PressForm
from referral.web.staff.access import requires
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages

quality = Blueprint("quality", __name__, url_prefix="/curation/quality")
EDIT = Permission.EDIT_RECORDS


def register(app: Flask) -> None:
    """Register the quality pages, separately because their menu item follows that of duplicates."""
    app.register_blueprint(quality)
    app.jinja_env.globals.update(
        failing_websites=lambda: count_failing_websites(current_instance()),
        website_note=website_note,
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="quality.overview",
            work=Work.LISTINGS,
            label=lazy_gettext("Quality"),
            description=lazy_gettext("What is missing in listings, or cannot be right."),
            icon="clipboard-check",
            permission=EDIT,
        ),
    )


@quality.context_processor
def _labels() -> dict[str, object]:
    return {"finding_words": FINDINGS}


@quality.get("")
@requires(EDIT)
def overview() -> ResponseReturnValue:
    """Show the counts of quality findings in listings."""
    instance = current_instance()
    return render_template(
        "verification/quality.html",
        found=read_quality(instance),
        to_check=count_verification(instance),
        press=PressForm(),
    )


@quality.post("/look")
@requires(EDIT)
def look() -> ResponseReturnValue:
    """Check the quality of all changed listings, and show the counts of findings."""
    check_quality(current_instance())
    return redirect(url_for("quality.overview"))


@quality.get("/<string:code>")
@requires(EDIT)
def findings(code: str) -> ResponseReturnValue:
    """Show the services with a quality finding."""
    listed = list_quality(current_instance(), code, page_number())
    return render_template("verification/quality_list.html", listed=listed)


@quality.get("/websites")
@requires(EDIT)
def websites() -> ResponseReturnValue:
    """Show the websites of listings that do not answer, longest failing first."""
    return render_template(
        "verification/websites.html",
        found=read_websites(current_instance()),
        is_on=current_settings().check_websites,
        result_words=WEBSITE_RESULTS,
    )


def website_note(url: str) -> str:
    """Return a note that a listing's website does not answer and since when, "" if it does."""
    state = website_state(current_instance(), url)
    if state is None:
        return ""
    return str(
        gettext(
            "%(result)s since %(day)s.",
            result=WEBSITE_RESULTS[state.result],
            day=format_date(state.since),
        )
    )
