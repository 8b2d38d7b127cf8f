"""Views for curators: record search, record, history, findability; retiring and restoring."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.curation.drafts import Draft, read_draft, read_stored
from referral.curation.edit_history import read_history, restore_edit, restore_field
from referral.curation.editable_fields import SHAPES
from referral.curation.find_records import SEARCHED_KINDS, find_records, read_related_records
from referral.curation.findability import list_findability_gaps, read_findability
from referral.curation.save import preview_draft, retire_record
from referral.curation.staff_notes import NO_NOTE, StaffNote, read_staff_notes, save_staff_note
from referral.curation.web.labels import filter_rows, referenced_names
from referral.errors import RefusedError
from referral.records.accounts import Permission
from referral.records.validation import validate_record
from referral.web.current import current_instance, page_number
from referral.web.messages import message_text
from referral.web.staff.access import account_or_none, current_account, requires

curation = Blueprint("curation", __name__, url_prefix="/curation")
EDIT = Permission.EDIT_RECORDS
_MOST_FORM_PARTS = 5_000  # for a service with many rows of twenty form parts each


@curation.url_value_preprocessor
def _allow_many_form_parts(_endpoint: str | None, _values: object) -> None:
    request.max_form_parts = _MOST_FORM_PARTS


def edit_address(kind: str, record_id: str) -> str:
    """Return the URL of a record's form, or "" if the user may not edit records."""
    account = account_or_none()
    may_edit = account is not None and account.may(EDIT)
    return url_for("curation.edit", kind=kind, record_id=record_id) if may_edit else ""


def kind_or_404(kind: str) -> str:
    """Return the kind of record in a URL if staff can edit it; otherwise abort with 404."""
    if kind not in SEARCHED_KINDS:
        abort(404)
    return kind


@curation.get("/records")
@requires(EDIT)
def records() -> ResponseReturnValue:
    """Find records by name, organization, phone or street, for curators."""
    asked, kind = request.args.get("q", "")[:200], request.args.get("kind", "")
    retired = request.args.get("retired") != "no"
    aside = request.args.get("aside") == "1"
    found = find_records(
        current_instance(),
        asked,
        kind,
        page_number(),
        include_retired=retired,
        search_unmapped=aside,
    )
    return render_template(
        "curation/records.html", found=found, asked=asked, kind=kind, retired=retired, aside=aside
    )


@curation.get("/records/<string:kind>/<uuid:record_id>")
@requires(EDIT)
def record(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show staff a record with all its values, including withheld ones."""
    return _record_page(kind_or_404(kind), str(record_id))


def _record_page(
    kind: str, record_id: str, typed: StaffNote | None = None, note_refusal: str = ""
) -> str:
    instance = current_instance()
    draft, put_aside = read_stored(instance, kind, record_id)
    shown_records = (draft.record, *draft.children)
    return render_template(
        "curation/record.html",
        draft=draft,
        fields=SHAPES[kind].fields,
        kinds=(*SHAPES[kind].rows, "translation"),
        around=read_related_records(instance, kind, draft.record),
        names=referenced_names(instance, draft),
        problems=[
            problem for shown_record in shown_records for problem in validate_record(shown_record)
        ],
        note=request.args.get("note", ""),
        is_index_behind=instance.index.status().lag > 0,
        put_aside=put_aside,
        staff_note=typed or read_staff_notes(instance, [record_id]).get(record_id, NO_NOTE),
        note_refusal=note_refusal,
    )


@curation.post("/records/service/<uuid:record_id>/note")
@requires(EDIT)
def take_staff_note(record_id: UUID) -> ResponseReturnValue:
    """Save the staff note of a service."""
    form = request.form
    note = StaffNote(note=form.get("note", ""), do_not_refer=form.get("do_not_refer", ""))
    try:
        save_staff_note(current_instance(), str(record_id), note, current_account().actor)
    except RefusedError as error:
        page = _record_page("service", str(record_id), note, message_text(error.message))
        return page, 422
    return redirect_to_record("service", str(record_id), "note-kept")


@curation.post("/records/<string:kind>/<uuid:record_id>/retire")
@requires(EDIT)
def retire(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Retire a record, or bring a retired record back."""
    is_retired = request.form.get("do") != "bring-back"
    actor = current_account().actor
    instance = current_instance()
    retire_record(instance, kind_or_404(kind), str(record_id), actor, is_retired=is_retired)
    return redirect_to_record(kind, str(record_id), "retired" if is_retired else "brought-back")


@curation.get("/records/<string:kind>/<uuid:record_id>/history")
@requires(EDIT)
def history(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show the edit history of a record, newest first."""
    page = read_history(current_instance(), kind_or_404(kind), str(record_id), page_number())
    return render_template("curation/history.html", history=page)


@curation.post("/records/<string:kind>/<uuid:record_id>/restore")
@requires(EDIT)
def restore(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Undo a group of edits of a record, or one changed field."""
    instance, actor = current_instance(), current_account().actor
    number, name = request.form.get("number", ""), request.form.get("field", "")
    identity = str(record_id)
    kind_or_404(kind)
    try:
        if re.fullmatch(r"[0-9]{1,15}", number):
            restore_field(instance, kind, identity, int(number), name, actor)
        else:
            group_id = request.form.get("group", "")
            restore_edit(instance, kind, identity, group_id, actor)
    except RefusedError as error:
        page = read_history(instance, kind, identity)
        return render_template(
            "curation/history.html", history=page, refusal=message_text(error.message)
        ), 422
    return redirect_to_record(kind, identity, "restored")


@curation.get("/records/<string:kind>/<uuid:record_id>/preview")
@requires(EDIT)
def preview(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show a stored record as the public sees it."""
    draft = read_draft(current_instance(), kind_or_404(kind), str(record_id))
    return render_preview(draft, ())


@curation.get("/records/<string:kind>/<uuid:record_id>/shows")
@requires(EDIT)
def shows(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show the headings, topics, filters and searches under which a record is found."""
    found = read_findability(current_instance(), kind_or_404(kind), str(record_id))
    return render_template(
        "curation/findability.html", findability=found, filters=filter_rows(found)
    )


@curation.get("/unreached")
@requires(EDIT)
def unreached() -> ResponseReturnValue:
    """List public services without heading or topic, or not found by their names."""
    return render_template(
        "curation/findability_gaps.html",
        listed=list_findability_gaps(current_instance(), page_number()),
    )


def render_preview(draft: Draft, hidden: tuple[tuple[str, str], ...]) -> str:
    """Render the public page of a draft, with a bar above that marks the preview.

    Args:
        hidden: the fields of the form, so that nothing typed is lost.
    """
    shown = preview_draft(current_instance(), draft)
    template = "patron/service.html" if shown.service else "patron/organization.html"
    listing = shown.service or shown.organization
    return render_template(
        "curation/preview.html" if listing else "curation/preview_nothing.html",
        public_page=template,
        listing=listing,
        draft=draft,
        hidden=hidden,
    )


def redirect_to_record(kind: str, record_id: str, note: str) -> ResponseReturnValue:
    """Redirect to the staff page of a record, with a note about the completed action."""
    return redirect(url_for("curation.record", kind=kind, record_id=record_id, note=note))
