"""Form for the e-mail address to which a patron mails the list."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import EmailInput

from referral.web.search_form import without_controls


class MailForm(FlaskForm):
    """Where a person wants the list mailed to. The address is used once and not kept."""

    to = StringField(
        lazy_gettext("E-mail address"),
        filters=[without_controls],
        description=lazy_gettext("We use it once and do not keep it."),
        validators=[
            InputRequired(lazy_gettext("Please fill this in.")),
            Length(max=254),
            Regexp(
                r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+\Z",
                message=lazy_gettext("Type a whole e-mail address, like name@example.org."),
            ),
        ],
        widget=EmailInput(),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
