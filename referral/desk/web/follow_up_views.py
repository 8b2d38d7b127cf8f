"""Pages for follow-ups: consent, list of those due, contact attempts and results of referrals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import Form, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from referral.desk.codes import AttemptResult, ContactKind, FollowUpStatus, FurthestStep, WhyNot
from referral.desk.data_retention import erase_person
from referral.desk.desk_list import list_desks
from referral.desk.follow_ups import (
    agree_follow_up,
    list_follow_ups,
    read_follow_up,
    record_attempt,
    record_results,
    reveal_contact,
)
from referral.desk.inquiries import close_inquiry, read_inquiries, read_inquiry
from referral.desk.records import FollowUp, Inquiry, ReferralResult, furthest_step, result_of_step
from referral.desk.web.blueprint import USE, desk, flash_message, is_confirmed, own_inquiry
from referral.desk.web.computer_desk import desk_id
from referral.desk.web.forms import DayField, parse_code
from referral.desk.web.views import (
    forget_confirmation,
    not_closed_message,
    off_the_list,
    start_inquiry,
)
from referral.directory.instance import Instance, local_today
from referral.directory.term_lookup import read_needs
from referral.errors import RefusedError
from referral.records.accounts import Account, Permission, printable_line
from referral.records.waiting import Waiting
from referral.web.code_labels import code_choices
from referral.web.current import current_instance, current_settings
from referral.web.messages import message_text
from referral.web.staff.access import current_account, requires

LONGEST_CONTACT = 200
STOP = "stop"
_ACCESS_KEYS = {
    AttemptResult.REACHED: "r",
    AttemptResult.NO_ANSWER: "n",
    AttemptResult.LEFT_WORD: "m",
    AttemptResult.WRONG_CONTACT: "w",
    STOP: "s",
}
_TRIED_AGAIN = frozenset({AttemptResult.NO_ANSWER, AttemptResult.LEFT_WORD})
FOLLOW_UP = Permission.FOLLOW_UP
DAYS_TO_NEXT_TRY = 3


class AgreementForm(Form):
    """A form for a person's consent to a follow-up. No message is left without an explicit yes."""

    kind = RadioField(lazy_gettext("How may we reach them?"), validate_choice=False)
    message = RadioField(
        lazy_gettext("Is it safe to leave a message?"),
        choices=[
            SelectChoice("no", lazy_gettext("No, or not sure")),
            SelectChoice("yes", lazy_gettext("Yes, they said so")),
        ],
        default="no",
        validate_choice=False,
    )
    contact = StringField(
        lazy_gettext("Number or address"),
        filters=[printable_line],
        validators=[Length(max=LONGEST_CONTACT)],
        description=lazy_gettext("Not needed if they come back. No name is needed."),
    )
    due_on = DayField(lazy_gettext("Ask again on"), validators=[Optional()])

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.kind.choices = code_choices(ContactKind)

    def validate_kind(self, field: RadioField) -> None:
        """Check that a known way to contact the person for a follow-up was chosen."""
        if parse_code(ContactKind, field.data) is None:
            raise ValidationError(gettext("Choose a way."))

    @property
    def contact_kind(self) -> ContactKind:
        """Return the chosen way to contact the person for a follow-up, in a valid form."""
        return ContactKind(self.kind.data)


class FollowUpForm(Form):
    """A form for an attempt to reach a person: result, next date and results of referrals."""

    result = RadioField(lazy_gettext("You tried: how did it end?"), validate_choice=False)
    again_on = DayField(lazy_gettext("If not reached: try again on"), validators=[Optional()])

    def validate_result(self, field: RadioField) -> None:
        """Check that a result of a follow-up attempt was chosen."""
        if field.data not in {value for value, *_ in field.iter_choices()}:
            raise ValidationError(gettext("Choose how the try ended."))

    @property
    def attempt(self) -> AttemptResult | None:
        """Return the result of a follow-up attempt, in a valid form; None for "stop trying"."""
        return parse_code(AttemptResult, self.result.data)

    @property
    def next_day(self) -> date | None:
        """Return the date of the next follow-up attempt, if the person was not reached."""
        return self.again_on.data if self.attempt in _TRIED_AGAIN else None

    def keyed_results(self) -> Iterator[tuple[str, Any, bool, str, str]]:
        """Yield the choices for the result of a follow-up attempt, with their access keys."""
        steps = [field.id for field in self if field.name.startswith("step-")]
        for value, label, is_chosen, _ in self.result.iter_choices():
            leads_to = self.again_on.id if value in _TRIED_AGAIN else ""
            if value == AttemptResult.REACHED and steps:
                leads_to = steps[0]
            yield value, label, is_chosen, _ACCESS_KEYS[value], leads_to

    def referral_results(self, inquiry: Inquiry) -> dict[str, ReferralResult]:
        """Return the referral results in a follow-up form, by referral id."""
        return {
            referral.id: result_of_step(
                parse_code(FurthestStep, self[f"step-{referral.id}"].data),
                parse_code(WhyNot, self[f"why_not-{referral.id}"].data),
            )
            for need in inquiry.needs
            for referral in need.referrals
        }


