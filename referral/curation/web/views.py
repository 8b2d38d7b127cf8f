"""Pages of curators: find a record, see it whole, its history, where it shows; retire it."""

from __future__ import annotations

import re
from functools import partial
from uuid import UUID

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.curation.drafts import SHAPES, Draft
from referral.curation.families import read_draft
from referral.curation.find_records import (
    KINDS_FOUND,
    find_records,
    read_surroundings,
)
from referral.curation.findability import read_reach
from referral.curation.history import (
    read_history,
    restore_edit,
    restore_field,
)
from referral.curation.preview import preview_draft
from referral.curation.save import retire_record
from referral.curation.unreachable import list_unreached
from referral.curation.web import words
from referral.curation.web.findability_labels import (
    filter_rows,
    rule_words,
    unreached_words,
)
from referral.curation.web.names import names_in
from referral.errors import RefusedError
from referral.records.accounts import Permission
from referral.records.validation import validate_record
from referral.web import record_labels
from referral.web.current import current_directory
from referral.web.messages import message_text
from referral.web.page_number import page_number
from referral.web.staff.audit_labels import add_audit_labels
from referral.web.staff.navigation import StaffPage, register_staff_pages
from referral.web.staff.permissions import (
    account_or_none,
    current_account,
    requires,
)

curation = Blueprint("curation", __name__, url_prefix="/curation")
EDIT = Permission.EDIT_RECORDS
_MOST_PARTS = 5_000  # a service with many rows; twenty parts each

for _name, _filter in (
    ("field_label", record_labels.field_label),
    ("kind_label", record_labels.kind_label),
    ("section_label", words.section_label),
    ("add_label", words.add_label),
    ("value_words", words.value_words),
    ("record_words", words.record_words),
    ("entry_title", words.entry_title),
    ("change_title", words.change_title),
    ("rule_words", rule_words),
    ("unreached_words", unreached_words),
):
    curation.add_app_template_filter(_filter, _name)


def offer_curation_pages(app: Flask) -> None:
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
        {kind: partial(_record_address, kind) for kind in KINDS_FOUND},
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
    if kind not in KINDS_FOUND:
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
        around=read_surroundings(directory, kind, draft.record),
        names=names_in(directory, draft),
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
    return to_record(kind, str(record_id), "retired" if is_retired else "brought-back")


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
    return to_record(kind, identity, "restored")


@curation.get("/records/<string:kind>/<uuid:record_id>/preview")
@requires(EDIT)
def preview(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Show a stored record as the public sees it."""
    draft = read_draft(current_directory(), kind_or_404(kind), str(record_id))
    return render_preview(draft, ())


@curation.get("/records/<string:kind>/<uuid:record_id>/shows")
@requires(EDIT)
def shows(kind: str, record_id: UUID) -> ResponseReturnValue:
    """Say which headings, topics, filters and searches lead to a record."""
    with_exam = request.args.get("more") == "1"
    reach = read_reach(current_directory(), kind_or_404(kind), str(record_id), with_exam=with_exam)
    return render_template(
        "curation/shows.html", reach=reach, filters=filter_rows(reach), with_exam=with_exam
    )


@curation.get("/unreached")
@requires(EDIT)
def unreached() -> ResponseReturnValue:
    """List public services that no heading, topic or name leads to."""
    return render_template(
        "curation/unreached.html", listed=list_unreached(current_directory(), page_number())
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


def to_record(kind: str, record_id: str, note: str) -> ResponseReturnValue:
    """To the page of the record, which says what was done."""
    return redirect(url_for("curation.record", kind=kind, record_id=record_id, note=note))


def _record_address(kind: str, record_id: str) -> str:
    return url_for("curation.record", kind=kind, record_id=record_id)
