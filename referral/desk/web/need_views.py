"""Actions for the needs of an open inquiry: topics, outcomes and referrals, each saved at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.curation.staff_notes import NO_NOTE, read_staff_notes
from referral.desk.codes import FewerReason, Method, Outcome, UnmetReason
from referral.desk.inquiries import add_need, remove_need, set_outcome
from referral.desk.records import Need
from referral.desk.referrals import add_referral, remove_referral
from referral.desk.search_details import heading_of_topic
from referral.desk.web.blueprint import (
    USE,
    confirmation_page,
    desk,
    flash_message,
    is_confirmed,
    open_inquiries,
    own_inquiry,
    redirect_back,
    saved_response,
)
from referral.desk.web.forms import parse_code, parse_reason
from referral.desk.web.sidebar import Sidebar, staff_details
from referral.desk.web.views import current_or_new_inquiry, desk_page
from referral.directory.browse import list_headings, read_heading
from referral.directory.danger import crisis_help_lines
from referral.directory.term_lookup import find_terms, is_own_term, names_with_ancestors
from referral.directory.view_models import ServicePage
from referral.records.classification import TaxonomyTerm
from referral.records.visibility import Audience
from referral.search.query import LONGEST_QUERY
from referral.web.current import current_instance
from referral.web.listing_labels import heading_name
from referral.web.staff.access import requires
from referral.web.translated_text import term_name


@desk.post("/needs")
@requires(USE)
def take_need() -> ResponseReturnValue:
    """Add a need, by topic or heading, to the current desk inquiry or to a new one."""
    instance = current_instance()
    term, slug = request.form.get("term", ""), request.form.get("heading", "")
    known_slugs = {heading.slug for heading, _ in list_headings(instance, Audience.PUBLIC)}
    if term or slug in known_slugs:
        add_need(instance, current_or_new_inquiry(), term_code=term, heading=slug)
    else:
        flash_message(gettext("Choose what the person needs."))
    return redirect_back("desk-needs")


@desk.post("/inquiries/<uuid:inquiry_id>/needs/<uuid:need_id>/remove")
@requires(USE)
def drop_need(inquiry_id: UUID, need_id: UUID) -> ResponseReturnValue:
    """Remove a need and its referrals from a desk inquiry."""
    remove_need(current_instance(), own_inquiry(inquiry_id).id, str(need_id))
    return redirect_back("desk-needs")


@desk.post("/inquiries/<uuid:inquiry_id>/needs/<uuid:need_id>/outcome")
@requires(USE)
def take_outcome(inquiry_id: UUID, need_id: UUID) -> ResponseReturnValue:
    """Store the outcome of a person's need, with its reasons."""
    set_outcome(
        current_instance(),
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
    """Refer the person of the current desk inquiry, or of a new one, to a service.

    The service is given for the chosen need (see ``GiveOption``), which is added if the inquiry
    lacks it. If the form had no choice, the need is the only one, or a new one with the topic of
    the service.
    """
    instance, service_id = current_instance(), request.form.get("service", "")
    reason = read_staff_notes(instance, [service_id]).get(service_id, NO_NOTE).do_not_refer
    if reason and not is_confirmed() and not _is_given(service_id):
        return confirmation_page(
            gettext("Give it all the same?"),
            gettext("Staff wrote: do not refer, because %(reason)s", reason=reason),
            gettext("Yes, give it"),
            keeps_form=True,
        )
    anchor = f"give-{service_id}" if request.form.get("here") else "desk-assist"
    chosen = request.form.get("need")
    needs = open_inquiries()[0].needs if open_inquiries() else ()
    if chosen == "" or (chosen is None and len(needs) > 1):
        flash_message(gettext("Choose the need that you give it for."))
        return redirect_back(anchor)
    inquiry_id, need_id = current_or_new_inquiry(), ""
    if chosen:
        is_known = chosen in {need.id for need in needs}
        need_id = chosen if is_known else need_to_give_for(inquiry_id, chosen)
        if not need_id:
            flash_message(gettext("Choose the need that you give it for."))
            return redirect_back(anchor)
    add_referral(
        instance,
        inquiry_id,
        service_id,
        need_id=need_id,
        location_id=request.form.get("location", ""),
        method=parse_code(Method, request.form.get("method")) or Method.REFERRAL,
    )
    return saved_response(anchor)


def _is_given(service_id: str) -> bool:
    """Return whether the current desk inquiry already has a referral to a service."""
    inquiries = open_inquiries()
    return bool(inquiries) and service_id in inquiries[0].given


@desk.post("/inquiries/<uuid:inquiry_id>/referrals/<uuid:referral_id>/take-back")
@requires(USE)
def take_back(inquiry_id: UUID, referral_id: UUID) -> ResponseReturnValue:
    """Remove a referral to a service from a desk inquiry. ``here`` is the anchor to return to."""
    remove_referral(current_instance(), own_inquiry(inquiry_id).id, str(referral_id))
    return redirect_back(request.form.get("here") or "desk-assist")


@desk.post("/find-topics")
@requires(USE)
def find_topics() -> ResponseReturnValue:
    """Show topics for a phrase as needs to choose; sent by POST to keep it out of URLs."""
    words = request.form.get("words", "")[:LONGEST_QUERY].strip()
    if not words:
        return redirect(url_for("desk.home"))
    instance = current_instance()
    help_lines = crisis_help_lines(instance, words)
    return desk_page(
        topics_found=find_terms(instance, words, coded=True),
        danger_lines=help_lines.danger,
        perhaps_line=help_lines.perhaps,
    )


@desk.get("/headings/<string:slug>")
@requires(USE)
def heading(slug: str) -> ResponseReturnValue:
    """Show the topics under a heading, to choose one as a person's need."""
    tree = read_heading(current_instance(), slug, Audience.PUBLIC)
    return desk_page(tree=tree)


_TOPIC, _HEADING = "topic:", "heading:"


@dataclass(frozen=True, slots=True)
class GiveOption:
    """A need for which staff can refer a person to a service.

    Attributes:
        value: the form value: ``topic:`` and a code, ``heading:`` and a slug, or the id of a need
            that has neither. A need that the inquiry lacks is added on submission.
        is_likely: whether the option is selected by default.
    """

    value: str
    name: str
    is_likely: bool = False


def give_options(sidebar: Sidebar | None, service_id: str) -> tuple[GiveOption, ...]:
    """Return the needs for which staff can give a service: the inquiry's, search's or service's.

    If the search named topics, they are options as well, and a single one is the default. Without
    topics, the default is the only need that fits the service; if no need fits, the service's own
    topic or heading is one more option.
    """
    needs = sidebar.inquiry.needs if sidebar else ()
    names = {_option_value(need): sidebar.need_name(need) for need in needs} if sidebar else {}
    searched: tuple[TaxonomyTerm, ...] = g.get("topics_searched", ())
    if searched:
        likely = _add_searched_topics(names, searched, needs)
    else:
        likely = _add_service_option(names, needs, service_id)
    return tuple(
        GiveOption(value, name, is_likely=value == likely or len(names) == 1)
        for value, name in names.items()
    )


def _add_searched_topics(
    names: dict[str, str], searched: tuple[TaxonomyTerm, ...], needs: tuple[Need, ...]
) -> str:
    """Add the search's topics to the needs that a service can be given for; return the default.

    The default is "" if there are several.
    """
    if "values_searched" not in g:  # cached for all cards of the page
        g.values_searched = {_topic_value(term, needs): term for term in searched}
    for value, term in g.values_searched.items():
        names.setdefault(value, term_name(term))
    return next(iter(g.values_searched)) if len(g.values_searched) == 1 else ""


def _add_service_option(names: dict[str, str], needs: tuple[Need, ...], service_id: str) -> str:
    """Return the only need of an inquiry that fits a service, as an option value, else "".

    If no need fits, the service's own topic or heading is added to the options.
    """
    listing = staff_details([service_id]).listings.get(service_id)
    if listing is None:
        return ""
    fitting = [_option_value(need) for need in needs if _fits_service(need, listing)]
    service_option = next(_service_options(listing), None)
    if service_option and not fitting:
        names.setdefault(*service_option)
    return fitting[0] if len(fitting) == 1 else ""


def need_to_give_for(inquiry_id: str, value: str) -> str:
    """Return the id of the need that staff chose for a referral, after adding it if it is missing.

    The id is "" for an unknown value.

    Raises:
        NotFoundError: there is no such topic.
    """
    instance = current_instance()
    code, slug = value.removeprefix(_TOPIC), value.removeprefix(_HEADING)
    if code != value:
        return add_need(instance, inquiry_id, term_code=code, is_by_giving=True)
    known_slugs = {heading.slug for heading, _ in list_headings(instance, Audience.PUBLIC)}
    if slug != value and slug in known_slugs:
        return add_need(instance, inquiry_id, heading=slug)
    return ""


def _option_value(need: Need) -> str:
    if need.term_code:
        return _TOPIC + need.term_code
    return _HEADING + need.heading if need.heading else need.id


def _topic_value(term: TaxonomyTerm, needs: tuple[Need, ...]) -> str:
    """Return the form value of a topic, or of an uncoded need under the topic's heading."""
    uncoded = {need.heading for need in needs if need.heading and not need.term_code}
    heading = heading_of_topic(current_instance(), term.code) if uncoded else ""
    return _HEADING + heading if heading in uncoded else _TOPIC + term.code


def _fits_service(need: Need, listing: ServicePage) -> bool:
    """Return whether a person's need fits a service by topic or heading; unknown ones fit.

    Topics are compared first, because a heading combines kinds such as food and housing. Topics of
    different taxonomies match if they, or broader topics, have the same name.
    """
    kinds = [
        term.key for term in (*listing.terms, *(topic.term for topic in listing.suggested_topics))
    ]
    if need.term_code and kinds:
        instance = current_instance()
        need_names = names_with_ancestors(instance, [need.term_code])
        return not need_names.isdisjoint(names_with_ancestors(instance, kinds))
    headings = {heading.slug for heading in listing.headings}
    return need.heading in headings if need.heading and headings else True


def _service_options(listing: ServicePage) -> Iterator[tuple[str, str]]:
    """Yield the topics and headings of a service as needs to choose from: form value and name."""
    for term in sorted(listing.terms, key=lambda topic: not is_own_term(topic)):
        if term.code:
            yield _TOPIC + term.code, term_name(term)
    for heading in listing.headings:
        yield _HEADING + heading.slug, heading_name(heading)
