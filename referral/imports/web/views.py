"""Import pages: list, upload, one import, review, apply, undo, problems."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.accounts.account_admin import list_accounts
from referral.accounts.audit import AuditFilters, read_audit_log
from referral.errors import RefusedError
from referral.formats.writing.sheets import CSV_TYPE, XLSX_TYPE, csv_table, xlsx_form
from referral.imports import batches
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.refused_rows import refused_rows_file
from referral.imports.review import (
    list_batches,
    preview_batch_undo,
    read_batch,
    read_problem_groups,
    read_problems,
    read_review,
)
from referral.imports.sources import list_sources
from referral.imports.upload_files import LARGEST_UPLOAD
from referral.imports.web import labels
from referral.imports.web.blueprint import IMPORT, audience, flash_refusal, imports
from referral.imports.web.forms import DecideForm, UploadForm
from referral.records.problems import LEFT_OUT
from referral.web.current import current_instance, page_number
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.security import MEBIBYTE
from referral.web.staff.access import account_or_none, current_account, requires
from referral.web.staff.file_response import file_response

_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
_ANCHOR = re.compile(r"[\w-]{1,60}", re.ASCII)


@imports.url_value_preprocessor
def _allow_large(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Allow large uploads of source lists, only here and for users who may import."""
    account = account_or_none() if endpoint == "imports.upload" else None
    if account is not None and account.may(IMPORT):
        request.max_content_length = LARGEST_UPLOAD + MEBIBYTE


@imports.get("")
@requires(IMPORT)
def list_imports() -> ResponseReturnValue:
    """Show the last imports, newest first."""
    return render_template("imports/list.html", batches=list_batches(current_instance()))


@imports.route("/new", methods=["GET", "POST"])
@requires(IMPORT)
def upload() -> ResponseReturnValue:
    """Show the upload form of a source list, and store an uploaded list."""
    form = UploadForm(source=request.args.get("source", ""))
    instance = current_instance()
    if form.validate_on_submit():
        file = form.list.data
        try:
            batch_id = batches.upload_list(
                instance,
                file.stream,
                name=file.filename or "",
                source=form.source.data,
                format=form.format.data,
                actor=current_account().actor,
            )
            return redirect(url_for("imports.batch", batch_id=batch_id))
        except RefusedError as error:
            form.list.errors = [message_text(error.message)]
        finally:
            file.close()
    status = 422 if form.errors or form.list.errors else 200
    page = render_template("imports/upload.html", form=form, sources=list_sources(instance))
    return page, status


@imports.get("/template.<any(csv, xlsx):form>")
@requires(IMPORT)
def template(form: str) -> ResponseReturnValue:
    """Send the empty template spreadsheet for provider lists."""
    hints = {header: str(hint) for header, hint in labels.TEMPLATE_HINTS.items()}
    content = (
        csv_table(list(hints), []) if form == "csv" else xlsx_form(hints, labels.TEMPLATE_YES_NO)
    )
    return file_response(content, _TYPES[form], f"list-to-fill-in.{form}")


@imports.get("/<uuid:batch_id>")
@requires(IMPORT)
def batch(batch_id: UUID) -> ResponseReturnValue:
    """Show one import: its progress, or its changes by groups."""
    instance = current_instance()
    page = read_batch(instance, str(batch_id), audience(), sampled=True)
    if page.state is BatchState.MAPPING and not request.args.get("stay"):
        return redirect(url_for("imports.columns", batch_id=batch_id))
    is_ready = page.state is BatchState.READY and not page.is_working
    template = "imports/review.html" if is_ready else "imports/batch.html"
    log = _batch_log(str(batch_id))
    is_behind = page.state is BatchState.APPLIED and instance.index.status().lag > 0
    return render_template(template, page=page, is_index_behind=is_behind, **log)


@imports.get("/<uuid:batch_id>/progress")
@requires(IMPORT)
def progress(batch_id: UUID) -> ResponseReturnValue:
    """Return the progress of an import as JSON, for the script of its page."""
    page = read_batch(current_instance(), str(batch_id), audience())
    progress = page.progress
    return {
        "working": page.is_working,
        "what": str(labels.PROGRESS_LABELS.get(progress.what, "")),
        "done": progress.done,
        "total": progress.total,
    }


@imports.post("/<uuid:batch_id>/<any(apply, undo, drop, resume, read_again):what>")
@requires(IMPORT)
def act(batch_id: UUID, what: str) -> ResponseReturnValue:
    """Apply, undo, drop or re-read an import as a whole."""
    instance, actor = current_instance(), current_account().actor
    key, confirmed = str(batch_id), request.form.getlist("confirmed")
    actions = {
        "apply": lambda: batches.apply_batch(instance, key, actor, confirmed=confirmed),
        "undo": lambda: batches.undo_batch(instance, key, actor),
        "drop": lambda: batches.drop_batch(instance, key, actor),
        "resume": lambda: batches.resume_batch(instance, key),
        "read_again": lambda: batches.reread_list(instance, key, actor),
    }
    if PressForm().validate_on_submit():
        if what == "apply" and (name := _colleague_since(key, request.form.get("seen", ""))):
            flash(gettext("%(name)s worked on this list meanwhile. Look again.", name=name))
        else:
            flash_refusal(actions[what])
    return redirect(url_for("imports.batch", batch_id=batch_id))


