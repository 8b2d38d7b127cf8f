"""Search form, sent by GET, so that a search needs no script and has a URL."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import TextInput

from referral.fields.places.lookup import parse_place
from referral.search.query import Sort
from referral.web.forms import checkbox_group

LONGEST_SEARCH = 200
MILES = (5, 10, 25, 50, 100)
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d\Z", re.ASCII)
_AGE = re.compile(r"(?:\d{1,2}|1[01]\d|120)\Z", re.ASCII)
_NO = ("", "0", "no", "false")


def choice(value: str, label: str) -> Any:
    """An option of a select field or a group of boxes."""
    return SelectChoice(value, label)


def without_controls(text: str | None) -> str:
    """The text with a space for each character that cannot be shown, and none at its ends."""
    return "".join(each if each.isprintable() else " " for each in text or "").strip()


def _is_moment(text: str) -> bool:
    if not _MOMENT.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class SearchForm(Form):
    """What a person may ask for. Fields with an error are left out of the search."""

    q = StringField(
        lazy_gettext("Type what you need"),
        filters=[without_controls],
        validators=[
            Length(max=LONGEST_SEARCH, message=lazy_gettext("Use fewer words, please.")),
        ],
        description=lazy_gettext("For example: food, rent, help with a bill"),
    )
    near = StringField(
        lazy_gettext("ZIP code"),
        filters=[without_controls],
        description=lazy_gettext("Optional"),
    )
    within = SelectField(
        lazy_gettext("How far can you go?"),
        choices=[
            choice("", lazy_gettext("Any distance")),
            *(
                choice(str(miles), lazy_gettext("Up to %(num)s miles", num=miles))
                for miles in MILES
            ),
        ],
        validate_choice=False,
    )
    heading = checkbox_group(lazy_gettext("Kind of help"))
    language = SelectField(lazy_gettext("Language spoken"), choices=[], validate_choice=False)
    open = BooleanField(lazy_gettext("Open now"), false_values=_NO)
    room = BooleanField(lazy_gettext("Has room now"), false_values=_NO)
    at = StringField(
        lazy_gettext("Open at this time"),
        filters=[without_controls],
        widget=TextInput("datetime-local"),
    )
    ages = checkbox_group(lazy_gettext("Age of the person"))
    age = StringField(
        lazy_gettext("Or the exact age"),
        filters=[without_controls],
        description=lazy_gettext("Of the person who needs help, in years."),
    )
    cost = checkbox_group(lazy_gettext("What it costs"))
    population = checkbox_group(lazy_gettext("Made for"), name="for")
    access = checkbox_group(lazy_gettext("Easy to use for"))
    how = checkbox_group(lazy_gettext("How you get it"))
    free = BooleanField(false_values=_NO)
    sort = HiddenField()
    topic = HiddenField()
    exactly = HiddenField()
    without = checkbox_group("")  # kinds of preferences that are not read from the words
    said = HiddenField()  # the words for which that was chosen
    answered = checkbox_group("")  # at the desk: which answers were given

    def validate_near(self, field: StringField) -> None:
        """A ZIP code must be one we know; distance needs one."""
        text = (field.data or "").strip()
        if text and parse_place(text) is None:
            raise ValidationError(
                lazy_gettext("We do not know that ZIP code. Type five digits, like 16335.")
            )
        if not text and self.within.data:
            raise ValidationError(lazy_gettext("Type your ZIP code, so that we can measure."))

    def validate_at(self, field: StringField) -> None:
        """A day and a time, as browsers send them."""
        if field.data and not _is_moment(field.data):
            raise ValidationError(lazy_gettext("Type a day and a time, like 2026-11-27T14:00."))

    def validate_age(self, field: StringField) -> None:
        """Whole years."""
        if field.data and not _AGE.match(field.data):
            raise ValidationError(lazy_gettext("Type the age in years, like 34."))

    @property
    def sort_order(self) -> Sort:
        """The order asked for; best match when it is none of ours."""
        try:
            return Sort(self.sort.data or "")
        except ValueError:
            return Sort.BEST
