"""Start page of the desk, and pages of inquiries: opening, details, sharing, closing, erasing."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.codes import Channel
from referral.desk.data_retention import count_personal_data, erase_person
from referral.desk.follow_ups import find_follow_up
from referral.desk.inquiries import (
    close_inquiry,
    discard_inquiry,
    join_inquiry,
    open_inquiry,
    open_inquiry_for,
    read_inquiry,
    update_details,
)
from referral.desk.log_settings import read_log_settings
from referral.desk.records import Inquiry, Question, closing_problems
from referral.desk.report_columns import is_closed
from referral.desk.saved_searches import list_saved_searches
from referral.desk.web.blueprint import (
    USE,
    choose_inquiry,
    confirmation_page,
    desk,
    flash_message,
    is_confirmed,
    open_inquiries,
    own_inquiry,
    redirect_back,
    saved_response,
)
from referral.desk.web.computer_desk import (
    computer_desk,
    desk_id,
    desks_in_use,
    set_computer_desk,
)
from referral.desk.web.forms import (
    DetailsForm,
    InquiryForm,
    ModeForm,
    QuestionForm,
    merge_details,
    parse_code,
)
from referral.directory.browse import list_headings
from referral.directory.health import read_last_tidy_date
from referral.directory.listings import read_services
from referral.directory.search import find_place
from referral.directory.term_lookup import read_needs
from referral.errors import NotFoundError, RefusedError
from referral.patron.my_list import SESSION_KEYS
from referral.records.accounts import Permission
from referral.records.visibility import Audience
from referral.web.code_labels import code_label
from referral.web.current import current_instance, current_settings, is_training, set_training
from referral.web.messages import message_text
from referral.web.search_form import SearchForm
from referral.web.staff.access import current_account, requires


@desk.get("")
@requires(USE)
def home() -> ResponseReturnValue:
    """Show the start page of the desk, with the search box and the open inquiry."""
    return desk_page()


@desk.post("/mode")
@requires(USE)
def take_mode() -> ResponseReturnValue:
    """Store the desk where this computer stands, and whether inquiries are for training."""
    form = ModeForm(request.form)
    set_training(training=bool(request.form.get("training")))
    response = make_response(redirect_back("main"))
    set_computer_desk(response, form.desk.data or "", parse_code(Channel, form.channel.data))
    return response


@desk.post("/inquiries")
@requires(USE)
def begin() -> ResponseReturnValue:
    """Open a desk inquiry, and return to the page from which the form was sent."""
    start_inquiry()
    return redirect_back()


@desk.post("/join")
@requires(USE)
def join() -> ResponseReturnValue:
    """Join an open desk inquiry by the code that a colleague shares."""
    code = request.form.get("code", "")
    try:
        choose_inquiry(join_inquiry(current_instance(), code, current_account().id))
    except NotFoundError:
        flash_message(gettext("No open inquiry has this code. Ask your colleague for it again."))
    return redirect(url_for("desk.home", _anchor="desk"))


@desk.get("/inquiries/<uuid:inquiry_id>")
@requires(USE)
def inquiry(inquiry_id: UUID) -> ResponseReturnValue:
    """Show a desk inquiry, also a colleague's. An open one becomes the current inquiry."""
    inquiry = open_inquiry_for(current_instance(), str(inquiry_id), current_account())
    if inquiry.closed_at is None:
        choose_inquiry(inquiry.id)
        return desk_page()
    return _closed_page(inquiry)


@desk.post("/inquiries/<uuid:inquiry_id>/close")
@requires(USE)
def close(inquiry_id: UUID) -> ResponseReturnValue:
    """Close a desk inquiry, and store its data for statistics."""
    instance, inquiry = current_instance(), own_inquiry(inquiry_id)
    form = InquiryForm(request.form, read_log_settings(instance), inquiry)
    if not form.validate():
        flash_message(str(next(iter(form.errors.values()))[0]))
        return redirect_back()
    try:
        closed = close_inquiry(instance, inquiry.id, form.reference(form.kind))
    except RefusedError as error:
        flash_message(message_text(error.message))
        return redirect_back()
    if closed.closed_at is None:
        flash_message(not_closed_message(closed))
        return redirect_back()
    for key in SESSION_KEYS:  # the next person at the desk must not see the list
        session.pop(key, None)
    warn_if_report_closed(inquiry.id)
    return redirect(url_for("desk.inquiry", inquiry_id=inquiry.id))


@desk.post("/inquiries/<uuid:inquiry_id>/drop")
@requires(USE)
def drop(inquiry_id: UUID) -> ResponseReturnValue:
    """Ask for confirmation, then delete an open desk inquiry."""
    inquiry = own_inquiry(inquiry_id)
    if not is_confirmed():
        return confirmation_page(
            gettext("Throw this inquiry away?"),
            gettext("It goes with all that was noted, and is not counted."),
            gettext("Throw it away"),
        )
    discard_inquiry(current_instance(), inquiry.id)
    flash_message(gettext("Thrown away. Nothing of it was kept."))
    return redirect(url_for("desk.home"))


@desk.post("/inquiries/<uuid:inquiry_id>/repeat")
@requires(USE)
def repeat(inquiry_id: UUID) -> ResponseReturnValue:
    """Open a new desk inquiry that continues an earlier one."""
    start_inquiry(repeat_of=own_inquiry(inquiry_id).id)
    return redirect(url_for("desk.home", _anchor="desk"))


