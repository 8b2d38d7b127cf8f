"""Form parts for every feature: a button with a CSRF token, a group of checkboxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class PressForm(FlaskForm):
    """A button alone."""


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
