"""Form parts for every feature: a form with only a button, and a group of checkboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import flash
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from referral.errors import RefusedError
from referral.web.messages import message_text


class PressForm(FlaskForm):
    """A form with a CSRF token and no fields, for a single button."""


def try_action(action: Callable[[], object]) -> bool:
    """Run the action of a button if its form's CSRF token is valid, and return whether it was done.

    If the action is refused, the reason is flashed.
    """
    if not PressForm().validate_on_submit():
        return False
    try:
        action()
    except RefusedError as error:
        flash(message_text(error.message))
        return False
    return True


def checkbox_group(label: Any, choices: Iterable[Any] = (), **options: Any) -> SelectMultipleField:
    """Return a form field that shows a checkbox for each choice. The choices may be set later.

    Values that are not among the choices are accepted too: code that reads the field checks them.
    """
    return SelectMultipleField(
        label,
        choices=list(choices),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **options,
    )