@imports.get("/<uuid:batch_id>/undo")
@requires(IMPORT)
def ask_undo(batch_id: UUID) -> ResponseReturnValue:
    """Show the records that undoing an import would not change, and ask to confirm."""
    instance = current_instance()
    page = read_batch(instance, str(batch_id), audience())
    kept = preview_batch_undo(instance, str(batch_id), audience())
    return render_template("imports/undo.html", page=page, kept=kept)


@imports.get("/<uuid:batch_id>/problems")
@requires(IMPORT)
def problems(batch_id: UUID) -> ResponseReturnValue:
    """Show the problems of an imported list by cause, with the rows of the selected cause."""
    instance, key, (code, column) = current_instance(), str(batch_id), _cause()
    causes = read_problem_groups(instance, key)
    rows = read_problems(instance, key, code, column, page_number()) if code else None
    return render_template(
        "imports/problems.html",
        page=read_batch(instance, key, audience()),
        causes=causes,
        problems=rows,
        left_out=any(cause.code in LEFT_OUT for cause in causes),
        code=code,
        column=column,
    )


@imports.get("/<uuid:batch_id>/cells")
@requires(IMPORT)
def cells(batch_id: UUID) -> ResponseReturnValue:
    """Show what became of the cells of an imported list's columns, incomplete columns first."""
    page = read_batch(current_instance(), str(batch_id), audience())
    columns = sorted(page.fidelity.columns, key=lambda column: column.kept == column.cells)
    return render_template("imports/cells.html", page=page, columns=columns)


@imports.get("/<uuid:batch_id>/refused.<any(csv, xlsx):form>")
@requires(IMPORT)
def refused(batch_id: UUID, form: str) -> ResponseReturnValue:
    """Send an imported list's refused rows, all or of one cause, as a file to correct."""
    try:
        content = refused_rows_file(current_instance(), str(batch_id), form, *_cause())
    except RefusedError as error:
        flash(message_text(error.message))
        return redirect(url_for("imports.problems", batch_id=batch_id))
    return file_response(content, _TYPES[form], f"rows-to-mend.{form}")


def _cause() -> tuple[str, str]:
    """Return the problem code and column that the URL of an import page selects."""
    return request.args.get("code", "")[:64], request.args.get("column", "")[:1000]


@imports.get("/<uuid:batch_id>/changes/<string:group>")
@requires(IMPORT)
def change_group(batch_id: UUID, group: str) -> ResponseReturnValue:
    """Show the changes of one group of an import's review, listing by listing."""
    instance, wanted = current_instance(), _group_or_404(group)
    page = read_batch(instance, str(batch_id), audience())
    shown = {BatchState.READY: page.groups, BatchState.APPLIED: page.taken}.get(page.state, ())
    of_page = next((each for each in shown if each.group is wanted), None)
    if of_page is None:
        return redirect(url_for("imports.batch", batch_id=batch_id))
    review = read_review(
        instance,
        str(batch_id),
        wanted,
        page=page_number(),
        words=request.args.get("words", "")[:100],
        audience=audience(),
    )
    return render_template("imports/change_group.html", page=page, group=of_page, review=review)


@imports.post("/<uuid:batch_id>/changes/<string:group>")
@requires(IMPORT)
def decide_change(batch_id: UUID, group: str) -> ResponseReturnValue:
    """Save a decision about an import's changes: of a group, listing, record or field.

    The user returns to the page of the group if the URL has its ``page`` and ``words``, else to
    the page of the import; ``next`` is the place on it.
    """
    form, wanted, key = DecideForm(), _group_or_404(group), str(batch_id)
    if form.validate_on_submit():
        scope = DecisionScope(
            group=wanted,
            number=form.number.data,
            record=form.record.data or "",
            field=form.field.data or "",
        )
        decision, actor = Decision(form.decision.data), current_account().actor
        flash_refusal(lambda: decide(current_instance(), key, decision, scope, actor))
    anchor = request.args.get("next", "")
    values: dict[str, Any] = {"_anchor": anchor} if _ANCHOR.fullmatch(anchor) else {}
    if "page" not in request.args:
        return redirect(url_for("imports.batch", batch_id=batch_id, **values))
    values |= {"page": page_number(), "words": request.args.get("words", "")[:100]}
    return redirect(url_for("imports.change_group", batch_id=batch_id, group=group, **values))


def _batch_log(batch_id: str) -> dict[str, Any]:
    """Return the audit log entries of an import, newest first, with account names."""
    instance = current_instance()
    log = read_audit_log(instance, AuditFilters(kind="import", record_id=batch_id))
    names = {each.id: each.name or each.email for each in list_accounts(instance)}
    own_account_id = current_account().id
    seen = next((each.id for each in log.entries if each.account_id != own_account_id), 0)
    return {"log": log.entries, "names": names, "seen": seen}


def _colleague_since(batch_id: str, seen: str) -> str:
    """Return the colleague who changed an import after a page was loaded, "" if none.

    Args:
        seen: the id that ``_batch_log`` gave that page; "" where it gave none.
    """
    found = _batch_log(batch_id)
    if not seen.isdecimal() or found["seen"] <= int(seen):
        return ""
    entry = next(each for each in found["log"] if each.id == found["seen"])
    return str(found["names"].get(entry.account_id) or entry.actor_name)


def _group_or_404(name: str) -> ChangeGroup:
    try:
        return ChangeGroup(name)
    except ValueError:
        abort(404)
