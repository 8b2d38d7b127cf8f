"""Form for a help line, and messages for its faults and refusals."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import TextInput

from referral.directory.help_lines import DANGERS, NO_DANGER
from referral.help_lines.editing import LineRefusal
from referral.help_lines.row_validation import TYPED_FIELDS, LineFault, read_typed_line
from referral.web.forms import checkbox_group

_LONGEST_LINE = 120
_LONGEST_WORDS = 300
_TOO_LONG = lazy_gettext("Say it in fewer words, please.")

_FAULTS: dict[LineFault, Any] = {
    LineFault.NEEDED: lazy_gettext("Please fill this in."),
    LineFault.SPANISH_NEEDED: lazy_gettext("Say it in Spanish too. A name may stay as it is."),
    LineFault.NO_NUMBER: lazy_gettext("Give a number to call, or one to text."),
    LineFault.NOT_DIALED: lazy_gettext("Nobody can dial this. Write it like 814-555-0100 or 988."),
    LineFault.KEEPS_NUMBER: lazy_gettext("This line keeps its number."),
    LineFault.OTHER_NUMBER: lazy_gettext("This is another number than the first one."),
    LineFault.NOT_AN_ADDRESS: lazy_gettext("Write a web address, like https://example.org."),
    LineFault.NO_PLACE: lazy_gettext("Write a whole number, such as 25."),
    LineFault.NO_DAY: lazy_gettext("Give the day on which somebody called it."),
    LineFault.DAY_TO_COME: lazy_gettext("This day is still to come."),
    LineFault.CHECK_AGAIN: lazy_gettext("The number is another one. Call it, and give the day."),
}
_REFUSALS: dict[LineRefusal, Any] = {
    LineRefusal.CHANGED_SINCE: lazy_gettext(
        "Somebody else changed this line just now. Look at it again, please."
    ),
    LineRefusal.ALWAYS_SHOWN: lazy_gettext("This line stays on each page."),
    LineRefusal.FILE_BROKEN: lazy_gettext(
        "The file of your lines cannot be read. Save it as CSV in UTF-8 first."
    ),
    LineRefusal.NOT_WRITABLE: lazy_gettext(
        "The file of your lines cannot be written here. Ask whoever runs the server."
    ),
}


_DANGER_LABELS: dict[str, Any] = {
    "domestic-violence": lazy_gettext("Violence at home"),
    "crisis-lines": lazy_gettext("Thoughts of suicide"),
    "sexual-assault": lazy_gettext("Sexual assault"),
    "poison-control": lazy_gettext("Overdose or poison"),
    "child-abuse": lazy_gettext("A child is hurt"),
    "elder-abuse": lazy_gettext("An older person is hurt"),
    "human-trafficking": lazy_gettext("Human trafficking"),
    NO_DANGER: lazy_gettext("None of these"),
}


def _line_field(label: Any, hint: Any = "", **attributes: Any) -> StringField:
    return StringField(
        label,
        validators=[Length(max=_LONGEST_LINE, message=_TOO_LONG)],
        description=hint,
        render_kw={"autocomplete": "off", **attributes},
    )


def _text_area(label: Any, hint: Any = "", **attributes: Any) -> TextAreaField:
    return TextAreaField(
        label,
        validators=[Length(max=_LONGEST_WORDS, message=_TOO_LONG)],
        description=hint,
        render_kw={"rows": "3", **attributes},
    )


class HelpLineForm(FlaskForm):
    """A form for a help line in both languages, its numbers, and the date of its last check."""

    mark = HiddenField()
    name = _line_field(lazy_gettext("Name"))
    name_es = _line_field(
        lazy_gettext("Name in Spanish"),
        lazy_gettext("Needed. A name may stay as it is."),
        lang="es",
    )
    what_for = _text_area(lazy_gettext("When to call"), lazy_gettext("One or two short sentences."))
    what_for_es = _text_area(
        lazy_gettext("When to call, in Spanish"),
        lazy_gettext("Needed where you say it in English."),
        lang="es",
    )
    dangers = checkbox_group(
        lazy_gettext("For which dangers is it?"),
        [SelectChoice(topic, words) for topic, words in _DANGER_LABELS.items()],
    )
    phone = _line_field(
        lazy_gettext("Number to call"), lazy_gettext("As people read it, such as 814-555-0100.")
    )
    phone_es = _line_field(
        lazy_gettext("Number in Spanish"),
        lazy_gettext("Only if there are words in it, such as “988, luego oprima 1”."),
        lang="es",
    )
    text_to = _line_field(lazy_gettext("Number to text"))
    text_words = _line_field(lazy_gettext("Word to send"), lazy_gettext("Such as HOME."))
    tty = _line_field(lazy_gettext("TTY number"))
    hours = _line_field(
        lazy_gettext("When somebody answers"),
        lazy_gettext("24/7, or words such as Mon-Fri 9 am to 5 pm."),
    )
    hours_es = _line_field(
        lazy_gettext("When somebody answers, in Spanish"),
        lazy_gettext("Not needed for 24/7."),
        lang="es",
    )
    web = _line_field(lazy_gettext("Website"))
    sort = _line_field(
        lazy_gettext("Place in the list"),
        lazy_gettext("Small numbers come first: 911 has 10, 988 has 20."),
        inputmode="numeric",
    )
    strip = BooleanField(lazy_gettext("Show it at the top of each page"))
    checked_on = StringField(
        lazy_gettext("Last checked on"),
        description=lazy_gettext("The day when somebody called, and it was right."),
        widget=TextInput("date"),
    )

    def fill(self, values: Mapping[str, str], mark: str) -> None:
        """Fill the form with the current values of a help line."""
        self.mark.data = mark
        for name in TYPED_FIELDS:
            self[name].data = values.get(name, "")
        self.strip.data = values.get("strip") == "yes"
        if self.dangers:
            self.dangers.data = _topics(values)

    def read(self, previous: Mapping[str, str], today: date, area_code: str) -> dict[str, str]:
        """Return the row of the typed help line, and add faults as errors of their fields."""
        typed = {name: self[name].data or "" for name in TYPED_FIELDS}
        row, faults = read_typed_line(typed, previous, today, area_code)
        if self.dangers:
            row["topics"] = _topics_text(self.dangers.data or [], previous)
        for name, fault in faults.items():
            self[name].errors = (*self[name].errors, _FAULTS[fault])
        return row


def _topics_text(chosen: Container[str], previous: Mapping[str, str]) -> str:
    dangers = [topic for topic in DANGERS if topic in chosen]
    if not dangers and NO_DANGER in chosen:
        dangers = [NO_DANGER]
    other_topics = [topic for topic in _topics(previous) if topic not in _DANGER_LABELS]
    return "|".join((*dangers, *other_topics))


def _topics(values: Mapping[str, str]) -> list[str]:
    return [topic.strip() for topic in values.get("topics", "").split("|") if topic.strip()]


def refusal_text(refusal: LineRefusal) -> str:
    """Return the message for a refused change of a help line, with the next step to take."""
    return str(_REFUSALS[refusal])
