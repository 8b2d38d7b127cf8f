"""The public form for reports that a listing is wrong, which has no field for the sender's name.

The form is sent by POST, so that no URL, log or browser history contains the words of a report.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from referral.directory.listings import read_service
from referral.errors import NotFoundError
from referral.records.visibility import Audience
from referral.verification.feedback import submit_report
from referral.verification.records import MAX_REPORT_LENGTH, ReportKind
from referral.verification.web.labels import REPORTS
from referral.web.client_address import client_address
from referral.web.current import current_instance
from referral.web.errors import redirect_to_survivor

feedback = Blueprint("feedback", __name__)
feedback.register_error_handler(NotFoundError, redirect_to_survivor)


class FeedbackForm(FlaskForm):
    """Form to report a wrong listing: the kind of problem and, optionally, words."""

    kind = RadioField(
        lazy_gettext("What is wrong?"),
        choices=[SelectChoice(kind.value, words) for kind, words in REPORTS.items()],
        validators=[InputRequired(lazy_gettext("Choose what is wrong."))],
    )
    words = TextAreaField(
        lazy_gettext("What should it say? You may leave this empty."),
        validators=[
            Length(max=MAX_REPORT_LENGTH, message=lazy_gettext("Use fewer words, please.")),
        ],
        description=lazy_gettext("Do not write your name, or anything about you."),
        render_kw={"rows": "4", "autocomplete": "off", "maxlength": str(MAX_REPORT_LENGTH)},
    )
    # A honeypot: people do not see this field, but programs that fill in all fields do.
    website = StringField(
        lazy_gettext("Leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"}
    )


@feedback.get("/services/<uuid:service_id>/wrong")
def form(service_id: UUID) -> ResponseReturnValue:
    """Show the form to report a problem with a listing."""
    return _page(service_id, FeedbackForm(formdata=None))


@feedback.post("/services/<uuid:service_id>/wrong")
def send(service_id: UUID) -> ResponseReturnValue:
    """Store a report about a listing, unless a program filled in the hidden field."""
    filled = FeedbackForm()
    if not filled.validate_on_submit():
        return _page(service_id, filled), 400
    is_complete = bool(filled.website.data) or submit_report(
        current_instance(),
        client_address(),
        str(service_id),
        ReportKind(filled.kind.data),
        filled.words.data or "",
    )
    short = None if is_complete else 1
    return redirect(url_for("feedback.thanks", service_id=service_id, short=short))


@feedback.get("/services/<uuid:service_id>/thanks")
def thanks(service_id: UUID) -> ResponseReturnValue:
    """Show thanks for a report about a listing, and the next steps."""
    listing = read_service(current_instance(), str(service_id), Audience.PUBLIC)
    return render_template(
        "verification/report_thanks.html",
        service=listing.service,
        without_words="short" in request.args,
    )


def _page(service_id: UUID, filled: FeedbackForm) -> str:
    listing = read_service(current_instance(), str(service_id), Audience.PUBLIC)
    return render_template("verification/report.html", service=listing.service, form=filled)
