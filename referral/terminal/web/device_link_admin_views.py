"""Admin page of shared computers: makes links, lists the devices, takes one back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from referral.errors import NotFoundError
from referral.records.accounts import Permission, visible
from referral.terminal.devices import (
    LINK_HOURS,
    LONGEST_LABEL,
    list_devices,
    make_link,
    take_back,
)
from referral.web.current import current_directory, current_settings, public_address
from referral.web.errors import error_page
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires

terminals = Blueprint("terminals", __name__, url_prefix="/admin/terminals")
CHANGE = Permission.CHANGE_SETTINGS


class DeviceForm(FlaskForm):
    """The name of a device that is to be marked."""

    label = StringField(
        lazy_gettext("Name of the device"),
        filters=[visible],
        description=lazy_gettext("Such as “Children’s room, by the window”."),
        validators=[
            DataRequired(lazy_gettext("Please fill this in.")),
            Length(max=LONGEST_LABEL, message=lazy_gettext("Type a shorter name, please.")),
        ],
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_LABEL)},
    )


@terminals.get("")
@requires(CHANGE)
def show() -> ResponseReturnValue:
    """Say what a terminal is, list the devices, and offer the links."""
    return _page(DeviceForm(formdata=None))


@terminals.post("")
@requires(CHANGE, confirmed=True)
def add() -> ResponseReturnValue:
    """Make a link for one device, and show it this once."""
    form = DeviceForm()
    if not form.validate_on_submit():
        return _page(form), 400
    token = make_link(current_directory(), current_account().actor, str(form.label.data))
    return _page(DeviceForm(formdata=None), _address(token))


@terminals.post("/end-link")
@requires(CHANGE, confirmed=True)
def end_link() -> ResponseReturnValue:
    """Make a link that ends the mark of the device which opens it, and show it this once."""
    token = make_link(current_directory(), current_account().actor, ends_mark=True)
    return _page(DeviceForm(formdata=None), _address(token), ends_mark=True)


@terminals.post("/<uuid:device_id>/take-back")
@requires(CHANGE)
def take_mark_back(device_id: UUID) -> ResponseReturnValue:
    """Take the mark of one device back."""
    try:
        take_back(current_directory(), current_account().actor, str(device_id))
    except NotFoundError:
        return error_page(404)
    return redirect(url_for("terminals.show", _anchor="devices"), 303)


def _address(token: str) -> str:
    # The plain address, which no terminal seals: it is opened on another device.
    path = url_for("terminal.link", token=token)
    return public_address() + path.removeprefix(request.root_path)


def _page(form: DeviceForm, link: str = "", *, ends_mark: bool = False) -> str:
    return render_template(
        "terminal/terminals.html",
        form=form,
        press=PressForm(),
        devices=list_devices(current_directory()),
        link=link,
        ends_mark=ends_mark,
        hours=LINK_HOURS,
        settings=current_settings(),
    )
