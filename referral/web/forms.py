"""Form parts for every feature: a button with a CSRF token, its action, a group of checkboxes."""

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
    """A button alone."""


def is_done(action: Callable[[], object]) -> bool:
    """Whether a button was pressed and its action is done; a refusal is said."""
    if not PressForm().validate_on_submit():
        return False
    try:
        action()
    except RefusedError as error:
        flash(message_text(error.message))
        return False
    return True


def checkbox_group(label: Any, choices: Iterable[Any] = (), **options: Any) -> SelectMultipleField:
    """A checkbox for each choice; without any here, they come with the page.

    Values that are not among the choices are taken as well: whoever reads the field checks them.
    """
    return SelectMultipleField(
        label,
        choices=list(choices),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **options,
    )
