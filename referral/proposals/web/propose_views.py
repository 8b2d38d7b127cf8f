"""The public form to propose a missing place, sent by POST so that no URL contains its texts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from referral.proposals.proposed_places import submit_proposal
from referral.proposals.records import MAX_LINE, MAX_TEXT, ProposedPlace
from referral.records.accounts import AccountRefusedError
from referral.web.client_address import client_address
from referral.web.current import current_instance

propose = Blueprint("propose", __name__)

_LINE_ATTRIBUTES = {"autocomplete": "off", "maxlength": str(MAX_LINE)}
_TOO_LONG = lazy_gettext("Use fewer words, please.")


class ProposalForm(FlaskForm):
    """Form to propose a missing place for listing."""

    name = StringField(
        lazy_gettext("What is the place called?"),
        validators=[
            DataRequired(lazy_gettext("Write what the place is called.")),
            Length(max=MAX_LINE, message=_TOO_LONG),
        ],
        render_kw=_LINE_ATTRIBUTES,
    )
    helps_with = TextAreaField(
        lazy_gettext("What does it help with?"),
        validators=[
            DataRequired(lazy_gettext("Write what it helps with.")),
            Length(max=MAX_TEXT, message=_TOO_LONG),
        ],
        description=lazy_gettext("Write about the place, not about you."),
        render_kw={"rows": "3", "autocomplete": "off", "maxlength": str(MAX_TEXT)},
    )
    phone = TelField(
        lazy_gettext("Its phone number"),
        validators=[Length(max=MAX_LINE, message=_TOO_LONG)],
        render_kw=_LINE_ATTRIBUTES,
    )
    web_address = StringField(
        lazy_gettext("Its website"),
        validators=[Length(max=MAX_LINE, message=_TOO_LONG)],
        render_kw=_LINE_ATTRIBUTES | {"inputmode": "url"},
    )
    address = StringField(
        lazy_gettext("Its address"),
        validators=[Length(max=MAX_LINE, message=_TOO_LONG)],
        description=lazy_gettext("Is the address kept secret? Then leave it out."),
        render_kw=_LINE_ATTRIBUTES,
    )
    contact = StringField(
        lazy_gettext("How can we reach you? You may leave this empty."),
        validators=[Length(max=MAX_LINE, message=_TOO_LONG)],
        description=lazy_gettext("We use it only to ask about this place. Then we delete it."),
        render_kw=_LINE_ATTRIBUTES,
    )
    # A honeypot: people do not see this field, but programs that fill in all fields do.
    website = StringField(
        lazy_gettext("Leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"}
    )

    def validate_phone(self, field: Field) -> None:
        """Require a phone number, a website or an address for a proposed place."""
        if not any((each.data or "").strip() for each in (field, self.web_address, self.address)):
            raise ValidationError(gettext("Write a phone number, a website or an address."))

    def place(self) -> ProposedPlace:
        """Return the proposed place as typed into the public form."""
        return ProposedPlace(
            name=self.name.data,
            helps_with=self.helps_with.data,
            phone=self.phone.data or "",
            web_address=self.web_address.data or "",
            address=self.address.data or "",
            contact=self.contact.data or "",
        )


@propose.get("/propose")
def form() -> ResponseReturnValue:
    """Show the public form to propose a place for listing."""
    return _page(ProposalForm(formdata=None))


@propose.post("/propose")
def send() -> ResponseReturnValue:
    """Store a proposed place, unless a program filled in the hidden field."""
    filled = ProposalForm()
    if not filled.validate_on_submit():
        return _page(filled), 400
    if not filled.website.data:
        try:
            submit_proposal(current_instance(), client_address(), filled.place())
        except AccountRefusedError:
            return _page(filled, is_busy=True), 429
    return redirect(url_for("propose.thanks"))


@propose.get("/propose/thanks")
def thanks() -> ResponseReturnValue:
    """Show thanks for a proposed place, and the next steps."""
    return render_template("proposals/thanks.html")


def _page(filled: ProposalForm, *, is_busy: bool = False) -> str:
    return render_template("proposals/propose.html", form=filled, is_busy=is_busy)
