"""The quality page: what listings lack, and the lists behind each count."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.records.accounts import Permission
from referral.verification.check_queue import count_verification
from referral.verification.quality import check_quality, list_quality, read_quality
from referral.verification.web.labels import FINDINGS
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.page_number import page_number
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.permissions import requires

quality = Blueprint("quality", __name__, url_prefix="/curation/quality")
EDIT = Permission.EDIT_RECORDS


def register(app: Flask) -> None:
    """Register the quality page; apart from verification, since its navigation entry is last."""
    app.register_blueprint(quality)
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
def _words() -> dict[str, object]:
    return {"finding_words": FINDINGS}


@quality.get("")
@requires(EDIT)
def overview() -> ResponseReturnValue:
    """Count what is to mend."""
    directory = current_directory()
    return render_template(
        "verification/quality.html",
        found=read_quality(directory),
        to_check=count_verification(directory),
        press=PressForm(),
    )


@quality.post("/look")
@requires(EDIT)
def look() -> ResponseReturnValue:
    """Look at every listing that changed."""
    check_quality(current_directory())
    return redirect(url_for("quality.overview"))


@quality.get("/<string:code>")
@requires(EDIT)
def findings(code: str) -> ResponseReturnValue:
    """List the services with one finding."""
    listed = list_quality(current_directory(), code, page_number())
    return render_template("verification/quality_list.html", listed=listed)
