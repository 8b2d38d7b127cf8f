"""Sidebar with the open inquiry, and details that only staff see beside public listings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from flask import g, request
from flask_babel import gettext

from referral.curation.staff_notes import StaffNote, read_staff_notes
from referral.desk.follow_ups import find_follow_up
from referral.desk.log_settings import read_log_settings
from referral.desk.records import FollowUp, Inquiry, Need, closing_problems, outcome_problems
from referral.desk.shift_notes import ShiftNote, read_shift_notes
from referral.desk.web.blueprint import is_at_desk, open_inquiries
from referral.desk.web.forms import DetailsForm, InquiryForm, serialize_details
from referral.directory.listings import read_services
from referral.directory.term_lookup import read_needs, searched_needs
from referral.directory.view_models import ResultsPage, ServicePage
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.records.problems import Severity
from referral.records.visibility import Audience
from referral.web.code_labels import code_label
from referral.web.current import current_instance
from referral.web.listing_labels import heading_name
from referral.web.translated_text import term_name

# Endpoints of pages with the sidebar. Other pages are printed, or must work without a database.
_ENDPOINTS_WITH_SIDEBAR = frozenset(
    {
        "desk.home", "desk.inquiry", "desk.find_topics", "desk.heading", "desk.take_search_details",
        "patron.search", "patron.service", "patron.organization", "patron.heading",
        "patron.topic",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidebar:
    """The desk's sidebar: the current inquiry and the problems that keep it open.

    Attributes:
        others: further open inquiries of this account.
        warnings, hindrances: need id → messages to consider, and messages of problems to fix.
        can_close: whether nothing prevents closing the inquiry.
        closing_form: the form for the statistics of the inquiry.
    """

    inquiry: Inquiry
    others: tuple[Inquiry, ...]
    headings: tuple[Heading, ...]
    topics: Mapping[str, TaxonomyTerm]
    form: DetailsForm
    warnings: Mapping[str, tuple[str, ...]]
    hindrances: Mapping[str, tuple[str, ...]]
    can_close: bool
    follow_up: FollowUp | None
    closing_form: InquiryForm

    @property
    def seen(self) -> str:
        """Return the inquiry's details as JSON, to find later which ones the form changed."""
        return serialize_details(self.inquiry.details)

    def need_name(self, need: Need) -> str:
        """Return the label of a person's need in the sidebar."""
        return need_label(need, self.topics, self.headings)

    def given_for(self, service_id: str) -> tuple[tuple[Need, str], ...]:
        """Return the inquiry's needs for which a service was given, with referral ids."""
        return tuple(
            (need, referral.id)
            for need in self.inquiry.needs
            for referral in need.referrals
            if referral.service_id == service_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDetails:
    """Listings, shift notes and staff notes of services, which only staff see on service cards."""

    listings: dict[str, ServicePage]
    notes: dict[str, tuple[ShiftNote, ...]]
    staff_notes: dict[str, StaffNote]


def need_label(need: Need, topics: Mapping[str, TaxonomyTerm], headings: Iterable[Heading]) -> str:
    """Return the name of a person's need: its topic, else its heading; some needs have neither."""
    if need.term_code in topics:
        return term_name(topics[need.term_code])
    names = {heading.slug: heading_name(heading) for heading in headings}
    return names.get(need.heading) or str(gettext("A need without a topic"))


def erase_date(inquiry: Inquiry) -> date:
    """Return the date on which the details of a desk inquiry are erased."""
    days = timedelta(days=current_instance().settings.detail_days)
    return (inquiry.started_at + days).date()


def desk_sidebar(results: ResultsPage | None = None, topic: str = "") -> Sidebar | None:
    """Return the data of the desk's sidebar for the current page, None without an open inquiry.

    Args:
        results: the results of the page, to read staff details for all their cards at once.
        topic: the key of the topic chosen as a filter, "" for none.
    """
    if request.endpoint not in _ENDPOINTS_WITH_SIDEBAR or not is_at_desk():
        return None
    if results is not None:
        staff_details([card.service.id for card in results.cards])
        g.topics_searched = topics_searched(results, topic)
    if "desk_sidebar" not in g:
        inquiries = open_inquiries()
        g.desk_sidebar = _build_sidebar(inquiries[0], inquiries[1:]) if inquiries else None
    return cast("Sidebar | None", g.desk_sidebar)


def topics_searched(results: ResultsPage, topic: str = "") -> tuple[TaxonomyTerm, ...]:
    """Return the topics that a search names, or only the topic chosen as a filter."""
    if topic:
        return tuple(term for term in results.terms.find([topic]).values() if term.code)
    return searched_needs(current_instance(), results.answer)


def give_key() -> str:
    """Return access key "g" for the first service card of the page, "" for others."""
    is_first = "gave_key" not in g
    g.gave_key = True
    return "g" if is_first else ""


def staff_details(service_ids: Iterable[str]) -> StaffDetails:
    """Return the staff listings and notes of services; each service is read once per request."""
    if "staff_details" not in g:
        g.staff_details = StaffDetails(listings={}, notes={}, staff_notes={})
    details = cast(StaffDetails, g.staff_details)
    missing = [service_id for service_id in service_ids if service_id not in details.notes]
    if missing:
        instance = current_instance()
        notes = read_shift_notes(instance, missing)
        details.notes.update({service_id: notes.get(service_id, ()) for service_id in missing})
        details.staff_notes.update(read_staff_notes(instance, missing))
        listings = read_services(instance, missing, Audience.STAFF)
        details.listings.update({listing.service.id: listing for listing in listings})
    return details


def _build_sidebar(inquiry: Inquiry, others: tuple[Inquiry, ...]) -> Sidebar:
    instance = current_instance()
    topics, headings = read_needs(instance, (need.term_code for need in inquiry.needs))
    problems = {need.id: tuple(outcome_problems(need)) for need in inquiry.needs}
    # The missing outcome of a new need is not shown as a problem.
    without_outcome = {need.id for need in inquiry.needs if need.outcome is None}

    def messages(severity: Severity) -> dict[str, tuple[str, ...]]:
        return {
            need_id: tuple(code_label(problem) for problem in found if problem.severity is severity)
            for need_id, found in problems.items()
            if need_id not in without_outcome
        }

    return Sidebar(
        inquiry=inquiry,
        others=others,
        headings=headings,
        topics=topics,
        form=DetailsForm(details=inquiry.details),
        warnings=messages(Severity.WARNING),
        hindrances=messages(Severity.ERROR),
        can_close=not closing_problems(inquiry),
        follow_up=find_follow_up(instance, inquiry.id),
        closing_form=InquiryForm(None, read_log_settings(instance), inquiry),
    )
