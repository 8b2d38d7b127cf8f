"""The desk's page, and its inquiries: opening, details, sharing, closing, repeating, erasing."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.codes import Outcome, UnmetReason
from referral.desk.data_retention import count_personal_data, erase_person
from referral.desk.favorites import list_favorites, list_saved_searches
from referral.desk.follow_ups import find_follow_up
from referral.desk.inquiries import (
    add_need,
    close_inquiry,
    discard_inquiry,
    join_inquiry,
    open_inquiry,
    set_outcome,
    update_details,
)
from referral.desk.records import Inquiry
from referral.desk.web.blueprint import USE, desk
from referral.desk.web.current_inquiry import (
    choose_inquiry,
    desk_name,
    open_inquiries,
    own_inquiry,
    set_mode,
)
from referral.desk.web.forms import DetailsForm, ModeForm, merge_details, parse_code
from referral.desk.web.responses import flash_message, redirect_back, saved_response
from referral.directory.browse import list_headings
from referral.directory.health import read_last_tidy_date
from referral.directory.search import find_place
from referral.directory.term_lookup import read_needs
from referral.errors import NotFoundError, RefusedError
from referral.records.visibility import Audience
from referral.web.code_labels import code_choices
from referral.web.current import current_directory, current_settings
from referral.web.search_form import SearchForm
from referral.web.staff.permissions import current_account, requires
from referral.web.training import is_training


@desk.get("")
@requires(USE)
def home() -> ResponseReturnValue:
    """Where a conversation begins: the search box, and the open inquiry beside it."""
    return desk_page()


@desk.post("/mode")
@requires(USE)
def take_mode() -> ResponseReturnValue:
    """Remember which desk this is, and whether somebody is learning."""
    form = ModeForm(request.form)
    if form.validate():
        set_mode(form.desk.data or "", training=bool(request.form.get("training")))
    else:
        flash_message(gettext("Use a shorter name for the desk."))
    return redirect_back("main")


@desk.post("/inquiries")
@requires(USE)
def begin() -> ResponseReturnValue:
    """Open an inquiry; the search goes on where it was."""
    start_inquiry()
    return redirect_back()


@desk.post("/quick")
@requires(USE)
def take_quick() -> ResponseReturnValue:
    """Keep a need and an outcome in one step, and close."""
    heading = request.form.get("heading", "")
    outcome = parse_code(Outcome, request.form.get("outcome"))
    directory = current_directory()
    if heading not in {each.slug for each, _ in list_headings(directory, Audience.PUBLIC)}:
        flash_message(gettext("Choose what the person needs."))
        return redirect(url_for("desk.home"))
    inquiry_id = start_inquiry()
    need_id = add_need(directory, inquiry_id, heading=heading)
    reason = parse_code(UnmetReason, request.form.get("unmet_reason"))
    set_outcome(directory, inquiry_id, need_id, outcome, unmet_reason=reason)
    if close_inquiry(directory, inquiry_id).closed_at is None:
        flash_message(gettext("It is open. Choose an outcome, and a reason if it was not met."))
        return redirect(url_for("desk.home", _anchor="desk"))
    flash_message(gettext("Kept and closed."))
    return redirect(url_for("desk.home"))


@desk.post("/join")
@requires(USE)
def join() -> ResponseReturnValue:
    """Work on an inquiry that a colleague shares."""
    code = request.form.get("code", "")
    try:
        choose_inquiry(join_inquiry(current_directory(), code, current_account().id))
    except NotFoundError:
        flash_message(gettext("No open inquiry has this code. Ask your colleague for it again."))
    return redirect(url_for("desk.home", _anchor="desk"))


@desk.get("/inquiries/<uuid:inquiry_id>")
@requires(USE)
def inquiry(inquiry_id: UUID) -> ResponseReturnValue:
    """Show an inquiry: open, it becomes the present one; closed, what came of it."""
    shown = own_inquiry(inquiry_id)
    if shown.closed_at is None:
        choose_inquiry(shown.id)
        return desk_page()
    return _closed_page(shown)


@desk.post("/inquiries/<uuid:inquiry_id>/close")
@requires(USE)
def close(inquiry_id: UUID) -> ResponseReturnValue:
    """End the conversation."""
    shown = own_inquiry(inquiry_id)
    if close_inquiry(current_directory(), shown.id).closed_at is None:
        flash_message(gettext("Not closed yet: each need has to have an outcome."))
        return redirect_back()
    return redirect(url_for("desk.inquiry", inquiry_id=shown.id))


@desk.post("/inquiries/<uuid:inquiry_id>/drop")
@requires(USE)
def drop(inquiry_id: UUID) -> ResponseReturnValue:
    """Throw an open inquiry away."""
    discard_inquiry(current_directory(), own_inquiry(inquiry_id).id)
    flash_message(gettext("Thrown away. Nothing of it was kept."))
    return redirect(url_for("desk.home"))


@desk.post("/inquiries/<uuid:inquiry_id>/repeat")
@requires(USE)
def repeat(inquiry_id: UUID) -> ResponseReturnValue:
    """Open a new inquiry that goes on from this one."""
    start_inquiry(repeat_of=own_inquiry(inquiry_id).id)
    return redirect(url_for("desk.home", _anchor="desk"))


@desk.post("/inquiries/<uuid:inquiry_id>/forget")
@requires(USE)
def forget(inquiry_id: UUID) -> ResponseReturnValue:
    """Erase at once all that could lead to the person; the counts stay."""
    shown = own_inquiry(inquiry_id)
    if shown.closed_at is None:
        discard_inquiry(current_directory(), shown.id)
    else:
        erase_person(current_directory(), shown.id)
    flash_message(gettext("Forgotten. Only counts are left."))
    return redirect(url_for("desk.home"))


def start_inquiry(repeat_of: str = "") -> str:
    """Open an inquiry in this browser's mode and make it the present one; returns its id."""
    inquiry_id = open_inquiry(
        current_directory(),
        current_account().id,
        desk=desk_name(),
        training=is_training(),
        repeat_of=repeat_of,
    )
    choose_inquiry(inquiry_id)
    return inquiry_id


