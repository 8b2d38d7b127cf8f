"""Import pages: list, upload, review, decisions, apply, undo, problems."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from referral.errors import RefusedError
from referral.formats.writing.sheets import CSV_TYPE, XLSX_TYPE
from referral.imports import batches
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, Decision, Tab
from referral.imports.refused_rows import refused_rows_file
from referral.imports.review import (
    list_batches,
    preview_batch_undo,
    read_batch,
    read_problems,
    read_review,
)
from referral.imports.sources import list_sources
from referral.imports.web import labels
from referral.imports.web.blueprint import IMPORT, flash_refusal, imports
from referral.imports.web.forms import DecideForm, UploadForm
from referral.records.accounts import Permission
from referral.records.problems import LEFT_OUT
from referral.records.visibility import Audience
from referral.web.current import current_directory, current_settings
from referral.web.forms import PressForm
from referral.web.messages import message_text
from referral.web.page_number import page_number
from referral.web.security import MEBIBYTE
from referral.web.staff.permissions import account_or_none, current_account, requires

_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


@imports.url_value_preprocessor
def _allow_large(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Lists are large; only those who may import may send one, and only here."""
    account = account_or_none() if endpoint == "imports.upload" else None
    if account is not None and account.may(IMPORT):
        request.max_content_length = (current_settings().largest_upload + 1) * MEBIBYTE


@imports.get("")
@requires(IMPORT)
def list_imports() -> ResponseReturnValue:
    """The last imports, newest first."""
    return render_template("imports/list.html", batches=list_batches(current_directory()))


