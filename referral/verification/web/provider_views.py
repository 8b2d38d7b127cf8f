"""One-time page on which a provider confirms its public listing or corrects it in a form."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.errors import NotFoundError
from referral.verification.provider_links import (
    ListingQuestions,
    note_link_opened,
    read_provider_link,
    take_provider_answer,
)
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.record_labels import suggested_field_label

provider = Blueprint("provider", __name__, url_prefix="/provider")
_MOST_FORM_PARTS = 5_000  # enough for hundreds of services with a dozen fields each
_LONG_FIELDS = frozenset(
    ("description", "eligibility_description", "application_process", "fees_description", "hours")
)


@provider.url_value_preprocessor
def _allow_many_fields(_endpoint: str | None, _values: object) -> None:
    request.max_form_parts = _MOST_FORM_PARTS


@provider.get("/<string:token>")
def listing(token: str) -> ResponseReturnValue:
    """Show a provider its listing in a form to confirm or correct it."""
    try:
        asked = read_provider_link(current_instance(), token)
    except NotFoundError:
        return render_template("verification/provider_gone.html"), 404
    if request.method == "GET":  # not HEAD, which link checkers send
        note_link_opened(current_instance(), token)
    return _page(token, asked)


@provider.post("/<string:token>")
def send(token: str) -> ResponseReturnValue:
    """Store a provider's answer about its listing for staff, and redirect to the thanks."""
    answers = {} if "all-right" in request.form else dict(request.form.items())
    try:
        take_provider_answer(current_instance(), token, answers)
    except NotFoundError:
        return render_template("verification/provider_gone.html"), 404
    return redirect(url_for("provider.thanks"))


@provider.get("/thanks")
def thanks() -> ResponseReturnValue:
    """Show thanks for a provider's answer about its listing, and the next steps."""
    return render_template("verification/provider_thanks.html")


def _page(token: str, asked: ListingQuestions) -> str:
    return render_template(
        "verification/provider_listing.html",
        token=token,
        asked=asked,
        press=PressForm(),
        field_words=suggested_field_label,
        long_fields=_LONG_FIELDS,
    )
