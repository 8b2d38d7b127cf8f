"""Admin pages of the desk: list of desks and branches, settings of the question log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from referral.desk.codes import QuestionType
from referral.desk.desk_list import LONGEST_NAME, Desk, list_desks, save_desk, set_in_use
from referral.desk.log_settings import (
    COUNTABLE,
    LogField,
    LogSettings,
    read_log_settings,
    save_log_settings,
)
from referral.desk.web.forms import parse_codes, parse_day
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Permission, printable_line
from referral.web.code_labels import code_choices
from referral.web.current import current_instance
from referral.web.errors import error_page
from referral.web.formatting import capitalized
from referral.web.forms import PressForm, checkbox_group
from referral.web.i18n.catalogs import page_locale
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

desk_admin = Blueprint("desk_admin", __name__, url_prefix="/admin/desks")
CHANGE = Permission.CHANGE_SETTINGS
_SHORTER = Length(max=LONGEST_NAME, message=lazy_gettext("Use a shorter name."))
_MOST_WEEKS = 200


class DeskForm(FlaskForm):
    """A form for the name and the branch of a reference desk."""

    name = StringField(
        lazy_gettext("Name of the desk"),
        filters=[printable_line],
        validators=[DataRequired(lazy_gettext("Please fill this in.")), _SHORTER],
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_NAME)},
    )
    branch = StringField(
        lazy_gettext("Branch"),
        filters=[printable_line],
        validators=[_SHORTER],
        description=lazy_gettext("Leave it empty if the library has one building."),
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_NAME), "list": "branches"},
    )


class LogSettingsForm(FlaskForm):
    """A form for the question log's settings: types, fields, and how a year is counted."""

    types = checkbox_group(lazy_gettext("Kinds of questions, besides referrals"))
    fields = checkbox_group(lazy_gettext("What may be noted of each"), code_choices(LogField))
    counted = checkbox_group(lazy_gettext("Kinds that are reference transactions"))
    first_month = SelectField(lazy_gettext("First month of the fiscal year"))
    weeks = TextAreaField(
        lazy_gettext("Typical weeks, by their first day"),
        description=lazy_gettext(
            "One date to a line, such as 2026-10-04. With none, every day counts."
        ),
        render_kw={"rows": "4"},
    )

    def __init__(self, settings: LogSettings) -> None:
        values = {
            "types": settings.types,
            "fields": settings.fields,
            "counted": settings.counted,
            "first_month": str(settings.first_month),
            "weeks": "\n".join(map(str, settings.weeks)),
        }
        super().__init__(data=values)
        besides = [kind for kind in QuestionType if kind is not QuestionType.REFERRAL]
        choices = {choice.value: choice for choice in code_choices(QuestionType)}
        self.types.choices = [choices[kind] for kind in besides]
        self.counted.choices = [choices[kind] for kind in COUNTABLE]
        months = page_locale().months["stand-alone"]["wide"]
        self.first_month.choices = [
            SelectChoice(str(month), capitalized(months[month])) for month in range(1, 13)
        ]

    def settings(self) -> LogSettings:
        """Return the chosen settings of the question log, without weeks that are not dates."""
        return LogSettings(
            types=(*parse_codes(QuestionType, self.types.data or ()), QuestionType.REFERRAL),
            fields=frozenset(parse_codes(LogField, self.fields.data or ())),
            counted=parse_codes(QuestionType, self.counted.data or ()),
            first_month=int(self.first_month.data),
            weeks=tuple(day for day in map(parse_day, self._week_lines()) if day),
        )

    def wrong_lines(self) -> list[str]:
        """Return the typed lines for typical weeks of the question log that are not dates."""
        return [line for line in self._week_lines() if parse_day(line) is None]

    def _week_lines(self) -> list[str]:
        return (self.weeks.data or "").split()[:_MOST_WEEKS]


@desk_admin.get("")
@requires(CHANGE)
def show() -> ResponseReturnValue:
    """Show the list of reference desks, by branch, with a form to add one."""
    return _desks_page(DeskForm(formdata=None))


