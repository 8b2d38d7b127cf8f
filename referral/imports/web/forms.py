"""Forms of imports."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from referral.imports.records import FORMAT_NAMES
from referral.imports.web.labels import FORMAT_LABELS


class UploadForm(FlaskForm):
    """Form for the upload of a source list: file, source and format."""

    list = FileField(
        lazy_gettext("The list"),
        validators=[FileRequired(lazy_gettext("Choose a file, please."))],
        description=lazy_gettext("CSV, XLSX, XML or JSON; a zip where it has several files."),
    )
    source = StringField(
        lazy_gettext("Whose list is it?"),
        validators=[
            InputRequired(lazy_gettext("Say whose list it is, please.")),
            Length(max=200, message=lazy_gettext("Use a shorter name, please.")),
        ],
        description=lazy_gettext("Use the same name each time. Then we find the same records."),
        render_kw={"list": "sources", "autocomplete": "off"},
    )
    format = SelectField(
        lazy_gettext("What kind of list is it?"),
        choices=[SelectChoice(name, FORMAT_LABELS[name]) for name in FORMAT_NAMES],
    )


class DecideForm(FlaskForm):
    """Form for a decision about an import's changes; its scope is in hidden fields."""

    decision = HiddenField(validators=[AnyOf(["accept", "leave"])])
    number = IntegerField(validators=[Optional()])
    record = HiddenField()
    field = HiddenField()


class SourceForm(FlaskForm):
    """Form for the import rules of a source."""

    is_authority = BooleanField(
        lazy_gettext("A blank cell empties the field"),
        description=lazy_gettext(
            "Only if the list is the authority. Otherwise blanks change nothing."
        ),
    )
    trusts_all = BooleanField(
        lazy_gettext("The list wins over edits by hand"),
        description=lazy_gettext("Otherwise you decide about each edit that differs."),
    )
    contact_note = TextAreaField(
        lazy_gettext("Who to ask about this list"), validators=[Length(max=2000)]
    )
