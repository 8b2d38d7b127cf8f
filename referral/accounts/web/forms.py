"""Forms for accounts. Passwords can be pasted and are never sent back to the browser."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget, TextInput

from referral.accounts.audit import AuditFilters, AuditPage
from referral.accounts.sample_accounts import is_sample
from referral.directory.instance import Instance
from referral.records.accounts import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    Account,
    AccountRefusedError,
    Refusal,
    Role,
    printable_line,
)
from referral.web.staff.labels import (
    ROLE_LABELS,
    ROLE_MEANINGS,
    action_label,
    kind_label,
    refusal_text,
)

_REQUIRED = lazy_gettext("Please fill this in.")
# More than a password may have, so that the refusal of a long one explains the limit.
_LONGEST_TYPED = 1000
_FIELD_OF_REFUSAL = {
    Refusal.EMAIL_ODD: "email",
    Refusal.EMAIL_TAKEN: "email",
    Refusal.NAME_LONG: "name",
    Refusal.NO_ROLE: "roles",
    Refusal.LAST_ADMIN: "roles",
    Refusal.PASSWORD_SHORT: "password",
    Refusal.PASSWORD_LONG: "password",
    Refusal.PASSWORD_COMMON: "password",
    Refusal.WRONG_PASSWORD: "present",
    Refusal.WRONG_CODE: "code",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def password_field(label: Any, autocomplete: str, description: Any = "") -> PasswordField:
    """Build a password field with the ``autocomplete`` that password managers expect."""
    return PasswordField(
        label,
        validators=[InputRequired(_REQUIRED), Length(max=_LONGEST_TYPED)],
        description=description,
        render_kw={"autocomplete": autocomplete, "spellcheck": "false"},
    )


def email_field() -> StringField:
    """Build a form field for an email address."""
    return StringField(
        lazy_gettext("E-mail address"),
        filters=[printable_line],
        validators=[InputRequired(_REQUIRED), Length(max=LONGEST_EMAIL)],
        widget=EmailInput(),
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )


def code_field(label: Any, description: Any) -> StringField:
    """Build a form field for a one-time code of an authenticator app."""
    return StringField(
        label,
        filters=[printable_line],
        validators=[InputRequired(_REQUIRED), Length(max=40)],
        description=description,
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false"},
    )


class SignInForm(FlaskForm):
    """Form to sign in by email and password; ``next`` is the page to open afterwards."""

    email = email_field()
    password = password_field(lazy_gettext("Password"), "current-password")
    next = HiddenField()


class CodeForm(FlaskForm):
    """Form for a code of the second factor, the second step of a sign-in."""

    code = code_field(
        lazy_gettext("Code"),
        lazy_gettext("Six digits from your app, or one of your recovery codes."),
    )
    next = HiddenField()


class AskForLinkForm(FlaskForm):
    """Form to request a mailed link for a new password."""

    email = email_field()


class NewPasswordForm(FlaskForm):
    """Form for a new password, typed once: it can be shown, and a new link can be requested."""

    password = password_field(
        lazy_gettext("New password"),
        "new-password",
        lazy_gettext(
            "12 letters or more. A few words that have nothing to do with each other are strong. "
            "Places, names, years and rows of keys are weak. You may paste it."
        ),
    )


class ChangePasswordForm(NewPasswordForm):
    """Form to change one's own password; it requires the current one."""

    present = password_field(lazy_gettext("Present password"), "current-password")


class ConfirmForm(FlaskForm):
    """Form for the first code of a new authenticator app."""

    code = code_field(lazy_gettext("Code"), lazy_gettext("Six digits that your app shows now."))


class DigestForm(FlaskForm):
    """Form for how often a user gets the mailed digest of waiting work."""

    pace = SelectField(
        lazy_gettext("Mail me what waits"),
        choices=[
            SelectChoice("", lazy_gettext("Never")),
            SelectChoice("daily", lazy_gettext("Every day")),
            SelectChoice("weekly", lazy_gettext("Once a week")),
        ],
        description=lazy_gettext("Numbers only, such as “Follow-ups due: 3”. No names."),
    )


class PresentPasswordForm(FlaskForm):
    """Form that asks for the current password before the second factor is turned off."""

    present = password_field(lazy_gettext("Present password"), "current-password")


def sample_words(instance: Instance, account: Account) -> str:
    """Return why a demo's sample account has no second factor; "" for any other account."""
    refusal = AccountRefusedError(Refusal.SAMPLE)
    return refusal_text(refusal) if is_sample(instance, account) else ""


def show_refusal(form: FlaskForm, error: AccountRefusedError, default: str) -> None:
    """Show why an account action was refused, as an error of the form's field.

    Refusals that belong to no field are shown at the field ``default``.
    """
    name = _FIELD_OF_REFUSAL.get(error.refusal, default)
    field = form[name if name in form else default]
    field.errors = (*field.errors, refusal_text(error))


class AccountForm(FlaskForm):
    """Form in which admins set the name and roles of a staff account."""

    name = StringField(
        lazy_gettext("Name"),
        filters=[printable_line],
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
        """Return the roles selected in the form of a staff account."""
        return [Role(value) for value in self.roles.data or ()]

    @property
    def role_meanings(self) -> dict[str, Any]:
        """Return the page's explanation of each staff role, by role."""
        return {role.value: words for role, words in ROLE_MEANINGS.items()}


class InviteForm(AccountForm):
    """Form to invite a user to a new staff account."""

    email = email_field()


class AuditForm(Form):
    """Form for the filters of the audit log, sent by GET; invalid values are ignored."""

    who = SelectField(lazy_gettext("Who"), choices=[], validate_choice=False)
    did = SelectField(lazy_gettext("Did what"), choices=[], validate_choice=False)
    kind = SelectField(lazy_gettext("To what"), choices=[], validate_choice=False)
    record = StringField(lazy_gettext("Record number"), filters=[printable_line])
    since = StringField(lazy_gettext("From day"), widget=TextInput("date"))
    until = StringField(lazy_gettext("To day"), widget=TextInput("date"))

    def filters(self) -> AuditFilters:
        """Return the audit log filters of the form."""
        return AuditFilters(
            account_id=printable_line(self.who.data),
            action=printable_line(self.did.data),
            kind=printable_line(self.kind.data),
            record_id=printable_line(self.record.data),
            from_on=_day(self.since.data),
            to_on=_day(self.until.data),
        )

    def offer(self, page: AuditPage, users: list[Account]) -> None:
        """Set the options of the audit log's filters: the users, actions and kinds in the log."""
        all_choice = SelectChoice("", lazy_gettext("All"))
        self.who.choices = [
            all_choice,
            *(SelectChoice(choice.id, choice.name or choice.email) for choice in users),
        ]
        self.did.choices = [
            all_choice, *(SelectChoice(choice, action_label(choice)) for choice in page.actions)
        ]  # fmt: skip
        self.kind.choices = [
            all_choice, *(SelectChoice(choice, kind_label(choice)) for choice in page.kinds)
        ]  # fmt: skip

    def address_values(self) -> dict[str, str]:
        """Return the audit log's filters as URL parameters, without the page number."""
        return {field.name: field.data for field in self if field.data}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and _DAY.fullmatch(text) else None
    except ValueError:
        return None
