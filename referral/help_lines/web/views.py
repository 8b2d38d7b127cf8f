"""Admin pages of help lines: list, add, change, check, remove, restore and download."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.directory.help_lines import FILE, Row, check_help_lines
from referral.directory.instance import local_today
from referral.formats.writing.sheets import CSV_TYPE
from referral.help_lines import editing
from referral.help_lines.editing import LineEntry, LineOrigin, LineRefusedError
from referral.help_lines.web.forms import HelpLineForm, refusal_text
from referral.records.accounts import Permission
from referral.web.current import current_instance, current_settings
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires
from referral.web.staff.file_response import file_response

local_lines = Blueprint("local_lines", __name__, url_prefix="/admin/help-lines")
CHANGE = Permission.CHANGE_SETTINGS
_BUTTONS = {
    "check": editing.check_line,
    "remove": editing.remove_line,
    "restore": editing.restore_line,
}


@local_lines.get("")
@requires(CHANGE)
def list_lines() -> ResponseReturnValue:
    """Show all help lines, their origin, and whether their check is due."""
    return _list_page()


@local_lines.route("/new", methods=["GET", "POST"])
@requires(CHANGE)
def add() -> ResponseReturnValue:
    """Add a help line that an admin typed to the library's own file."""
    form = HelpLineForm()
    if not form.is_submitted():
        form.sort.data = "25"
        return render_template("help_lines/help_line.html", form=form, entry=None)
    row = _read_form(form, {})
    if form.errors:
        return render_template("help_lines/help_line.html", form=form, entry=None), 422
    try:
        editing.add_line(current_instance(), current_account().actor, row)
    except LineRefusedError as error:
        return _refused_page(form, None, error)
    return redirect(url_for("local_lines.list_lines", done="added"))


@local_lines.route("/line/<string:key>", methods=["GET", "POST"])
@requires(CHANGE)
def show(key: str) -> ResponseReturnValue:
    """Show the form of a help line, and store its changes."""
    entry, form = _entry_or_404(key), HelpLineForm()
    if entry.origin is not LineOrigin.ADDED:
        del form.dangers  # the topics of national lines have their dangers
    if not form.is_submitted():
        form.fill(entry.values, entry.mark)
        return _line_page(form, entry)
    row = _read_form(form, entry.values)
    if form.errors:
        return _line_page(form, entry), 422
    try:
        editing.change_line(
            current_instance(), current_account().actor, key, form.mark.data or "", row
        )
    except LineRefusedError as error:
        return _refused_page(form, entry, error)
    return redirect(url_for("local_lines.list_lines", done="changed"))


@local_lines.post("/line/<string:key>/<any(check, remove, restore):button>")
@requires(CHANGE)
def press(key: str, button: str) -> ResponseReturnValue:
    """Process a button of a help line: record a check, remove it, or restore the national one."""
    try:
        _BUTTONS[button](current_instance(), current_account().actor, _entry_or_404(key))
    except LineRefusedError as error:
        return _list_page(refusal_text(error.refusal)), 409
    return redirect(url_for("local_lines.list_lines", done=button))


@local_lines.get("/file")
@requires(CHANGE)
def file() -> ResponseReturnValue:
    """Download the library's own help lines as a CSV file."""
    return file_response(editing.own_file(current_settings()), CSV_TYPE, FILE)


def _read_form(form: HelpLineForm, previous: Row) -> dict[str, str]:
    form.validate()
    today = local_today(current_instance())
    return form.read(previous, today, current_settings().area_code)


def _entry_or_404(key: str) -> LineEntry:
    return editing.read_entry(current_instance(), key) or abort(404)


def _list_page(refused: str = "") -> str:
    settings = current_settings()
    return render_template(
        "help_lines/help_lines.html",
        entries=editing.list_entries(current_instance()),
        problems=check_help_lines(settings),
        file_name=FILE,
        press=PressForm(),
        done=request.args.get("done", ""),
        refused=refused,
    )


def _line_page(form: HelpLineForm, entry: LineEntry, refused: str = "") -> str:
    return render_template(
        "help_lines/help_line.html", form=form, entry=entry, press=PressForm(), refused=refused
    )


def _refused_page(
    form: HelpLineForm, entry: LineEntry | None, error: LineRefusedError
) -> ResponseReturnValue:
    refused = refusal_text(error.refusal)
    return render_template(
        "help_lines/help_line.html", form=form, entry=entry, press=PressForm(), refused=refused
    ), 409
