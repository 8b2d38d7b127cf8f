"""Pages to list, add and remove a user's own passkeys, and to answer with a passkey."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from referral.accounts.confirmation import confirmation_purpose
from referral.accounts.passkey_challenges import NoPasskeys, passkey_origin, passkey_site
from referral.accounts.passkeys import (
    LONGEST_PASSKEY_NAME,
    add_passkey,
    ask_for_new_passkey,
    ask_for_passkey,
    list_passkeys,
    remove_passkey,
)
from referral.accounts.web.forms import sample_words
from referral.accounts.web.mails import STEP_OFF, STEP_ON, mail_change
from referral.accounts.web.session_cookie import set_session
from referral.records.accounts import AccountRefusedError, Permission, printable_line
from referral.web.current import current_instance, current_settings
from referral.web.staff.access import COOKIE, current_account, requires
from referral.web.staff.labels import refusal_text
from referral.web.terminal_device import is_terminal

passkeys = Blueprint("passkeys", __name__, url_prefix="/staff/account/passkeys")
OWN = Permission.OWN_ACCOUNT

_HINDRANCES = {
    NoPasskeys.NO_ADDRESS: lazy_gettext(
        "Passkeys need to know the address of this site. It is not set here."
    ),
    NoPasskeys.NO_HTTPS: lazy_gettext(
        "Browsers use passkeys only where the address begins with https."
    ),
    NoPasskeys.NO_NAME: lazy_gettext(
        "Browsers use passkeys only where the site has a name, not a number."
    ),
}


class PasskeyForm(FlaskForm):
    """Form for a new passkey and its name."""

    name = StringField(
        lazy_gettext("Name"),
        filters=[printable_line],
        validators=[Length(max=LONGEST_PASSKEY_NAME)],
        description=lazy_gettext("Such as “My phone” or “Blue key”."),
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_PASSKEY_NAME)},
    )
    credential = HiddenField()


@passkeys.get("")
@requires(OWN, adds_second_factor=True)
def show() -> ResponseReturnValue:
    """List the user's own passkeys, with the form to add one."""
    return _passkeys_page()


@passkeys.get("/options/<any(add, confirm):purpose>")
@requires(OWN, adds_second_factor=True)
def options(purpose: str) -> ResponseReturnValue:
    """Return the WebAuthn options to create a passkey, as JSON for the script of the page."""
    account, token = current_account(), request.cookies.get(COOKIE, "")
    if purpose == "add":
        return json_response(ask_for_new_passkey(current_instance(), account, token))
    return json_response(ask_for_passkey(current_instance(), account, confirmation_purpose(token)))


@passkeys.post("")
@requires(OWN, adds_second_factor=True, confirmed=True)
def add() -> ResponseReturnValue:
    """Store the passkey that the user's browser created.

    Recovery codes are shown if there were none.
    """
    form = PasskeyForm()
    if is_terminal() or not form.validate_on_submit():
        return _passkeys_page(form), 400
    token = request.cookies.get(COOKIE, "")
    try:
        codes, signed_in = add_passkey(
            current_instance(), current_account(), token, form.name.data, form.credential.data
        )
    except AccountRefusedError as error:
        return _passkeys_page(form, refusal_text(error)), 400
    mail_change(current_account(), STEP_ON)
    if codes:
        page = make_response(render_template("accounts/recovery_codes.html", codes=codes))
    else:
        page = make_response(redirect(url_for("passkeys.show", done="added")))
    return set_session(page, signed_in)


@passkeys.post("/<uuid:passkey_id>/remove")
@requires(OWN, confirmed=True)
def remove(passkey_id: UUID) -> ResponseReturnValue:
    """Delete a passkey of the user's own account."""
    try:
        signed_in = remove_passkey(current_instance(), current_account(), str(passkey_id))
    except AccountRefusedError:
        return redirect(url_for("passkeys.show"))
    mail_change(current_account(), STEP_OFF)
    target = make_response(redirect(url_for("passkeys.show", done="removed")))
    return set_session(target, signed_in)


def json_response(text: str) -> Response:
    """Return an HTTP response of already serialized JSON, such as WebAuthn options."""
    return current_app.response_class(text, mimetype="application/json")


def _passkeys_page(form: PasskeyForm | None = None, refused: str = "") -> str:
    site = passkey_site(current_settings())
    hindrance = _HINDRANCES[site] if isinstance(site, NoPasskeys) else ""
    if is_terminal():
        hindrance = gettext("This computer is shared. Add a passkey at one of your own.")
    return render_template(
        "accounts/passkeys.html",
        passkeys=list_passkeys(current_instance(), current_account()),
        form=form or PasskeyForm(),
        hindrance=hindrance,
        sample_words=sample_words(current_instance(), current_account()),
        origin=passkey_origin(current_settings()),
        refused=refused,
        done=request.args.get("done", ""),
    )
