"""Pages of curators: record search, record, history, findability; retiring and restoring."""

from __future__ import annotations

import re
from functools import partial
from uuid import UUID

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.curation.drafts import Draft, read_draft
from referral.curation.edit_history import read_history, restore_edit, restore_field
from referral.curation.editable_fields import SHAPES
from referral.curation.find_records import SEARCHED_KINDS, find_records, read_related_records
from referral.curation.findability import list_findability_gaps, read_findability
from referral.curation.preview import preview_draft
from referral.curation.save import retire_record
from referral.curation.web import labels
from referral.curation.web.labels import filter_rows, referenced_names
from referral.errors import RefusedError
from referral.records.accounts import Permission
from referral.records.validation import validate_record
from referral.web.current import current_directory
from referral.web.messages import message_text
from referral.web.page_number import page_number
from referral.web.record_labels import field_label, kind_label
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, register_staff_pages
from referral.web.staff.permissions import account_or_none, current_account, requires

curation = Blueprint("curation", __name__, url_prefix="/curation")
EDIT = Permission.EDIT_RECORDS
_MOST_PARTS = 5_000  # a service with many rows; twenty parts each

for _filter in (
    field_label, kind_label, labels.section_label, labels.add_label, labels.value_text,
    labels.record_text, labels.entry_title, labels.change_title, labels.rule_text,
    labels.gap_label,
):  # fmt: skip
    curation.add_app_template_filter(_filter)


def register_curation_pages(app: Flask) -> None:
    """Add these pages to the navigation of staff, and the way from public pages to the form."""
    register_staff_pages(
        app,
        StaffPage(
            endpoint="curation.records",
            label=lazy_gettext("Records"),
            description=lazy_gettext("Find, add and change services, organizations and places."),
            icon="pencil-square",
            permission=EDIT,
        ),
        StaffPage(
            endpoint="curation.unreached",
            label=lazy_gettext("Not reached"),
            description=lazy_gettext("Services that no heading, topic or name leads to."),
            icon="signpost-split",
            permission=EDIT,
        ),
    )
    add_audit_labels(
        {
            "record-added": lazy_gettext("added a record"),
            "record-changed": lazy_gettext("changed a record"),
            "record-retired": lazy_gettext("took a record off the list"),
            "record-brought-back": lazy_gettext("brought a record back"),
            "record-restored": lazy_gettext("took a change back"),
        },
        {"location": lazy_gettext("place")},
        {kind: partial(_record_address, kind) for kind in SEARCHED_KINDS},
    )
    app.jinja_env.globals["edit_address"] = edit_address


@curation.url_value_preprocessor
def _take_many_parts(_endpoint: str | None, _values: object) -> None:
    request.max_form_parts = _MOST_PARTS


def edit_address(kind: str, record_id: str) -> str:
    """Where a record is edited; "" for whoever may not."""
    account = account_or_none()
    may = account is not None and account.may(EDIT)
    return url_for("curation.edit", kind=kind, record_id=record_id) if may else ""


def kind_or_404(kind: str) -> str:
    """The kind in an address, if it is one that can be edited."""
    if kind not in SEARCHED_KINDS:
        abort(404)
    return kind


@curation.get("/records")
@requires(EDIT)
def records() -> ResponseReturnValue:
    """Find a record by name, organization, phone or street."""
    asked, kind = request.args.get("q", "")[:200], request.args.get("kind", "")
    retired = request.args.get("retired") != "no"
    found = find_records(current_directory(), asked, kind, page_number(), retired=retired)
    return render_template(
        "curation/records.html", found=found, asked=asked, kind=kind, retired=retired
    )


@curation.get("/records/<string:kind>/<uuid:record_id>")
@requires(EDIT)
def record(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show a record with all that is known of it, also what is withheld."""
    directory = current_directory()
    draft = read_draft(directory, kind_or_404(kind), str(record_id))
    records_here = (draft.record, *draft.children)
    return render_template(
        "curation/record.html",
        draft=draft,
        fields=SHAPES[kind].fields,
        kinds=(*SHAPES[kind].rows, "translation"),
        around=read_related_records(directory, kind, draft.record),
        names=referenced_names(directory, draft),
        problems=[each for one in records_here for each in validate_record(one)],
        note=request.args.get("note", ""),
    )


@curation.post("/records/<string:kind>/<uuid:record_id>/retire")
@requires(EDIT)
def retire(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Take a record off the list, or bring it back."""
    is_retired = request.form.get("do") != "bring-back"
    actor = current_account().actor
    directory = current_directory()
    retire_record(directory, kind_or_404(kind), str(record_id), actor, is_retired=is_retired)
    return redirect_to_record(kind, str(record_id), "retired" if is_retired else "brought-back")


@curation.get("/records/<string:kind>/<uuid:record_id>/history")
@requires(EDIT)
def history(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show who changed what, newest first."""
    page = read_history(current_directory(), kind_or_404(kind), str(record_id), page_number())
    return render_template("curation/history.html", history=page)


@curation.post("/records/<string:kind>/<uuid:record_id>/restore")
@requires(EDIT)
def restore(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Take back one change, or one field of it."""
    directory, actor = current_directory(), current_account().actor
    number, name = request.form.get("number", ""), request.form.get("field", "")
    identity = str(record_id)
    kind_or_404(kind)
    try:
        if re.fullmatch(r"[0-9]{1,15}", number):
            restore_field(directory, kind, identity, int(number), name, actor)
        else:
            group_id = request.form.get("group", "")
            restore_edit(directory, kind, identity, group_id, actor)
    except RefusedError as error:
        page = read_history(directory, kind, identity)
        return render_template(
            "curation/history.html", history=page, refusal=message_text(error.message)
        ), 422
    return redirect_to_record(kind, identity, "restored")


@curation.get("/records/<string:kind>/<uuid:record_id>/preview")
@requires(EDIT)
def preview(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show a stored record as the public sees it."""
    draft = read_draft(current_directory(), kind_or_404(kind), str(record_id))
    return render_preview(draft, ())


@curation.get("/records/<string:kind>/<uuid:record_id>/shows")
@requires(EDIT)
def shows(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show the headings, topics, filters and searches under which a record is found."""
    with_exam = request.args.get("more") == "1"
    found = read_findability(
        current_directory(), kind_or_404(kind), str(record_id), with_exam=with_exam
    )
    return render_template(
        "curation/findability.html",
        findability=found,
        filters=filter_rows(found),
        with_exam=with_exam,
    )


@curation.get("/unreached")
@requires(EDIT)
def unreached() -> ResponseReturnValue:
    """List public services without heading or topic, or not found by their names."""
    return render_template(
        "curation/findability_gaps.html",
        listed=list_findability_gaps(current_directory(), page_number()),
    )


def render_preview(draft: Draft, hidden: tuple[tuple[str, str], ...]) -> str:
    """The public page of a draft, with a bar above it that says what it is.

    Args:
        hidden: the fields of the form it came from, so that nothing typed is lost.
    """
    shown = preview_draft(current_directory(), draft)
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
    """Redirect to the page of the record, with a note of what was done."""
    return redirect(url_for("curation.record", kind=kind, record_id=record_id, note=note))


def _record_address(kind: str, record_id: str) -> str:
    return url_for("curation.record", kind=kind, record_id=record_id)