def follow_up_form(
    follow_up: FollowUp, inquiry: Inquiry, next_day: date, formdata: Any = None
) -> FollowUpForm:
    """Return the form of a follow-up, with two fields per referral, filled with known results.

    Args:
        next_day: the suggested date of the next attempt.
    """

    class _Form(FollowUpForm):
        pass

    for need in inquiry.needs:
        for referral in need.referrals:
            step_field, why_not_field = f"step-{referral.id}", f"why_not-{referral.id}"
            known_step = furthest_step(referral.result)
            setattr(
                _Form,
                step_field,
                _code_field(lazy_gettext("How far they got"), FurthestStep, known_step),
            )
            setattr(
                _Form,
                why_not_field,
                _code_field(lazy_gettext("If not: why"), WhyNot, referral.result.why_not),
            )
    form = _Form(formdata, data={"again_on": next_day})
    form.result.choices = [
        *(
            choice
            for choice in code_choices(AttemptResult)
            if choice.value != AttemptResult.LEFT_WORD or follow_up.may_leave_message
        ),
        SelectChoice(STOP, lazy_gettext("Stop trying")),
    ]
    return form


def _code_field(label: Any, codes: Any, chosen: Any) -> SelectField:
    unknown = lazy_gettext("Unknown")
    return SelectField(
        label, choices=code_choices(codes, unknown), default=chosen or "", validate_choice=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPerson:
    """A person in the queue of follow-ups, without the contact.

    ``days`` is the number of days overdue, negative before the due date.
    """

    follow_up: FollowUp
    inquiry: Inquiry
    days: int


@desk.get("/inquiries/<uuid:inquiry_id>/follow-up")
@requires(USE)
def ask_follow_up(inquiry_id: UUID) -> ResponseReturnValue:
    """Show the form that asks a person for consent to a follow-up, then for the contact."""
    form = AgreementForm() if "agreed" in request.args else None
    return _agreement_page(own_inquiry(inquiry_id), form)


@desk.post("/inquiries/<uuid:inquiry_id>/follow-up")
@requires(USE)
def take_follow_up(inquiry_id: UUID) -> ResponseReturnValue:
    """Store a person's consent to a follow-up, with the encrypted contact."""
    inquiry, form = own_inquiry(inquiry_id), AgreementForm(request.form)
    if not form.validate():
        return _agreement_page(inquiry, form), 400
    try:
        agree_follow_up(
            current_instance(),
            inquiry.id,
            form.contact_kind,
            form.contact.data or "",
            may_leave_message=form.message.data == "yes",
            due_on=form.due_on.data,
        )
    except RefusedError as error:
        return _agreement_page(inquiry, form, message_text(error.message)), 400
    flash_message(gettext("Saved and locked up. It is erased on its day."))
    return redirect(url_for("desk.inquiry", inquiry_id=inquiry.id, _anchor="desk-follow-up"))


@desk.get("/follow-ups")
@requires(FOLLOW_UP)
def follow_ups() -> ResponseReturnValue:
    """Show the waiting follow-ups by desk, this computer's desk first, without contacts."""
    instance = current_instance()
    today = local_today(instance)
    waiting = list_follow_ups(instance)
    inquiries = read_inquiries(instance, [follow_up.inquiry_id for follow_up in waiting])
    needs = [need for inquiry in inquiries.values() for need in inquiry.needs]
    topics, headings = read_needs(instance, (need.term_code for need in needs))
    by_desk: defaultdict[str, list[WaitingPerson]] = defaultdict(list)
    for follow_up in waiting:
        inquiry = inquiries[follow_up.inquiry_id]
        days = (today - follow_up.due_on).days
        person = WaitingPerson(follow_up=follow_up, inquiry=inquiry, days=days)
        by_desk[inquiry.desk].append(person)
    names = {desk.id: desk.label for desk in list_desks(instance)}
    own_desk = desk_id()
    order = sorted(by_desk, key=lambda key: (key != own_desk, not key, names.get(key, "")))
    return render_template(
        "desk/follow_ups.html",
        topics=topics,
        headings=headings,
        groups=[(names.get(key, ""), by_desk[key]) for key in order],
    )


@desk.get("/follow-ups/<uuid:follow_up_id>")
@requires(FOLLOW_UP)
def follow_up(follow_up_id: UUID) -> ResponseReturnValue:
    """Show a follow-up: services given, and attempts to reach the person."""
    return _follow_up_page(str(follow_up_id))


@desk.post("/follow-ups/<uuid:follow_up_id>/contact")
@requires(FOLLOW_UP)
def see_contact(follow_up_id: UUID) -> ResponseReturnValue:
    """Show a person's contact for a follow-up, and log the access in the audit log.

    Fields already filled in are kept.
    """
    try:
        contact = reveal_contact(current_instance(), current_account().actor, str(follow_up_id))
    except RefusedError:
        flash_message(gettext("It cannot be opened with the keys we have. Tell an admin."))
        contact = ""
    return _follow_up_page(str(follow_up_id), contact=contact)


@desk.post("/follow-ups/<uuid:follow_up_id>")
@requires(FOLLOW_UP)
def take_attempt(follow_up_id: UUID) -> ResponseReturnValue:
    """Store an attempt to reach a person, the next date and referral results, all or nothing."""
    instance, identity = current_instance(), str(follow_up_id)
    followed = read_follow_up(instance, identity)
    inquiry = read_inquiry(instance, followed.inquiry_id)
    form = follow_up_form(followed, inquiry, _next_day(followed), request.form)
    if followed.status is not FollowUpStatus.WAITING:
        record_results(instance, identity, form.referral_results(inquiry))
        flash_message(gettext("Saved."))
        return _redirect_after(inquiry)
    if not form.validate():
        return _follow_up_page(identity, form), 400
    try:
        record_attempt(
            instance,
            identity,
            form.attempt,
            again_on=form.next_day,
            results=form.referral_results(inquiry),
        )
    except RefusedError as error:
        return _follow_up_page(identity, form, problem=message_text(error.message)), 400
    _close_and_flash(inquiry, is_reached=form.attempt is AttemptResult.REACHED)
    return _redirect_after(inquiry)


def _close_and_flash(inquiry: Inquiry, *, is_reached: bool) -> None:
    """Close an inquiry that was left open until the person was reached; flash the result."""
    saved = gettext("Saved.")
    if inquiry.closed_at is not None or not is_reached:
        flash_message(saved)
        return
    inquiry = close_inquiry(current_instance(), inquiry.id)
    if inquiry.closed_at is not None:
        flash_message(gettext("Saved. The inquiry is closed."))
    else:
        flash_message(f"{saved} {not_closed_message(inquiry)}")


def _redirect_after(inquiry: Inquiry) -> ResponseReturnValue:
    """Redirect to the queue of follow-ups, or to a new inquiry if the person has a new need."""
    if "again" in request.form and current_account().may(USE):
        start_inquiry(repeat_of=inquiry.id)
        return redirect(url_for("desk.home", _anchor="desk"))
    return redirect(url_for("desk.follow_ups"))


@desk.post("/follow-ups/<uuid:follow_up_id>/forget")
@requires(FOLLOW_UP)
def forget_now(follow_up_id: UUID) -> ResponseReturnValue:
    """Ask for confirmation, then erase everything in a follow-up that could identify the person."""
    if not is_confirmed():
        return forget_confirmation()
    followed = read_follow_up(current_instance(), str(follow_up_id))
    erase_person(current_instance(), followed.inquiry_id)
    flash_message(gettext("Forgotten. Only counts are left."))
    return redirect(url_for("desk.follow_ups"))


def waiting_follow_ups(instance: Instance, _: Account) -> Waiting:
    """Return the number of follow-ups that are due, for the start page, and the earliest date."""
    today = local_today(instance)
    due = [follow_up.due_on for follow_up in list_follow_ups(instance) if follow_up.due_on <= today]
    return Waiting(len(due), min(due, default=None))


def _next_day(followed: FollowUp) -> date:
    """Suggest the date of the next follow-up attempt, at most the day the contact is erased."""
    return min(local_today(current_instance()) + timedelta(DAYS_TO_NEXT_TRY), followed.erase_on)


def _agreement_page(inquiry: Inquiry, form: AgreementForm | None, problem: str = "") -> str:
    return render_template(
        "desk/follow_up_consent.html",
        inquiry=inquiry,
        form=form,
        problem=problem,
        settings=current_settings(),
    )


def _follow_up_page(
    follow_up_id: str, form: FollowUpForm | None = None, *, contact: str = "", problem: str = ""
) -> str:
    instance = current_instance()
    followed = read_follow_up(instance, follow_up_id)
    inquiry = read_inquiry(instance, followed.inquiry_id)
    topics, headings = read_needs(instance, (need.term_code for need in inquiry.needs))
    typed = request.form if "result" in request.form or "again_on" in request.form else None
    return render_template(
        "desk/follow_up.html",
        follow_up=followed,
        inquiry=inquiry,
        contact=contact,
        problem=problem,
        today=local_today(instance),
        form=form or follow_up_form(followed, inquiry, _next_day(followed), typed),
        topics=topics,
        headings=headings,
        off_the_list=off_the_list(inquiry),
    )
