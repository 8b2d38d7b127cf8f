"""Admin page of the keys of partners: makes one, lists them, ends one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from referral.errors import NotFoundError
from referral.hsds_api.api_keys import (
    LONGEST_KEY_NAME,
    MOST_PER_MINUTE,
    USUAL_PER_MINUTE,
    end_key,
    list_keys,
    make_key,
)
from referral.hsds_api.web.blueprint import address_of
from referral.records.accounts import Permission, visible
from referral.web.current import current_directory, current_settings
from referral.web.errors import error_page
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires

api_keys = Blueprint("api_keys", __name__, url_prefix="/admin/api-keys")
CHANGE = Permission.CHANGE_SETTINGS


class KeyForm(FlaskForm):
    """Whose key it is, and how often they may ask."""

    name = StringField(
        lazy_gettext("Who gets the key?"),
        filters=[visible],
        description=lazy_gettext("Such as “United Way, web team”."),
        validators=[
            DataRequired(lazy_gettext("Please fill this in.")),
            Length(max=LONGEST_KEY_NAME, message=lazy_gettext("Type a shorter name, please.")),
        ],
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_KEY_NAME)},
    )
    per_minute = IntegerField(
        lazy_gettext("Requests in a minute"),
        default=USUAL_PER_MINUTE,
        validators=[
            InputRequired(lazy_gettext("Give a number, please.")),
            NumberRange(
                1, MOST_PER_MINUTE, message=lazy_gettext("Give a number from 1 to 1000000, please.")
            ),
        ],
    )


@api_keys.get("")
@requires(CHANGE)
def show() -> ResponseReturnValue:
    """Say what a key is for, and list those that were made."""
    return _page(KeyForm(formdata=None))


@api_keys.post("")
@requires(CHANGE, confirmed=True)
def add() -> ResponseReturnValue:
    """Make a key, and show it this once."""
    form = KeyForm()
    if not form.validate_on_submit():
        return _page(form), 400
    key = make_key(
        current_directory(),
        current_account().actor,
        str(form.name.data),
        form.per_minute.data or USUAL_PER_MINUTE,
    )
    return _page(KeyForm(formdata=None), key)


@api_keys.post("/<uuid:key_id>/end")
@requires(CHANGE)
def end(key_id: UUID) -> ResponseReturnValue:
    """Let a key not work any more."""
    try:
        end_key(current_directory(), current_account().actor, str(key_id))
    except NotFoundError:
        return error_page(404)
    return redirect(url_for("api_keys.show", _anchor="keys"), 303)


def _page(form: KeyForm, key: str = "") -> str:
    return render_template(
        "hsds_api/api_keys.html",
        form=form,
        press=PressForm(),
        keys=list_keys(current_directory()),
        key=key,
        command=f'curl -H "Authorization: Bearer {key}" {address_of("hsds.about")}',
        without_key=current_settings().open_web.open_data_per_minute,
    )