@desk_admin.post("")
@requires(CHANGE)
def add() -> ResponseReturnValue:
    """Add a reference desk of the library."""
    form = DeskForm()
    problem = _save_from_form(form)
    return (_desks_page(form, problem), 400) if problem else redirect(url_for("desk_admin.show"))


@desk_admin.get("/<uuid:desk_id>")
@requires(CHANGE)
def edit(desk_id: UUID) -> ResponseReturnValue:
    """Show the form for the name and branch of a reference desk."""
    desk = _find_desk(desk_id)
    return _desk_page(
        DeskForm(formdata=None, data={"name": desk.name, "branch": desk.branch}), desk
    )


@desk_admin.post("/<uuid:desk_id>")
@requires(CHANGE)
def take_edit(desk_id: UUID) -> ResponseReturnValue:
    """Rename a reference desk, or move it to another branch."""
    desk, form = _find_desk(desk_id), DeskForm()
    problem = _save_from_form(form, desk.id)
    if problem:
        return _desk_page(form, desk, problem), 400
    return redirect(url_for("desk_admin.show"))


@desk_admin.post("/<uuid:desk_id>/use")
@requires(CHANGE)
def take_use(desk_id: UUID) -> ResponseReturnValue:
    """Retire a reference desk, or put it back into use."""
    in_use = request.form.get("in_use") == "yes"
    set_in_use(current_instance(), current_account().actor, str(desk_id), in_use=in_use)
    return redirect(url_for("desk_admin.show", _anchor="list"))


@desk_admin.get("/statistics")
@requires(CHANGE)
def settings() -> ResponseReturnValue:
    """Show the settings of the desk's question log."""
    return _settings_page(LogSettingsForm(read_log_settings(current_instance())))


@desk_admin.post("/statistics")
@requires(CHANGE)
def take_settings() -> ResponseReturnValue:
    """Store the settings of the desk's question log."""
    instance = current_instance()
    form = LogSettingsForm(read_log_settings(instance))
    if not form.validate():
        return _settings_page(form), 400
    if wrong_lines := form.wrong_lines():
        problem = gettext(
            "“%(line)s” is not a date. Write it like 2026-10-04.", line=wrong_lines[0][:40]
        )
        return _settings_page(form, problem), 400
    try:
        save_log_settings(instance, current_account().actor, form.settings())
    except RefusedError as error:
        return _settings_page(form, message_text(error.message)), 400
    flash(gettext("Saved."), "desk")
    return redirect(url_for("desk_admin.settings"))


@desk_admin.errorhandler(NotFoundError)
def _not_found(_: NotFoundError) -> ResponseReturnValue:
    return error_page(404)


def _find_desk(desk_id: UUID) -> Desk:
    for desk in list_desks(current_instance()):
        if desk.id == str(desk_id):
            return desk
    raise NotFoundError("There is no such desk.")


def _save_from_form(form: DeskForm, desk_id: str = "") -> str:
    """Save a reference desk from its form; return an error message, "" if the desk was saved."""
    if not form.validate_on_submit():
        return str(next(iter(form.errors.values()))[0])
    try:
        save_desk(
            current_instance(),
            current_account().actor,
            form.name.data or "",
            form.branch.data or "",
            desk_id=desk_id,
        )
    except RefusedError as error:
        return message_text(error.message)
    return ""


def _desks_page(form: DeskForm, problem: str = "") -> str:
    return render_template("desk/desks.html", **_template_values(form, problem))


def _desk_page(form: DeskForm, desk: Desk, problem: str = "") -> str:
    return render_template("desk/edit_desk.html", desk=desk, **_template_values(form, problem))


def _template_values(form: DeskForm, problem: str) -> dict[str, Any]:
    desks = list_desks(current_instance())
    branches = sorted({desk.branch for desk in desks if desk.branch})
    return {
        "form": form,
        "press": PressForm(formdata=None),
        "desks": desks,
        "branches": branches,
        "problem": problem,
    }


def _settings_page(form: LogSettingsForm, problem: str = "") -> str:
    return render_template("desk/log_settings.html", form=form, problem=problem)
