"""Pages for staff to request and download export files, and to print booklets."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from referral.directory.browse import list_headings
from referral.errors import NotFoundError, RefusedError
from referral.imports.sources import list_sources
from referral.jobs.progress import Progress
from referral.open_data.files.booklet import MOST_ENTRIES, BookletGroup, read_booklet
from referral.open_data.files.export_files import (
    ExportFile,
    FileState,
    export_path,
    list_exports,
    queue_export,
)
from referral.open_data.records import ExportFormat
from referral.records.accounts import Permission
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.web.current import current_instance
from referral.web.i18n.catalogs import available_languages, page_locale
from referral.web.listing_labels import heading_name
from referral.web.search_form import without_controls
from referral.web.staff.access import current_account, requires
from referral.web.translated_text import full_name_text, term_name

exports = Blueprint("exports", __name__, url_prefix="/admin/exports")
EXPORT = Permission.EXPORT_DIRECTORY
FORMAT_LABELS = {
    ExportFormat.XLSX: lazy_gettext("Workbook (XLSX), for people"),
    ExportFormat.HSDS_CSV: lazy_gettext("HSDS 3.1 tables (zip of CSV), for other systems"),
    ExportFormat.HSDS_JSON: lazy_gettext("HSDS 3.1 JSON, for other systems"),
    ExportFormat.AIRS_XML: lazy_gettext("AIRS XML 3.1, for 2-1-1 software"),
}
PRINT = Permission.USE_DESK


class ExportForm(FlaskForm):
    """Form for the format and source list of an export file."""

    form = RadioField(
        lazy_gettext("What kind of file?"),
        choices=[SelectChoice(form.value, words) for form, words in FORMAT_LABELS.items()],
        default=ExportFormat.XLSX.value,
    )
    source = SelectField(lazy_gettext("Which list?"), default="")


@exports.get("")
@requires(EXPORT)
def list_files() -> ResponseReturnValue:
    """Show the form for an export and the files made so far."""
    return _exports_page(_export_form())


@exports.post("")
@requires(EXPORT, confirmed=True)
def make_file() -> ResponseReturnValue:
    """Queue an export file."""
    form = _export_form()
    if not form.validate_on_submit():
        return _exports_page(form), 400
    kind = ExportFormat(form.form.data)
    queue_export(current_instance(), current_account().actor, kind, form.source.data)
    return redirect(url_for("exports.list_files"))


@exports.get("/progress")
@requires(EXPORT)
def progress() -> ResponseReturnValue:
    """Return the progress of the current export for the script of the page."""
    working = _first_working(list_exports(current_instance()))
    state = working.progress if working else Progress()
    return {
        "working": working is not None,
        "what": gettext("The file is being made"),
        "done": state.done,
        "total": state.total,
    }


@exports.get("/<uuid:export_id>/file")
@requires(EXPORT, confirmed=True)
def take_file(export_id: UUID) -> ResponseReturnValue:
    """Send an export file, unless the directory has changed since it was written."""
    try:
        export, path = export_path(current_instance(), str(export_id))
    except RefusedError:
        flash(gettext("The directory changed since this file was made. Make it again."))
        return redirect(url_for("exports.list_files"))
    return send_file(path, as_attachment=True, download_name=export.name, max_age=0)


def _export_form() -> ExportForm:
    form = ExportForm()
    names = [rules.name for rules in list_sources(current_instance())]
    form.source.choices = [
        SelectChoice("", gettext("All lists")),
        *(SelectChoice(name, name) for name in names),
    ]
    return form


def _exports_page(form: ExportForm) -> str:
    files = list_exports(current_instance())
    return render_template(
        "open_data/exports.html",
        form=form,
        files=files,
        working=_first_working(files),
        form_words=FORMAT_LABELS,
        states=FileState,
    )


def _first_working(files: Iterable[ExportFile]) -> ExportFile | None:
    """Return the first export file that is not written yet."""
    return next((file for file in files if file.state is FileState.WORKING), None)


class BookletForm(Form):
    """Form for the heading, town and language of a booklet."""

    heading = SelectField(lazy_gettext("What kind of help?"), default="")
    town = StringField(
        lazy_gettext("Town"),
        filters=[without_controls],
        validators=[Length(max=80)],
        description=lazy_gettext("Leave it empty for all towns."),
    )
    language = SelectField(lazy_gettext("Language"), default="en")


@exports.get("/booklet")
@requires(PRINT)
def choose_booklet() -> ResponseReturnValue:
    """Show the form for a booklet."""
    return _booklet_page(_booklet_form())


@exports.get("/booklet/print")
@requires(PRINT)
def print_booklet() -> ResponseReturnValue:
    """Show the booklet, to print or to keep as a PDF."""
    form = _booklet_form()
    if not form.validate():
        return _booklet_page(form), 422
    try:
        booklet = read_booklet(current_instance(), form.heading.data, form.town.data or "")
    except NotFoundError:
        return _booklet_page(form), 422
    if not booklet.total:
        problem = gettext("No listing fits. Check how the town is written.")
        return _booklet_page(form, problem), 404
    with force_locale(form.language.data):
        return render_template(
            "exports/booklet_print.html",
            booklet=booklet,
            most=MOST_ENTRIES,
            group_name=_group_name,
            names=_booklet_index(booklet.groups),
        )


def _booklet_form() -> BookletForm:
    form = BookletForm(request.args)
    listed = list_headings(current_instance(), Audience.PUBLIC)
    form.heading.choices = [
        SelectChoice("", gettext("All kinds of help")),
        *(SelectChoice(heading.slug, heading_name(heading)) for heading, _ in listed),
    ]
    locale = page_locale()
    form.language.choices = [
        SelectChoice(code, str(locale.languages.get(code, code)).capitalize())
        for code in available_languages()
    ]
    return form


def _booklet_page(form: BookletForm, problem: str = "") -> str:
    return render_template("exports/booklet.html", form=form, problem=problem)


def _group_name(group: BookletGroup) -> str:
    if group.about is None:
        return str(gettext("More help"))
    if isinstance(group.about, Heading):
        return heading_name(group.about)
    return term_name(group.about)


def _booklet_index(groups: Iterable[BookletGroup]) -> list[tuple[str, list[int]]]:
    """Return the names of services and organizations, A to Z, with their numbers in the booklet."""
    numbers: dict[str, list[int]] = {}
    for group in groups:
        for entry in group.entries:
            organization = entry.card.organization
            for name in dict.fromkeys(
                (full_name_text(entry.card), organization.name if organization else "")
            ):
                if name:
                    numbers.setdefault(name, []).append(entry.number)
    return sorted(numbers.items(), key=lambda item: item[0].casefold())
