"""Admin page of report settings: the territory of the library, and the public page of needs."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Permission, printable_line
from referral.reports.territory import (
    Area,
    add_area,
    list_known_areas,
    read_report_settings,
    remove_area,
    switch_public_page,
)
from referral.web.current import current_instance, path_below, public_address
from referral.web.errors import error_page
from referral.web.forms import PressForm
from referral.web.i18n.page_language import page_language
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

report_settings_admin = Blueprint("report_settings", __name__, url_prefix="/admin/reports")
CHANGE_SETTINGS = Permission.CHANGE_SETTINGS
_LONGEST = 80


class AreaForm(FlaskForm):
    """A form to add a ZIP code, town or county to the library's territory."""

    place = StringField(
        lazy_gettext("ZIP code, town or county"),
        filters=[printable_line],
        validators=[
            DataRequired(lazy_gettext("Please fill this in.")),
            Length(max=_LONGEST, message=lazy_gettext("Use a shorter name.")),
        ],
        description=lazy_gettext("As in 16335, or Meadville, PA, or Crawford County, PA."),
        render_kw={"autocomplete": "off", "maxlength": str(_LONGEST), "list": "known-areas"},
    )


@report_settings_admin.get("")
@requires(CHANGE_SETTINGS)
def show() -> ResponseReturnValue:
    """Show the report settings: the library's territory, and whether needs have a public page."""
    return _page(AreaForm(formdata=None))


@report_settings_admin.post("/area")
@requires(CHANGE_SETTINGS)
def add() -> ResponseReturnValue:
    """Add a ZIP code, town or county to the library's territory."""
    form, problem = AreaForm(), ""
    if not form.validate_on_submit():
        problem = str(next(iter(form.errors.values()))[0])
    else:
        try:
            add_area(current_instance(), current_account().actor, form.place.data or "")
        except RefusedError as error:
            problem = message_text(error.message)
    return (_page(form, problem), 400) if problem else redirect(url_for("report_settings.show"))


@report_settings_admin.post("/area/remove")
@requires(CHANGE_SETTINGS)
def remove() -> ResponseReturnValue:
    """Remove a ZIP code, town or county from the library's territory."""
    area = Area(request.form.get("kind", ""), request.form.get("name", ""))
    try:
        remove_area(current_instance(), current_account().actor, area)
    except NotFoundError:
        return error_page(404)
    return redirect(url_for("report_settings.show", _anchor="territory"))


@report_settings_admin.post("/public")
@requires(CHANGE_SETTINGS)
def switch_public() -> ResponseReturnValue:
    """Switch the public page of needs on or off."""
    is_on = request.form.get("on") == "yes"
    switch_public_page(current_instance(), current_account().actor, on=is_on)
    return redirect(url_for("report_settings.show", _anchor="public"))


def _page(form: AreaForm, problem: str = "") -> str:
    instance = current_instance()
    settings = read_report_settings(instance)
    return render_template(
        "reports/settings.html",
        settings=settings,
        known=[area for area in list_known_areas(instance) if area not in settings.territory],
        form=form,
        problem=problem,
        press=PressForm(),
        frame_code=_frame_code(),
    )


def _frame_code() -> str:
    """Return the HTML that embeds the public page of needs in another website."""
    path = url_for("public_needs.show", language=page_language())
    address = public_address() + path_below(path)
    title = gettext("What people here need")
    return f'<iframe src="{address}" title="{title}" width="100%" height="900"></iframe>'