@imports.route("/new", methods=["GET", "POST"])
@requires(IMPORT)
def upload() -> ResponseReturnValue:
    """Take a list in."""
    form = UploadForm(source=request.args.get("source", ""))
    directory = current_directory()
    if form.validate_on_submit():
        file = form.list.data
        try:
            batch_id = batches.upload_list(
                directory,
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
    page = render_template("imports/upload.html", form=form, sources=list_sources(directory))
    return page, status


@imports.get("/<uuid:batch_id>")
@requires(IMPORT)
def batch(batch_id: UUID) -> ResponseReturnValue:
    """One import: how far it is, or what it would change."""
    directory = current_directory()
    page = read_batch(directory, str(batch_id), _audience())
    if page.state is BatchState.MAPPING and not request.args.get("stay"):
        return redirect(url_for("imports.columns", batch_id=batch_id))
    if page.state is not BatchState.READY or page.is_working:
        return render_template("imports/batch.html", page=page)
    tab = _tab(page.tallies)
    review = read_review(
        directory,
        str(batch_id),
        tab,
        page=page_number(),
        words=request.args.get("words", "")[:100],
        audience=_audience(),
    )
    form = DecideForm(formdata=None)
    return render_template("imports/review.html", page=page, review=review, form=form)


@imports.get("/<uuid:batch_id>/progress")
@requires(IMPORT)
def progress(batch_id: UUID) -> ResponseReturnValue:
    """How far the work is, for the script of the page."""
    page = read_batch(current_directory(), str(batch_id), _audience())
    progress = page.progress
    return {
        "working": page.is_working,
        "what": str(labels.PROGRESS_LABELS.get(progress.what, "")),
        "done": progress.done,
        "total": progress.total,
    }


@imports.post("/<uuid:batch_id>/decide")
@requires(IMPORT)
def decide_change(batch_id: UUID) -> ResponseReturnValue:
    """Accept or leave a change, or many."""
    form = DecideForm()
    values: dict[str, Any] = {
        name: request.args[name] for name in ("tab", "page", "words") if name in request.args
    }
    if form.validate_on_submit() and (scope := _scope(form)):
        decision = Decision.ACCEPT if form.decision.data == "accept" else Decision.LEAVE
        flash_refusal(lambda: decide(current_directory(), str(batch_id), decision, scope))
        if scope.number is not None:
            values["_anchor"] = f"card-{scope.number}"
    return redirect(url_for("imports.batch", batch_id=batch_id, **values))


def _scope(form: DecideForm) -> DecisionScope | None:
    """What a decision is about; None where the fields say nothing that there is."""
    try:
        return DecisionScope(
            tab=Tab(form.tab.data) if form.tab.data else None,
            number=int(form.number.data) if form.number.data else None,
            record=form.record.data or "",
            field=form.field.data or "",
        )
    except ValueError:
        return None


@imports.post("/<uuid:batch_id>/<any(apply, undo, drop, resume, read_again):what>")
@requires(IMPORT)
def act(batch_id: UUID, what: str) -> ResponseReturnValue:
    """One of the things that can be done with an import as a whole."""
    directory, actor = current_directory(), current_account().actor
    key, confirmed = str(batch_id), request.form.getlist("confirmed")
    actions = {
        "apply": lambda: batches.apply_batch(directory, key, actor, confirmed=confirmed),
        "undo": lambda: batches.undo_batch(directory, key, actor),
        "drop": lambda: batches.drop_batch(directory, key, actor),
        "resume": lambda: batches.resume_batch(directory, key),
        "read_again": lambda: batches.reread_list(directory, key, actor),
    }
    if PressForm().validate_on_submit():
        flash_refusal(actions[what])
    return redirect(url_for("imports.batch", batch_id=batch_id))


@imports.get("/<uuid:batch_id>/undo")
@requires(IMPORT)
def ask_undo(batch_id: UUID) -> ResponseReturnValue:
    """Show what undoing would keep as it was edited."""
    directory = current_directory()
    page = read_batch(directory, str(batch_id), _audience())
    kept = preview_batch_undo(directory, str(batch_id), _audience())
    return render_template("imports/undo.html", page=page, kept=kept)


@imports.get("/<uuid:batch_id>/problems")
@requires(IMPORT)
def problems(batch_id: UUID) -> ResponseReturnValue:
    """What is wrong with a list, cause by cause."""
    directory, code = current_directory(), request.args.get("code", "")
    causes, found = read_problems(directory, str(batch_id), code, page_number())
    page = read_batch(directory, str(batch_id), _audience())
    return render_template(
        "imports/problems.html",
        page=page,
        causes=causes,
        problems=found,
        left_out=any(cause.code in LEFT_OUT for cause in causes),
        code=code,
    )


@imports.get("/<uuid:batch_id>/cells")
@requires(IMPORT)
def cells(batch_id: UUID) -> ResponseReturnValue:
    """What became of the cells of each column, those that are not all kept first."""
    page = read_batch(current_directory(), str(batch_id), _audience())
    columns = sorted(page.fidelity.columns, key=lambda column: column.kept == column.cells)
    return render_template("imports/cells.html", page=page, columns=columns)


@imports.get("/<uuid:batch_id>/refused.<any(csv, xlsx):form>")
@requires(IMPORT)
def refused(batch_id: UUID, form: str) -> ResponseReturnValue:
    """The refused rows to mend, as a file."""
    try:
        content = refused_rows_file(current_directory(), str(batch_id), form)
    except RefusedError as error:
        flash(message_text(error.message))
        return redirect(url_for("imports.problems", batch_id=batch_id))
    return (
        content,
        200,
        {
            "Content-Type": _TYPES[form],
            "Content-Disposition": f'attachment; filename="rows-to-mend.{form}"',
        },
    )


def _audience() -> Audience:
    """Who reads: whoever may see what is withheld, sees all."""
    sees_all = current_account().may(Permission.SEE_STAFF_ONLY)
    return Audience.CURATION if sees_all else Audience.PUBLIC


def _tab(tallies: Any) -> Tab:
    """The tab that was asked for, else the first with something on it."""
    try:
        return Tab(request.args.get("tab", ""))
    except ValueError:
        return next((tab for tab in labels.TAB_LABELS if tallies[tab]), Tab.UNCHANGED)
