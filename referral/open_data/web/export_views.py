"""Pages about files of the directory for others: ask for one, and get it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from referral.errors import RefusedError
from referral.imports.sources import list_sources
from referral.jobs.progress import Progress
from referral.open_data.files.export_files import (
    ExportFile,
    FileState,
    export_path,
    list_exports,
    queue_export,
)
from referral.open_data.records import ExportFormat
from referral.records.accounts import Permission
from referral.web.current import current_directory
from referral.web.staff.permissions import current_account, requires

exports = Blueprint("exports", __name__, url_prefix="/admin/exports")
EXPORT = Permission.EXPORT_DIRECTORY
FORMAT_LABELS = {
    ExportFormat.XLSX: lazy_gettext("Workbook (XLSX), for people"),
    ExportFormat.HSDS_CSV: lazy_gettext("HSDS 3.1 tables (zip of CSV), for other systems"),
    ExportFormat.HSDS_JSON: lazy_gettext("HSDS 3.1 JSON, for other systems"),
    ExportFormat.AIRS_XML: lazy_gettext("AIRS XML 3.1, for 2-1-1 software"),
}


class ExportForm(FlaskForm):
    """What to write."""

    form = RadioField(
        lazy_gettext("What kind of file?"),
        choices=[SelectChoice(form.value, words) for form, words in FORMAT_LABELS.items()],
        default=ExportFormat.XLSX.value,
    )
    source = SelectField(lazy_gettext("Which list?"), default="")


@exports.get("")
@requires(EXPORT)
def list_files() -> ResponseReturnValue:
    """Offer to make a file, and show those that were made."""
    return _page(_form())


@exports.post("")
@requires(EXPORT, confirmed=True)
def make_file() -> ResponseReturnValue:
    """Have a file made."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 400
    kind = ExportFormat(form.form.data)
    queue_export(current_directory(), current_account().actor, kind, form.source.data)
    return redirect(url_for("exports.list_files"))


@exports.get("/progress")
@requires(EXPORT)
def progress() -> ResponseReturnValue:
    """How far the work is, for the script of the page."""
    working = _working(list_exports(current_directory()))
    told = working.progress if working else Progress()
    return {
        "working": working is not None,
        "what": gettext("The file is being made"),
        "done": told.done,
        "total": told.total,
    }


@exports.get("/<uuid:export_id>/file")
@requires(EXPORT, confirmed=True)
def take_file(export_id: UUID) -> ResponseReturnValue:
    """Hand a file out, while it still says what the directory says."""
    try:
        export, path = export_path(current_directory(), str(export_id))
    except RefusedError:
        flash(gettext("The directory changed since this file was made. Make it again."))
        return redirect(url_for("exports.list_files"))
    return send_file(path, as_attachment=True, download_name=export.name, max_age=0)


def _form() -> ExportForm:
    form = ExportForm()
    names = [rules.name for rules in list_sources(current_directory())]
    form.source.choices = [
        SelectChoice("", gettext("All lists")),
        *(SelectChoice(name, name) for name in names),
    ]
    return form


def _page(form: ExportForm) -> str:
    files = list_exports(current_directory())
    return render_template(
        "open_data/exports.html",
        form=form,
        files=files,
        working=_working(files),
        form_words=FORMAT_LABELS,
        states=FileState,
    )


def _working(files: Iterable[ExportFile]) -> ExportFile | None:
    """The file that is being made, or waits for that."""
    return next((each for each in files if each.state is FileState.WORKING), None)
