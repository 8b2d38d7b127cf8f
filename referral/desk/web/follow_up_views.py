"""Follow-ups: consent, list of those due, contact attempts and results of referrals."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.codes import AttemptResult, ContactKind, WhyNot
from referral.desk.data_retention import erase_person
from referral.desk.follow_ups import (
    agree_follow_up,
    find_follow_up,
    list_follow_ups,
    read_follow_up,
    record_attempt,
    reveal_contact,
    stop_follow_up,
)
from referral.desk.inquiries import close_inquiry, read_inquiries, read_inquiry
from referral.desk.records import Inquiry, ReferralResult
from referral.desk.referrals import set_referral_result
from referral.desk.web.blueprint import USE, desk
from referral.desk.web.current_inquiry import own_inquiry
from referral.desk.web.forms import parse_code, parse_day
from referral.desk.web.responses import flash_message, is_confirmed
from referral.desk.web.views import forget_confirmation, start_inquiry
from referral.directory.context import Directory, local_today
from referral.directory.term_lookup import read_needs
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Account, Permission, visible
from referral.records.waiting import Waiting
from referral.web.code_labels import code_choices
from referral.web.current import current_directory, current_settings
from referral.web.messages import message_text
from referral.web.staff.permissions import current_account, requires

FOLLOW_UP = Permission.FOLLOW_UP
LONGEST_CONTACT = 200
_ANSWERS = {"yes": True, "no": False}


@desk.get("/inquiries/<uuid:inquiry_id>/follow-up")
@requires(USE)
def ask_follow_up(inquiry_id: UUID) -> ResponseReturnValue:
    """Ask for permission; how to reach the person only when they agreed."""
    return _agreement_page(own_inquiry(inquiry_id), agreed="agreed" in request.args)


@desk.post("/inquiries/<uuid:inquiry_id>/follow-up")
@requires(USE)
def take_follow_up(inquiry_id: UUID) -> ResponseReturnValue:
    """Keep that the person agreed, and how to reach them, locked up."""
    shown = own_inquiry(inquiry_id)
    kind = parse_code(ContactKind, request.form.get("kind"))
    contact = visible(request.form.get("contact", ""))[:LONGEST_CONTACT]
    if kind is None:
        return _agreement_page(shown, agreed=True, problem=gettext("Choose a way.")), 400
    try:
        agree_follow_up(
            current_directory(),
            shown.id,
            kind,
            contact,
            due_on=parse_day(request.form.get("due_on", "")),
        )
    except RefusedError as error:
        problem = message_text(error.message)
        return _agreement_page(shown, agreed=True, problem=problem), 400
    flash_message(gettext("Kept and locked up. It is erased on its day."))
    return redirect(url_for("desk.inquiry", inquiry_id=shown.id, _anchor="desk-follow-up"))


@desk.get("/follow-ups")
@requires(FOLLOW_UP)
def follow_ups() -> ResponseReturnValue:
    """List what waits: overdue, due, tried. How to reach people is not in it."""
    directory = current_directory()
    today = local_today(directory)
    waiting = list_follow_ups(directory)
    inquiries = read_inquiries(directory, [each.inquiry_id for each in waiting])
    needs = [need for inquiry in inquiries.values() for need in inquiry.needs]
    topics, headings = read_needs(directory, (need.term_code for need in needs))
    return render_template(
        "desk/follow_ups.html",
        inquiries=inquiries,
        topics=topics,
        headings=headings,
        today=today,
        groups=[
            ("overdue", [each for each in waiting if each.is_overdue(today)]),
            ("today", [each for each in waiting if each.due_on == today]),
            ("later", [each for each in waiting if each.due_on > today]),
        ],
    )


@desk.get("/follow-ups/<uuid:follow_up_id>")
@requires(FOLLOW_UP)
def follow_up(follow_up_id: UUID) -> ResponseReturnValue:
    """Show one follow-up: what was given, and what was tried."""
    return _follow_up_page(str(follow_up_id))


@desk.post("/follow-ups/<uuid:follow_up_id>/contact")
@requires(FOLLOW_UP)
def see_contact(follow_up_id: UUID) -> ResponseReturnValue:
    """Show how to reach the person; that it was shown is noted."""
    try:
        contact = reveal_contact(current_directory(), current_account().actor, str(follow_up_id))
    except RefusedError:
        flash_message(gettext("It cannot be opened with the keys we have. Tell an admin."))
        contact = ""
    return _follow_up_page(str(follow_up_id), contact)


@desk.post("/follow-ups/<uuid:follow_up_id>/try")
@requires(FOLLOW_UP)
def take_try(follow_up_id: UUID) -> ResponseReturnValue:
    """Keep how a try ended; a reached person is followed up at once."""
    result = parse_code(AttemptResult, request.form.get("result"))
    if result is None:
        flash_message(gettext("Choose how the try ended."))
    else:
        again_on = parse_day(request.form.get("again_on", ""))
        is_past = again_on is not None and again_on < local_today(current_directory())
        again_on = None if is_past else again_on
        try:
            record_attempt(current_directory(), str(follow_up_id), result, again_on=again_on)
        except RefusedError as error:
            flash_message(message_text(error.message))
    return _redirect_to_follow_up(
        follow_up_id, "results" if result is AttemptResult.REACHED else "main"
    )


@desk.post("/follow-ups/<uuid:follow_up_id>/results")
@requires(FOLLOW_UP)
def take_results(follow_up_id: UUID) -> ResponseReturnValue:
    """Keep what became of each service that was given; an inquiry that was left open closes."""
    directory = current_directory()
    inquiry = read_inquiry(directory, read_follow_up(directory, str(follow_up_id)).inquiry_id)
    for need in inquiry.needs:
        for referral in need.referrals:
            set_referral_result(directory, referral.id, _parse_result(referral.id))
    if inquiry.closed_at is not None:
        flash_message(gettext("Kept."))
    elif close_inquiry(directory, inquiry.id).closed_at is not None:
        flash_message(gettext("Kept. The inquiry is closed."))
    else:
        flash_message(gettext("Kept. The inquiry is still open: each need has to have an outcome."))
    return _redirect_to_follow_up(follow_up_id, "after")


@desk.post("/follow-ups/<uuid:follow_up_id>/give-up")
@requires(FOLLOW_UP)
def stop_trying(follow_up_id: UUID) -> ResponseReturnValue:
    """Stop trying; how to reach the person is erased."""
    stop_follow_up(current_directory(), str(follow_up_id))
    return _redirect_to_follow_up(follow_up_id)


@desk.post("/follow-ups/<uuid:follow_up_id>/forget")
@requires(FOLLOW_UP)
def forget_now(follow_up_id: UUID) -> ResponseReturnValue:
    """Ask once, then erase all that could lead to the person."""
    if not is_confirmed():
        return forget_confirmation()
    followed = read_follow_up(current_directory(), str(follow_up_id))
    erase_person(current_directory(), followed.inquiry_id)
    flash_message(gettext("Forgotten. Only counts are left."))
    return redirect(url_for("desk.follow_ups"))


@desk.post("/follow-ups/<uuid:follow_up_id>/repeat")
@requires(FOLLOW_UP)
def start_again(follow_up_id: UUID) -> ResponseReturnValue:
    """Open a new inquiry that goes on from the one followed up."""
    if not current_account().may(USE):
        raise NotFoundError("This account does not work at the desk.")
    start_inquiry(repeat_of=read_follow_up(current_directory(), str(follow_up_id)).inquiry_id)
    return redirect(url_for("desk.home", _anchor="desk"))


def waiting_follow_ups(directory: Directory, _: Account) -> Waiting:
    """How many follow-ups are due today or overdue, for the start page."""
    today = local_today(directory)
    due = [each.due_on for each in list_follow_ups(directory) if each.due_on <= today]
    return Waiting(len(due), min(due, default=None))


def _parse_result(referral_id: str) -> ReferralResult:
    def said(step: str) -> bool | None:
        return _ANSWERS.get(request.form.get(f"{step}-{referral_id}", ""))

    return ReferralResult(
        tried=said("tried"),
        reached=said("reached"),
        got_help=said("got_help"),
        solved=said("solved"),
        why_not=parse_code(WhyNot, request.form.get(f"why_not-{referral_id}")),
    )


def _redirect_to_follow_up(follow_up_id: UUID, anchor: str = "main") -> ResponseReturnValue:
    return redirect(url_for("desk.follow_up", follow_up_id=follow_up_id, _anchor=anchor))


def _agreement_page(shown: Inquiry, *, agreed: bool, problem: str = "") -> str:
    return render_template(
        "desk/follow_up_consent.html",
        inquiry=shown,
        agreed=agreed,
        problem=problem,
        kinds=code_choices(ContactKind),
        follow_up=find_follow_up(current_directory(), shown.id),
        settings=current_settings(),
    )


def _follow_up_page(follow_up_id: str, contact: str = "") -> str:
    directory = current_directory()
    followed = read_follow_up(directory, follow_up_id)
    inquiry = read_inquiry(directory, followed.inquiry_id)
    topics, headings = read_needs(directory, (need.term_code for need in inquiry.needs))
    return render_template(
        "desk/follow_up.html",
        follow_up=followed,
        inquiry=inquiry,
        contact=contact,
        today=local_today(directory),
        tries=code_choices(AttemptResult),
        why_not=code_choices(WhyNot),
        topics=topics,
        headings=headings,
    )
