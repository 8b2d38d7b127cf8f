"""Pages of the question log: logging in one step, and correction of recent entries."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.desk_list import list_desks
from referral.desk.inquiries import read_inquiry
from referral.desk.log_settings import read_log_settings
from referral.desk.question_log import (
    correct_entry,
    delete_entry,
    list_entries,
    log_question,
    may_correct,
    reopen_entry,
)
from referral.desk.records import Inquiry, Question
from referral.desk.web.blueprint import USE, choose_inquiry, confirmation_page, desk, flash_message
from referral.desk.web.computer_desk import desk_id
from referral.desk.web.forms import InquiryForm, QuestionForm
from referral.desk.web.views import desk_page, question_form, warn_if_report_closed
from referral.directory.browse import list_headings
from referral.directory.term_lookup import read_needs
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Permission
from referral.records.visibility import Audience
from referral.web.current import current_instance, is_training, page_number
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

CORRECT = Permission.CORRECT_LOG


@desk.post("/quick")
@requires(USE)
def take_quick() -> ResponseReturnValue:
    """Log a short question at the desk in one step. An open inquiry does not change."""
    form = question_form(request.form)
    if not form.validate():
        return desk_page(question_form=form), 400
    try:
        inquiry_id = log_question(
            current_instance(), current_account(), form.question(), training=is_training()
        )
    except RefusedError as error:
        return desk_page(question_form=form, problem=message_text(error.message)), 400
    flash_message(gettext("Saved. Ready for the next."), "question")
    warn_if_report_closed(inquiry_id, "question")
    return redirect(url_for("desk.home"))


@desk.get("/recent")
@requires(CORRECT)
def recent() -> ResponseReturnValue:
    """Show the inquiries that were recently closed at a desk, to correct them."""
    instance, account = current_instance(), current_account()
    desks = list_desks(instance)
    chosen = request.args.get("desk", desk_id())
    entries = list_entries(instance, account, chosen, page_number())
    codes = (need.term_code for entry in entries for need in entry.needs)
    topics, headings = read_needs(instance, codes)
    return render_template(
        "desk/recent.html",
        entries=entries,
        desks=desks,
        chosen=chosen,
        topics=topics,
        headings=headings,
        account=account,
        may_use=account.may(USE),
        may_correct=lambda entry: may_correct(account, entry, instance.now()),
    )


@desk.get("/recent/<uuid:inquiry_id>")
@requires(CORRECT)
def entry(inquiry_id: UUID) -> ResponseReturnValue:
    """Show the form that corrects a closed desk inquiry."""
    inquiry = _own_entry(inquiry_id)
    return _entry_page(inquiry, _entry_form(inquiry))


@desk.post("/recent/<uuid:inquiry_id>")
@requires(CORRECT)
def take_entry(inquiry_id: UUID) -> ResponseReturnValue:
    """Correct a closed desk inquiry from its form."""
    inquiry = _own_entry(inquiry_id)
    form = _entry_form(inquiry, submitted=True)
    if not form.validate():
        return _entry_page(inquiry, form), 400
    try:
        correct_entry(current_instance(), current_account(), inquiry.id, form.question())
    except RefusedError as error:
        return _entry_page(inquiry, form, message_text(error.message)), 400
    flash_message(gettext("Changed."))
    warn_if_report_closed(inquiry.id)
    return redirect(url_for("desk.recent", desk=inquiry.desk))


@desk.post("/recent/<uuid:inquiry_id>/reopen")
@requires(USE)
def reopen(inquiry_id: UUID) -> ResponseReturnValue:
    """Reopen a closed desk inquiry as the current one."""
    inquiry = _own_entry(inquiry_id)
    try:
        reopen_entry(current_instance(), current_account(), inquiry.id)
    except RefusedError as error:
        flash_message(message_text(error.message))
        return redirect(url_for("desk.recent", desk=inquiry.desk))
    choose_inquiry(inquiry.id)
    return redirect(url_for("desk.inquiry", inquiry_id=inquiry.id))


@desk.route("/recent/<uuid:inquiry_id>/delete", methods=["GET", "POST"])
@requires(CORRECT)
def delete(inquiry_id: UUID) -> ResponseReturnValue:
    """Ask for confirmation, then delete a closed desk inquiry with all its data."""
    inquiry = _own_entry(inquiry_id)
    back = url_for("desk.recent", desk=inquiry.desk)
    if request.method == "GET":
        return confirmation_page(
            gettext("Delete this entry?"),
            gettext("It goes with all that belongs to it, and counts no more."),
            gettext("Delete it"),
            back,
        )
    delete_entry(current_instance(), current_account(), inquiry.id)
    flash_message(gettext("Deleted."))
    return redirect(back)


def _own_entry(inquiry_id: UUID) -> Inquiry:
    """Return a closed desk inquiry that the signed-in account may correct; 404 for any other."""
    instance = current_instance()
    inquiry = read_inquiry(instance, str(inquiry_id))
    if not may_correct(current_account(), inquiry, instance.now()):
        raise NotFoundError("There is no such entry that you may change.")
    return inquiry


def _entry_form(inquiry: Inquiry, *, submitted: bool = False) -> InquiryForm | QuestionForm:
    instance = current_instance()
    formdata = request.form if submitted else None
    settings, desks = read_log_settings(instance), list_desks(instance)
    if not inquiry.is_one_step:
        return InquiryForm(formdata, settings, inquiry, desks)
    need = inquiry.needs[0] if inquiry.needs else None
    question = Question(
        heading=need.heading if need else "",
        outcome=need.outcome if need else None,
        unmet_reason=need.unmet_reason if need else None,
        channel=inquiry.details.channel,
        desk=inquiry.desk,
        reference=inquiry.reference,
    )
    headings = [heading for heading, _ in list_headings(instance, Audience.PUBLIC)]
    return QuestionForm(formdata, settings, question, headings=headings, desks=desks)


def _entry_page(inquiry: Inquiry, form: InquiryForm | QuestionForm, problem: str = "") -> str:
    return render_template(
        "desk/entry.html",
        entry=inquiry,
        form=form,
        problem=problem,
        is_question=isinstance(form, QuestionForm),
        back=url_for("desk.recent", desk=inquiry.desk),
        may_reopen=current_account().may(USE) and inquiry.with_need and bool(inquiry.code),
    )
