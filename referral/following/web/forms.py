"""Form for the settings of a followed source."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from referral.following.followed_sources import LONGEST_PAUSE
from referral.following.records import FollowedSource, SourceForm, SourceKind, usual_hours
from referral.following.small_changes import GONE
from referral.following.web.labels import FORMAT_LABELS, KIND_LABELS, SMALL_CHANGE_LABELS
from referral.web.forms import checkbox_group


class FollowForm(FlaskForm):
    """Form for a followed source: name, address, interval, credit and automatic changes."""

    name = StringField(
        lazy_gettext("Whose list is it?"),
        validators=[
            InputRequired(lazy_gettext("Say whose list it is, please.")),
            Length(max=200, message=lazy_gettext("Use a shorter name, please.")),
        ],
        description=lazy_gettext("Use the name that its imports have, if there are any."),
    )
    kind = SelectField(
        lazy_gettext("How does it come?"),
        choices=[SelectChoice(kind, label) for kind, label in KIND_LABELS.items()],
    )
    address = StringField(
        lazy_gettext("Address"),
        validators=[
            InputRequired(lazy_gettext("Give the address, please.")),
            Length(max=1000, message=lazy_gettext("Use a shorter address, please.")),
        ],
        description=lazy_gettext(
            "A web address that begins with https. Of another Referral, its first page. "
            "For a folder: its name."
        ),
        render_kw={"autocomplete": "off"},
    )
    format = SelectField(
        lazy_gettext("What kind of list is it?"),
        choices=[
            SelectChoice("auto", lazy_gettext("Find it out from the file")),
            *(SelectChoice(name, label) for name, label in FORMAT_LABELS.items()),
        ],
    )
    is_together = BooleanField(
        lazy_gettext("All files of the folder are one list"),
        description=lazy_gettext("Otherwise the newest file is the whole list."),
    )
    every_hours = IntegerField(
        lazy_gettext("Look again after so many hours"),
        description=lazy_gettext("Left empty: each hour for a feed of changes, else each day."),
        validators=[
            Optional(),
            NumberRange(
                1, LONGEST_PAUSE, message=lazy_gettext("Give a number from 1 to 744, please.")
            ),
        ],
    )
    small_changes = checkbox_group(
        lazy_gettext("What may change without review?"),
        [SelectChoice(name, label) for name, label in SMALL_CHANGE_LABELS.items()],
        default=[GONE],
    )
    publisher = StringField(
        lazy_gettext("Who publishes it?"),
        validators=[Length(max=200)],
        description=lazy_gettext("Pages say: From …"),
    )
    licence = StringField(
        lazy_gettext("License"),
        validators=[Length(max=200)],
        description=lazy_gettext("For example CC BY 4.0."),
    )
    contact = StringField(
        lazy_gettext("Who to tell about mistakes"),
        validators=[Length(max=200)],
        description=lazy_gettext("An e-mail address or a web page."),
    )
    handed_on = RadioField(
        lazy_gettext("May we hand their records on?"),
        choices=[
            SelectChoice("yes", lazy_gettext("Yes, their license or our agreement says so")),
            SelectChoice("no", lazy_gettext("No, or we do not know")),
        ],
        validators=[InputRequired(lazy_gettext("Say whether we may, please."))],
        description=lazy_gettext("In our files and by our open data. Pages show them either way."),
    )
    is_on = BooleanField(
        lazy_gettext("Follow this source"),
        description=lazy_gettext("Until you check this, nothing is fetched."),
    )

    def entered_settings(self) -> SourceForm:
        """Return the settings of a followed source that an admin entered in the form."""
        return SourceForm(
            name=(self.name.data or "").strip(),
            kind=SourceKind(self.kind.data),
            address=(self.address.data or "").strip(),
            is_on=self.is_on.data,
            every_hours=self.every_hours.data or usual_hours(SourceKind(self.kind.data)),
            format=self.format.data or "auto",
            is_together=self.is_together.data,
            small_changes=frozenset(self.small_changes.data or ()),
            publisher=(self.publisher.data or "").strip(),
            licence=(self.licence.data or "").strip(),
            contact=(self.contact.data or "").strip(),
            is_handed_on=self.handed_on.data == "yes",
        )


def follow_form(source: FollowedSource | None) -> FollowForm:
    """Return the form of a followed source, filled with its settings, or empty for None."""
    if source is None:
        return FollowForm()
    settings = source.settings
    return FollowForm(
        name=settings.name, kind=settings.kind.value, address=settings.address,
        is_on=settings.is_on, every_hours=settings.every_hours, format=settings.format or "auto",
        is_together=settings.is_together, small_changes=sorted(settings.small_changes),
        publisher=settings.publisher, licence=settings.licence, contact=settings.contact,
        handed_on="yes" if settings.is_handed_on else "no",
    )  # fmt: skip