def current_or_new_inquiry() -> str:
    """The id of the present inquiry; one is opened where there is none."""
    inquiries = open_inquiries()
    return inquiries[0].id if inquiries else start_inquiry()


def desk_page(**more: object) -> str:
    """The page of the desk; ``more`` goes to its template."""
    directory = current_directory()
    return render_template(
        "desk/home.html",
        form=SearchForm(),
        mode=ModeForm(desk=desk_name()),
        training=is_training(),
        headings=list_headings(directory, Audience.PUBLIC),
        outcomes=code_choices(Outcome),
        unmet_reasons=code_choices(UnmetReason),
        searches=list_saved_searches(directory, desk_name()),
        lists=list_favorites(directory, desk_name()),
        **more,
    )


def _closed_page(shown: Inquiry) -> str:
    directory = current_directory()
    topics, headings = read_needs(directory, (need.term_code for need in shown.needs))
    return render_template(
        "desk/closed_inquiry.html",
        inquiry=shown,
        topics=topics,
        headings=headings,
        follow_up=find_follow_up(directory, shown.id),
    )


@desk.post("/inquiries/<uuid:inquiry_id>/details")
@requires(USE)
def take_details(inquiry_id: UUID) -> ResponseReturnValue:
    """Keep what is known of the situation."""
    shown, form = own_inquiry(inquiry_id), DetailsForm(request.form)
    directory, words = current_directory(), form.place.data or ""
    place = find_place(directory, words)
    details = merge_details(
        shown.details,
        form.details(place),
        request.form.getlist("changed"),
        request.form.get("seen", ""),
    )
    update_details(directory, shown.id, details)
    if words and not place:
        flash_message(gettext("We do not know that place. Add its state, such as: Erie, PA."))
    return saved_response("desk-assess")


@desk.errorhandler(RefusedError)
def _refused(_: RefusedError) -> ResponseReturnValue:
    """Something cannot be done any more, such as writing to a closed inquiry."""
    flash_message(gettext("This could not be kept. The inquiry may be closed already."))
    return redirect_back()


@desk.get("/held")
@requires(USE)
def held() -> ResponseReturnValue:
    """Say what is held about people, why, and for how long."""
    directory = current_directory()
    return render_template(
        "desk/data_retention.html",
        held=count_personal_data(directory),
        settings=current_settings(),
        tidied_on=read_last_tidy_date(directory),
    )