@desk.post("/inquiries/<uuid:inquiry_id>/forget")
@requires(USE)
def forget(inquiry_id: UUID) -> ResponseReturnValue:
    """Ask for confirmation, then erase everything in an inquiry that could identify the person.

    Report counts are kept unless the inquiry is open: an open inquiry is deleted.
    """
    inquiry = own_inquiry(inquiry_id)
    if not is_confirmed():
        return forget_confirmation()
    if inquiry.closed_at is None:
        discard_inquiry(current_instance(), inquiry.id)
    else:
        erase_person(current_instance(), inquiry.id)
    flash_message(gettext("Forgotten. Only counts are left."))
    return redirect(url_for("desk.home"))


def forget_confirmation() -> str:
    """Return the page that asks for confirmation before a person's data is erased."""
    return confirmation_page(
        gettext("Forget this person?"),
        gettext("How to reach them, their slips and details are erased. Only counts are left."),
        gettext("Forget them"),
    )


def start_inquiry(repeat_of: str = "") -> str:
    """Open a desk inquiry with this browser's settings, make it current, return its id."""
    inquiry_id = open_inquiry(
        current_instance(),
        current_account().id,
        desk=desk_id(),
        training=is_training(),
        repeat_of=repeat_of,
        channel=computer_desk().channel,
    )
    choose_inquiry(inquiry_id)
    return inquiry_id


def current_or_new_inquiry() -> str:
    """Return the id of the current desk inquiry, or open one if there is none."""
    inquiries = open_inquiries()
    return inquiries[0].id if inquiries else start_inquiry()


def question_form(formdata: object = None) -> QuestionForm:
    """Return the form that logs a short question, with the desk and channel of this computer."""
    instance, computer = current_instance(), computer_desk()
    return QuestionForm(
        formdata,
        read_log_settings(instance),
        Question(channel=computer.channel, desk=desk_id()),
        headings=[heading for heading, _ in list_headings(instance, Audience.PUBLIC)],
        desks=desks_in_use(),
    )


def desk_page(**more: object) -> str:
    """Render the start page of the desk. ``more`` is passed to its template."""
    instance, computer = current_instance(), computer_desk()
    return render_template(
        "desk/home.html",
        form=SearchForm(),
        mode=ModeForm(desks=desks_in_use(), desk=desk_id(), channel=computer.channel),
        training=is_training(),
        headings=list_headings(instance, Audience.PUBLIC),
        searches=list_saved_searches(instance, desk_id()),
        takes_focus=request.endpoint in {"desk.home", "desk.take_quick"},
        **{"question_form": question_form(), **more},
    )


def not_closed_message(inquiry: Inquiry) -> str:
    """Return the message that a desk inquiry is still open, with the first problem to fix."""
    problem = code_label(closing_problems(inquiry)[0])
    return str(gettext("The inquiry is still open. %(first)s", first=problem))


def warn_if_report_closed(inquiry_id: str, category: str = "desk") -> None:
    """Flash a notice if a closed inquiry is too late for the closed report of its quarter."""
    instance = current_instance()
    closed = read_inquiry(instance, inquiry_id)
    day = closed.reference.happened_on
    if day and is_closed(instance, day) and closed.with_need and not closed.training:
        flash_message(
            gettext("The report of that quarter is closed. The live reports of the desk count it."),
            category,
        )


def off_the_list(inquiry: Inquiry) -> frozenset[str]:
    """Return the ids of services given in a desk inquiry that are no longer listed."""
    listed = read_services(current_instance(), list(inquiry.given), Audience.STAFF)
    return inquiry.given - {listing.service.id for listing in listed}


def _closed_page(inquiry: Inquiry) -> str:
    instance = current_instance()
    topics, headings = read_needs(instance, (need.term_code for need in inquiry.needs))
    return render_template(
        "desk/closed_inquiry.html",
        inquiry=inquiry,
        topics=topics,
        headings=headings,
        follow_up=find_follow_up(instance, inquiry.id),
        off_the_list=off_the_list(inquiry),
    )


@desk.post("/inquiries/<uuid:inquiry_id>/details")
@requires(USE)
def take_details(inquiry_id: UUID) -> ResponseReturnValue:
    """Store the details of a person's situation in a desk inquiry."""
    inquiry, form = own_inquiry(inquiry_id), DetailsForm(request.form)
    instance, words = current_instance(), form.place.data or ""
    place = find_place(instance, words)
    details = merge_details(
        inquiry.details,
        form.details(place),
        request.form.getlist("changed"),
        request.form.get("seen", ""),
    )
    update_details(instance, inquiry.id, details)
    if words and not place:
        flash_message(gettext("We do not know that place. Add its state, such as: Erie, PA."))
    return saved_response("desk-assess")


@desk.errorhandler(RefusedError)
def _refused(_: RefusedError) -> ResponseReturnValue:
    """Redirect to the previous page of the desk with a message why a change was refused."""
    flash_message(gettext("This could not be saved. The inquiry may be closed already."))
    return redirect_back()


@desk.get("/held")
@requires(Permission.CORRECT_LOG)  # admins are accountable for it as well
def held() -> ResponseReturnValue:
    """Show which personal data of people at the desk is stored, why, and for how long."""
    instance = current_instance()
    return render_template(
        "desk/data_retention.html",
        held=count_personal_data(instance),
        settings=current_settings(),
        tidied_on=read_last_tidy_date(instance),
    )
