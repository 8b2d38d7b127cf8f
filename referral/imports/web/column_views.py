"""Column mapping page: proposal, correction and preview."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.errors import RefusedError
from referral.formats.column_mapping import ColumnMapping, ColumnRule, SheetMapping
from referral.formats.spreadsheet.samples import SheetSample
from referral.imports.column_preview import ColumnsPreview, read_preview
from referral.imports.columns import ColumnsPage, read_columns, save_columns
from referral.imports.web.blueprint import IMPORT, imports
from referral.imports.web.column_forms import (
    LISTED_TARGETS,
    ColumnsForm,
    asks_to_read_again,
    columns_form,
    duplicate_columns,
    headings_hash,
    mapping_errors,
    mapping_from_form,
    names_no_organization,
    sheet_forms,
)
from referral.imports.web.column_labels import (
    REASON_LABELS,
    SHEET_REASON_LABELS,
    column_place_label,
    target_labels,
)
from referral.message import NOTHING
from referral.web.current import current_instance
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

_UNEXPLAINED = frozenset(("unknown", "notes", "only-text", "cells-differ"))
_SURE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A spreadsheet column with its mapping form.

    It has no form if the page has too many columns.
    """

    heading: str
    examples: tuple[str, ...]
    filled: int
    form: Any
    why: Any
    is_left_out: bool
    is_unsure: bool
    is_new: bool
    is_doubled: bool

    @property
    def needs_look(self) -> bool:
        """Return whether a column's mapping should be reviewed before the list is read."""
        has_errors = self.form is not None and bool(self.form.errors)
        return self.is_unsure or self.is_new or self.is_doubled or has_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """A sheet with its form on the column-mapping page."""

    sample: SheetSample
    form: Any
    why: Any
    is_read: bool
    names_no_organization: bool
    columns: tuple[ColumnView, ...]

    @property
    def left_out(self) -> list[ColumnView]:
        """Return the columns of a sheet that are mapped to no target."""
        return [column for column in self.columns if column.is_left_out]

    @property
    def doubtful(self) -> list[ColumnView]:
        """Return the columns of a sheet whose mapping should be reviewed."""
        return [column for column in self.columns if column.form and column.needs_look]

    @property
    def sure(self) -> list[ColumnView]:
        """Return the columns of a sheet whose mapping needs no review."""
        return [column for column in self.columns if column.form and not column.needs_look]


@imports.route("/<uuid:batch_id>/columns", methods=["GET", "POST"])
@requires(IMPORT)
def columns(batch_id: UUID) -> ResponseReturnValue:
    """Show the proposed column mapping of a spreadsheet, to be corrected, with a preview."""
    instance, key, sent = current_instance(), str(batch_id), request.method == "POST"
    try:
        page = read_columns(instance, key, inspect_again=not sent)
        form = columns_form(page, sent=sent)
        if sent and form.headings.data != headings_hash(page):
            flash(gettext("The columns are other ones now. Please look at them again."))
            return redirect(url_for("imports.columns", batch_id=batch_id))
        if request.form.get("do") == "headings" or (sent and asks_to_read_again(form, page)):
            page = read_columns(instance, key, sheet_forms(form, page))
            form = columns_form(page)
            sent = False
        mapping = mapping_from_form(form, page)
        faults = mapping_errors(form, mapping) if sent else []
        if sent and request.form.get("do") == "save" and not faults:
            save_columns(instance, key, mapping, current_account().actor)
            return redirect(url_for("imports.batch", batch_id=batch_id))
    except RefusedError as error:
        flash(message_text(error.message))
        return redirect(url_for("imports.batch", batch_id=batch_id, stay=1))
    body = render_template(
        "imports/columns.html",
        page=page,
        form=form,
        sheets=_sheet_views(page, mapping, form),
        column_place_label=column_place_label,
        listed=" ".join(sorted(LISTED_TARGETS)),
        targets=target_labels(),
        **_preview_values(key, mapping, faults),
    )
    return body, 422 if faults else 200


@imports.post("/<uuid:batch_id>/columns/preview")
@requires(IMPORT)
def preview_columns(batch_id: UUID) -> ResponseReturnValue:
    """Render the preview of a column mapping for the form that was sent.

    The page's script inserts the fragment.
    """
    try:
        page = read_columns(current_instance(), str(batch_id))
        form = columns_form(page, sent=True)
        mapping = mapping_from_form(form, page)
        values = _preview_values(str(batch_id), mapping, mapping_errors(form, mapping))
    except RefusedError as error:
        values = {"refusal": error.message, "preview": None, "faults": [], "mapping": None}
    return render_template("imports/preview.html", **values)


def _preview_values(
    batch_id: str, mapping: ColumnMapping, faults: list[tuple[str, str]]
) -> dict[str, Any]:
    """Return the template values of a column mapping's preview, or why there is none."""
    found: ColumnsPreview | None = None
    refusal = NOTHING
    if not faults:
        try:
            found = read_preview(current_instance(), batch_id, mapping)
        except RefusedError as error:
            refusal = error.message
    return {"preview": found, "refusal": refusal, "faults": faults, "mapping": mapping}


def _sheet_views(page: ColumnsPage, mapping: ColumnMapping, form: ColumnsForm) -> list[SheetView]:
    entries = [entry.form for entry in form.sheets.entries]
    pairs = zip(page.samples, mapping.sheets, strict=True)
    return [
        _sheet_view(page, sample, rule, entry)
        for (sample, rule), entry in zip_longest(pairs, entries[: len(page.samples)])
    ]


def _sheet_view(
    page: ColumnsPage, sample: SheetSample, rule: SheetMapping, entry: Any
) -> SheetView:
    duplicates, new = duplicate_columns(rule), set(page.changes.new)
    forms = [column.form for column in entry.columns.entries] if entry else []
    is_new = (sample.sheet, "") in new
    return SheetView(
        sample=sample,
        form=entry,
        why=SHEET_REASON_LABELS[rule.because],
        is_read=rule.row != "none",
        names_no_organization=names_no_organization(rule),
        columns=tuple(
            ColumnView(
                heading=column.column,
                examples=sample.examples[position],
                filled=sample.filled[position],
                form=forms[position] if position < len(forms) else None,
                why=_reason_label(column),
                is_left_out=not column.target,
                is_unsure=_is_unsure(column) and sample.filled[position] > 0,
                is_new=is_new or (sample.sheet, column.column) in new,
                is_doubled=position in duplicates,
            )
            for position, column in enumerate(rule.columns)
        ),
    )


def _is_unsure(rule: ColumnRule) -> bool:
    return rule.confidence < _SURE if rule.target else rule.because in _UNEXPLAINED


def _reason_label(rule: ColumnRule) -> Any:
    if not rule.because and not rule.target:
        return gettext("You left it out.")
    return REASON_LABELS[rule.because]
