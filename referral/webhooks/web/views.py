"""Pages of webhooks: the list with the form to add one, and each of them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from referral.errors import RefusedError
from referral.records.accounts import Permission, visible
from referral.web.current import current_directory
from referral.web.forms import PressForm, is_done
from referral.web.messages import message_text
from referral.web.staff.permissions import current_account, requires
from referral.webhooks.registered_webhooks import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    add_webhook,
    has_feed,
    list_webhooks,
    read_webhook,
    remove_webhook,
    renew_secret,
    turn_webhook,
)
from referral.webhooks.web.labels import result_text
from referral.webhooks.webhook_calls import send_test_call

webhooks = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks")
CHANGE = Permission.CHANGE_SETTINGS
_TOO_LONG = lazy_gettext("Type less here, please.")


class WebhookForm(FlaskForm):
    """Whose program is called, and where."""

    name = StringField(
        lazy_gettext("Whose program is it?"),
        filters=[visible],
        description=lazy_gettext("Such as “2-1-1 of Erie County”."),
        validators=[
            InputRequired(lazy_gettext("Say whose program it is, please.")),
            Length(max=LONGEST_NAME, message=_TOO_LONG),
        ],
        render_kw={"autocomplete": "off"},
    )
    address = StringField(
        lazy_gettext("Web address to call"),
        description=lazy_gettext("The partner gives it to you. It begins with https."),
        validators=[
            InputRequired(lazy_gettext("Give the address, please.")),
            Length(max=LONGEST_ADDRESS, message=_TOO_LONG),
        ],
        render_kw={"autocomplete": "off", "inputmode": "url"},
    )


@webhooks.context_processor
def _labels() -> dict[str, object]:
    return {"result_text": result_text}


@webhooks.get("")
@requires(CHANGE)
def list_all() -> ResponseReturnValue:
    """List the webhooks, and offer to add one."""
    return _list_page(WebhookForm(formdata=None))


@webhooks.post("")
@requires(CHANGE, confirmed=True)
def add() -> ResponseReturnValue:
    """Add a webhook, and show its secret this once."""
    form = WebhookForm()
    if not form.validate_on_submit():
        return _list_page(form), 400
    directory, actor = current_directory(), current_account().actor
    try:
        added = add_webhook(directory, actor, str(form.name.data), str(form.address.data))
    except RefusedError as error:
        form.address.errors = [message_text(error.message)]
        return _list_page(form), 400
    webhook_id, secret = added
    return _page(webhook_id, secret)


@webhooks.get("/<uuid:webhook_id>")
@requires(CHANGE)
def show(webhook_id: UUID) -> ResponseReturnValue:
    """What is known of a webhook, and what can be done with it."""
    return _page(str(webhook_id))


@webhooks.post("/<uuid:webhook_id>/secret")
@requires(CHANGE, confirmed=True)
def renew(webhook_id: UUID) -> ResponseReturnValue:
    """Make another secret, and show it this once."""
    if not PressForm().validate_on_submit():
        return _page(str(webhook_id)), 400
    directory, actor = current_directory(), current_account().actor
    secret = renew_secret(directory, actor, str(webhook_id))
    return _page(str(webhook_id), secret, is_renewed=True)


@webhooks.post("/<uuid:webhook_id>/test")
@requires(CHANGE)
def test(webhook_id: UUID) -> ResponseReturnValue:
    """Call it now, to see whether it works."""
    directory, actor = current_directory(), current_account().actor

    def send() -> None:
        flash(result_text(send_test_call(directory, actor, str(webhook_id))))

    is_done(send)
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@webhooks.post("/<uuid:webhook_id>/on")
@requires(CHANGE)
def turn_on(webhook_id: UUID) -> ResponseReturnValue:
    """Call it from now on."""
    return _turn(webhook_id, on=True)


@webhooks.post("/<uuid:webhook_id>/off")
@requires(CHANGE)
def turn_off(webhook_id: UUID) -> ResponseReturnValue:
    """Call it no longer."""
    return _turn(webhook_id, on=False)


@webhooks.post("/<uuid:webhook_id>/remove")
@requires(CHANGE)
def remove(webhook_id: UUID) -> ResponseReturnValue:
    """Forget it."""
    directory, actor = current_directory(), current_account().actor
    if is_done(lambda: remove_webhook(directory, actor, str(webhook_id))):
        flash(gettext("It is removed. We do not call it any more."))
    return redirect(url_for("webhooks.list_all"))


def _turn(webhook_id: UUID, *, on: bool) -> ResponseReturnValue:
    directory, actor = current_directory(), current_account().actor
    if is_done(lambda: turn_webhook(directory, actor, str(webhook_id), on=on)):
        flash(gettext("It is on. We call it within a minute.") if on else gettext("It is off."))
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


def _list_page(form: WebhookForm) -> str:
    directory = current_directory()
    return render_template(
        "webhooks/list.html",
        form=form,
        hooks=list_webhooks(directory),
        can_tell=has_feed(directory),
    )


def _page(webhook_id: str, secret: str = "", *, is_renewed: bool = False) -> str:
    return render_template(
        "webhooks/webhook.html",
        hook=read_webhook(current_directory(), webhook_id),
        press=PressForm(),
        secret=secret,
        is_renewed=is_renewed,
    )
