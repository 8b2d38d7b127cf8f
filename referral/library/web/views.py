"""Page of the library's settings, with a preview of its colors."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.library.own_settings import dismiss_first_day, own_settings, save_own_settings
from referral.library.web.forms import LibraryForm
from referral.records.accounts import Permission
from referral.settings import VARIABLES
from referral.theme import Theme, parse_color
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.i18n.catalogs import our_catalogs
from referral.web.i18n.page_language import language_name
from referral.web.staff.access import current_account, requires
from referral.web.theme import rules_of

library = Blueprint("library", __name__, url_prefix="/admin/library")
CHANGE = Permission.CHANGE_SETTINGS
_COLORS = ("primary", "link", "ground")


@library.route("", methods=["GET", "POST"])
@requires(CHANGE)
def settings() -> ResponseReturnValue:
    """Show the page of the library's settings, and store changes."""
    instance, form = current_instance(), LibraryForm()
    other_languages = our_catalogs().languages[1:]
    form.languages.choices = [(code, language_name(code)) for code in other_languages]
    if not form.is_submitted():
        form.fill(own_settings(instance))
        return _settings_page(form)
    form.fill(own_settings(instance), instance.given.fixed)  # a disabled field is not sent
    is_valid = form.validate()
    if not (form.validate_colors(instance.given) and is_valid):
        return _settings_page(form), 422
    if "preview" in request.form:
        return _settings_page(form)
    save_own_settings(instance, current_account().actor, form.texts())
    instance.texts.refresh()
    return redirect(url_for("library.settings", saved="yes"))


@library.get("/colors.css")
@requires(CHANGE)
def colors() -> Response:
    """Return the style sheet for a preview of the library's colors in the query string."""
    theme = Theme(*(parse_color(request.args.get(name, "")) for name in _COLORS))
    return Response(rules_of(theme, ".look-preview"), mimetype="text/css")


@library.post("/first-day/away")
@requires(CHANGE)
def first_day_away() -> ResponseReturnValue:
    """Dismiss the list of tasks for the library's first day, at an admin's request."""
    if PressForm().validate_on_submit():
        instance = current_instance()
        dismiss_first_day(instance, current_account().actor)
        instance.texts.refresh()
    return redirect(url_for("staff.start"))


def _settings_page(form: LibraryForm) -> str:
    configured = current_instance().given
    preview = {name: form[f"color_{name}"].data or "" for name in _COLORS}
    return render_template(
        "library/settings.html",
        form=form,
        fixed={name: VARIABLES[name] for name in configured.fixed if name in form},
        preview=preview,
        has_logo=current_instance().settings.logo is not None,
        is_saved=request.args.get("saved") == "yes" and not form.is_submitted(),
    )
