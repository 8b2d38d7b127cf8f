"""A field of forms from which several values can be taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


def checkbox_group(label: Any, choices: Iterable[Any] = (), **options: Any) -> SelectMultipleField:
    """A box to tick for each choice; without any here, they come with the page.

    What is not among the choices is taken as well: whoever reads the field looks at it.
    """
    return SelectMultipleField(
        label,
        choices=list(choices),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **options,
    )
