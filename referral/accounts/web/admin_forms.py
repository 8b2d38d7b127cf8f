"""Forms for accounts and for the filters of the audit log."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from referral.accounts.audit import AuditFilters, AuditPage
from referral.accounts.web.forms import email_field
from referral.records.accounts import LONGEST_NAME, Account, Role, visible
from referral.web.staff.audit_labels import action_label, kind_label
from referral.web.staff.labels import ROLE_LABELS, ROLE_MEANINGS

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class AccountForm(FlaskForm):
    """Name and roles."""

    name = StringField(
        lazy_gettext("Name"),
        filters=[visible],
        validators=[Length(max=LONGEST_NAME, message=lazy_gettext("Type a shorter name, please."))],
        description=lazy_gettext("As colleagues know this person. It appears in the audit log."),
        render_kw={"autocomplete": "off"},
    )
    roles = SelectMultipleField(
        lazy_gettext("Roles"),
        choices=[SelectChoice(role.value, ROLE_LABELS[role]) for role in Role],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=lazy_gettext("One person may have several."),
    )

    @property
    def chosen_roles(self) -> list[Role]:
        """The roles that are ticked."""
        return [Role(value) for value in self.roles.data or ()]

    @property
    def role_meanings(self) -> dict[str, Any]:
        """What each box stands for."""
        return {role.value: words for role, words in ROLE_MEANINGS.items()}


class InviteForm(AccountForm):
    """Whom to invite."""

    email = email_field()


class AuditForm(Form):
    """Filters of the audit log; sent by GET. What cannot be read does not narrow."""

    who = SelectField(lazy_gettext("Who"), choices=[], validate_choice=False)
    did = SelectField(lazy_gettext("Did what"), choices=[], validate_choice=False)
    kind = SelectField(lazy_gettext("To what"), choices=[], validate_choice=False)
    record = StringField(lazy_gettext("Record number"), filters=[visible])
    since = StringField(lazy_gettext("From day"), widget=TextInput("date"))
    until = StringField(lazy_gettext("To day"), widget=TextInput("date"))

    def filters(self) -> AuditFilters:
        """What the form asks for."""
        return AuditFilters(
            account_id=visible(self.who.data),
            action=visible(self.did.data),
            kind=visible(self.kind.data),
            record_id=visible(self.record.data),
            from_on=_day(self.since.data),
            to_on=_day(self.until.data),
        )

    def offer(self, page: AuditPage, people: list[Account]) -> None:
        """Fill the lists with what the log has."""
        everything = SelectChoice("", lazy_gettext("All"))
        self.who.choices = [
            everything,
            *(SelectChoice(each.id, each.name or each.email) for each in people),
        ]
        self.did.choices = [
            everything, *(SelectChoice(each, action_label(each)) for each in page.actions)
        ]  # fmt: skip
        self.kind.choices = [
            everything, *(SelectChoice(each, kind_label(each)) for each in page.kinds)
        ]  # fmt: skip

    def address_values(self) -> dict[str, str]:
        """The filters as an address carries them, without the page."""
        return {field.name: field.data for field in self if field.data}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and _DAY.fullmatch(text) else None
    except ValueError:
        return None
