"""Views of the questions that the desk asks about a topic."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.directory.topic_questions import ASKED_DETAILS
from referral.vocabulary.topic_questions import (
    list_topic_questions,
    read_topic_questions,
    restore_topic_questions,
    save_topic_questions,
)
from referral.vocabulary.web.forms import QuestionsForm
from referral.vocabulary.web.labels import saved_text
from referral.vocabulary.web.overview_views import EDIT, is_saved, vocabulary
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires

_SAMPLE = "Is there a court date?\n- Yes: Bring the court papers. [topic=legal-aid]\n- Not yet"
_ANSWER_MARKS = (
    "[topic=rent-help]", "[for=veterans]", "[ages=65+]", "[cost=free]", "[access=wheelchair]",
    "[how=phone]", "[open=tonight]",
)  # fmt: skip


@vocabulary.get("/questions")
@requires(EDIT)
def questions() -> ResponseReturnValue:
    """List the topics that have interview questions."""
    found = list_topic_questions(current_instance())
    return render_template("vocabulary/questions.html", listed=found)


@vocabulary.route("/questions/<string:code>", methods=["GET", "POST"])
@requires(EDIT)
def topic_questions(code: str) -> ResponseReturnValue:
    """Change the interview questions about a topic."""
    instance = current_instance()
    stored = read_topic_questions(instance, code)
    form = QuestionsForm(english=stored.text.english, spanish=stored.text.spanish)

    def save() -> str:
        typed = (form.english.data or "", form.spanish.data or "")
        return save_topic_questions(instance, current_account().actor, code, *typed)

    if form.validate_on_submit() and is_saved(form, save, "english"):
        return redirect(url_for("vocabulary.questions"))
    page = render_template(
        "vocabulary/topic_questions.html",
        form=form,
        stored=stored,
        sample=_SAMPLE,
        answer_marks=_ANSWER_MARKS,
        question_marks=ASKED_DETAILS,
    )
    return page, 422 if form.errors else 200


@vocabulary.post("/questions/<string:code>/restore")
@requires(EDIT)
def restore_questions(code: str) -> ResponseReturnValue:
    """Restore the shipped interview questions about a topic."""
    if PressForm().validate_on_submit():
        account, instance = current_account(), current_instance()
        flash(saved_text(restore_topic_questions(instance, account.actor, code)))
    return redirect(url_for("vocabulary.questions"))
