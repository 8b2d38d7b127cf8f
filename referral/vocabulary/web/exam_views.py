"""The page of the search exam: how it went, beside the time before."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.vocabulary.exam_runs import queue_exam_now, read_exam
from referral.vocabulary.web.blueprint import EDIT, vocabulary
from referral.vocabulary.web.labels import EXAM_PROGRESS_LABELS
from referral.web.current import current_directory
from referral.web.forms import PressForm
from referral.web.staff.permissions import current_account, requires


@vocabulary.get("/exam")
@requires(EDIT)
def exam() -> ResponseReturnValue:
    """Show how the exam went."""
    found = read_exam(current_directory())
    return render_template("vocabulary/exam.html", exam=found)


@vocabulary.post("/exam/run")
@requires(EDIT)
def run_exam() -> ResponseReturnValue:
    """Have the exam sat now."""
    if PressForm().validate_on_submit():
        queue_exam_now(current_directory(), current_account().actor)
    return redirect(url_for("vocabulary.exam"))


@vocabulary.get("/exam/progress")
@requires(EDIT)
def exam_progress() -> ResponseReturnValue:
    """How far the exam is, for the script of the page."""
    found = read_exam(current_directory())
    told = found.progress
    return {
        "working": found.is_working,
        "what": str(EXAM_PROGRESS_LABELS.get(told.what, "")),
        "done": told.done,
        "total": told.total,
    }
