"""Needs of an open inquiry: topics, outcomes and referrals; each step is saved at once."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.curation.staff_notes import NO_NOTE, read_staff_notes
from referral.desk.codes import FewerReason, Method, Outcome, UnmetReason
from referral.desk.inquiries import add_need, remove_need, set_outcome
from referral.desk.referrals import add_referral, remove_referral
from referral.desk.web.blueprint import USE, desk
from referral.desk.web.current_inquiry import open_inquiries, own_inquiry
from referral.desk.web.forms import parse_code, parse_reason
from referral.desk.web.giving import need_to_give_for
from referral.desk.web.responses import (
    confirmation_page,
    flash_message,
    is_confirmed,
    redirect_back,
    saved_response,
)
from referral.desk.web.views import current_or_new_inquiry, desk_page
from referral.directory.browse import list_headings, read_heading
from referral.directory.danger import crisis_help_lines
from referral.directory.term_lookup import find_terms
from referral.records.visibility import Audience
from referral.search.query import LONGEST_QUERY
from referral.web.current import current_directory
from referral.web.staff.permissions import requires


@desk.post("/needs")
@requires(USE)
def take_need() -> ResponseReturnValue:
    """Add a need to the present inquiry, by topic or by heading; one is opened for it."""
    directory = current_directory()
    term, slug = request.form.get("term", ""), request.form.get("heading", "")
    known = {each.slug for each, _ in list_headings(directory, Audience.PUBLIC)}
    if term or slug in known:
        add_need(directory, current_or_new_inquiry(), term_code=term, heading=slug)
    else:
        flash_message(gettext("Choose what the person needs."))
    return redirect_back("desk-needs")


@desk.post("/inquiries/<uuid:inquiry_id>/needs/<uuid:need_id>/remove")
@requires(USE)
def drop_need(inquiry_id: UUID, need_id: UUID) -> ResponseReturnValue:
    """Take a need out, with what was given for it."""
    remove_need(current_directory(), own_inquiry(inquiry_id).id, str(need_id))
    return redirect_back("desk-needs")


@desk.post("/inquiries/<uuid:inquiry_id>/needs/<uuid:need_id>/outcome")
@requires(USE)
def take_outcome(inquiry_id: UUID, need_id: UUID) -> ResponseReturnValue:
    """Say how a need stands, and why."""
    set_outcome(
        current_directory(),
        own_inquiry(inquiry_id).id,
        str(need_id),
        parse_code(Outcome, request.form.get("outcome")),
        unmet_reason=parse_reason(UnmetReason, request.form.get("unmet_reason")),
        fewer_reason=parse_reason(FewerReason, request.form.get("fewer_reason")),
    )
    return saved_response(f"need-{need_id}")


@desk.post("/give")
@requires(USE)
def give() -> ResponseReturnValue:
    """Give a service in the present inquiry; one is opened for it.

    It is given for the need that was chosen (see ``GiveOption``), which is made if it is not there.
    Where nothing was to be chosen it is given for the only need, or for one of the service's kind.
    """
    directory, service_id = current_directory(), request.form.get("service", "")
    reason = read_staff_notes(directory, [service_id]).get(service_id, NO_NOTE).do_not_refer
    if reason and not is_confirmed() and not _is_given(service_id):
        return confirmation_page(
            gettext("Give it all the same?"),
            gettext("Staff wrote: do not refer, because %(reason)s", reason=reason),
            gettext("Yes, give it"),
            keeps_form=True,
        )
    here = f"give-{service_id}" if request.form.get("here") else "desk-assist"
    chosen = request.form.get("need")
    needs = open_inquiries()[0].needs if open_inquiries() else ()
    if chosen == "" or (chosen is None and len(needs) > 1):
        flash_message(gettext("Choose the need that you give it for."))
        return redirect_back(here)
    inquiry_id, need_id = current_or_new_inquiry(), ""
    if chosen:
        known = chosen in {need.id for need in needs}
        need_id = chosen if known else need_to_give_for(inquiry_id, chosen)
        if not need_id:
            flash_message(gettext("Choose the need that you give it for."))
            return redirect_back(here)
    add_referral(
        directory,
        inquiry_id,
        service_id,
        need_id=need_id,
        location_id=request.form.get("location", ""),
        method=parse_code(Method, request.form.get("method")) or Method.REFERRAL,
    )
    return saved_response(here)


def _is_given(service_id: str) -> bool:
    """Whether the present inquiry has the service already, so that only its method changes."""
    inquiries = open_inquiries()
    return bool(inquiries) and service_id in inquiries[0].given


@desk.post("/inquiries/<uuid:inquiry_id>/referrals/<uuid:referral_id>/take-back")
@requires(USE)
def take_back(inquiry_id: UUID, referral_id: UUID) -> ResponseReturnValue:
    """Undo the giving of a service; ``here`` is the anchor to which it leads back."""
    remove_referral(current_directory(), own_inquiry(inquiry_id).id, str(referral_id))
    return redirect_back(request.form.get("here") or "desk-assist")


@desk.post("/find-topics")
@requires(USE)
def find_topics() -> ResponseReturnValue:
    """Look up topics for words; they go by POST, so that they are in no address."""
    words = request.form.get("words", "")[:LONGEST_QUERY].strip()
    if not words:
        return redirect(url_for("desk.home"))
    directory = current_directory()
    raised = crisis_help_lines(directory, words)
    return desk_page(
        topics_found=find_terms(directory, words, coded=True),
        danger_lines=raised.danger,
        perhaps_line=raised.perhaps,
    )


@desk.get("/headings/<string:slug>")
@requires(USE)
def heading(slug: str) -> ResponseReturnValue:
    """Show the topics under a heading, each of which can be the need."""
    tree = read_heading(current_directory(), slug, Audience.PUBLIC)
    return desk_page(tree=tree)
