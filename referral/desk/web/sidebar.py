"""The open inquiry of whoever is at the desk, and the column in which it stands on pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from flask import flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.desk.follow_ups import find_follow_up
from referral.desk.inquiries import list_open_inquiries, read_inquiry
from referral.desk.records import (
    Inquiry,
    Need,
    closing_problems,
    outcome_problems,
)
from referral.desk.records_follow_ups import FollowUp
from referral.desk.shift_notes import ShiftNote, read_shift_notes
from referral.desk.web.forms import DetailsForm, seen_details
from referral.directory.listings import read_services
from referral.directory.term_lookup import (
    interpreted_topics,
    read_needs,
)
from referral.directory.view_models import ResultsPage, ServicePage
from referral.errors import NotFoundError
from referral.records.accounts import Permission
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.records.problems import Severity
from referral.records.visibility import Audience
from referral.web.code_labels import code_label
from referral.web.current import current_directory
from referral.web.listing_labels import heading_name
from referral.web.staff.permissions import (
    account_or_none,
    current_account,
    safe_redirect_path,
)
from referral.web.training import set_training

# Where the column stands; the others are single sheets, or have to work without a database.
_WITH_COLUMN = frozenset(
    {
        "desk.home", "desk.inquiry", "desk.find_topics", "desk.heading",
        "patron.search", "patron.service", "patron.organization", "patron.heading",
        "patron.topic",
    }
)  # fmt: skip
_INQUIRY, _DESK = "inquiry", "desk"
NEW_NEED = "new"
"""In place of the id of a need: the topic that was searched for is one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the column shows beside the open inquiry.

    Attributes:
        others: further open inquiries of this account.
        warnings, hindrances: by need, in words: what to think of, and what must be done to close.
        can_close: nothing hinders closing.
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

    @property
    def seen(self) -> str:
        """The details as this page shows them, for when it is sent."""
        return seen_details(self.inquiry.details)

    @property
    def given(self) -> frozenset[str]:
        """Ids of the services that were given."""
        return frozenset(
            referral.service_id for need in self.inquiry.needs for referral in need.referrals
        )

    def need_name(self, need: Need) -> str:
        """What a need is called."""
        return need_words(need, self.topics, self.headings)

    def needs_to_give_for(self) -> tuple[tuple[str, str, bool], ...]:
        """What a service can be given for, where there is a choice: id, name, and whether likely.

        Likely is the need of the topic that was searched for; else one that waits for its first
        service, else a new one of this topic, else the latest.
        """
        searched, needs = searched_topic(), self.inquiry.needs
        topic = next((need for need in needs if searched and need.term_code == searched), None)
        is_new = bool(searched) and bool(needs) and topic is None
        if len(needs) + is_new < 2:  # one is no choice
            return ()
        waiting = next((need for need in reversed(needs) if not need.referrals), None)
        known = topic or waiting or (None if is_new else needs[-1])
        likely = known.id if known else NEW_NEED
        named = [(need.id, self.need_name(need)) for need in needs]
        if is_new:
            named.append((NEW_NEED, gettext("New need: %(topic)s", topic=g.searched_topic.name)))
        return tuple((each, name, each == likely) for each, name in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFacts:
    """What staff see on a card beyond what the public does."""

    listings: dict[str, ServicePage]
    notes: dict[str, tuple[ShiftNote, ...]]


def need_words(need: Need, topics: Mapping[str, TaxonomyTerm], headings: Iterable[Heading]) -> str:
    """The topic of a need, else its heading; some services have neither."""
    if need.term_code in topics:
        return topics[need.term_code].name
    named = {each.slug: heading_name(each) for each in headings}
    return named.get(need.heading) or str(gettext("A need without a topic"))


def erased_on(inquiry: Inquiry) -> date:
    """The day on which the details of an inquiry go by themselves."""
    days = timedelta(days=current_directory().settings.detail_days)
    return (inquiry.started_at + days).date()


def is_at_desk() -> bool:
    """Whether whoever asks is signed in and works at the desk; no on error pages."""
    account = None if "without_column" in g else account_or_none()
    return account is not None and account.may(Permission.USE_DESK)


def desk_name() -> str:
    """The desk that this browser stands at."""
    return str(session.get(_DESK, ""))


def set_mode(desk: str, *, training: bool) -> None:
    """Remember desk and training for this browser's session."""
    session[_DESK] = desk
    set_training(training=training)


def choose_inquiry(inquiry_id: str) -> None:
    """Make this the open inquiry of this browser."""
    session[_INQUIRY] = inquiry_id
    g.pop("open_inquiries", None)


def open_inquiries() -> tuple[Inquiry, ...]:
    """The open inquiries of whoever is at the desk, the present one first; read once."""
    if "open_inquiries" not in g:
        account = account_or_none() if is_at_desk() else None
        found = list_open_inquiries(current_directory(), account.id) if account else ()
        chosen = session.get(_INQUIRY, "") if found else ""
        g.open_inquiries = tuple(sorted(found, key=lambda each: each.id != chosen))
    return cast("tuple[Inquiry, ...]", g.open_inquiries)


def own_inquiry(inquiry_id: UUID) -> Inquiry:
    """An inquiry that this account works on; a 404 for any other."""
    inquiry = read_inquiry(current_directory(), str(inquiry_id))
    if current_account().id not in inquiry.members:
        raise NotFoundError("There is no such inquiry.")
    return inquiry


def desk_column(results: ResultsPage | None = None) -> Column | None:
    """The column, on pages that have one, while an inquiry is open.

    Args:
        results: those of the page; what staff see more on their cards is read for all at once.
    """
    if request.endpoint not in _WITH_COLUMN or not is_at_desk():
        return None
    if results is not None:
        staff_facts([card.service.id for card in results.cards])
        understood = interpreted_topics(current_directory(), results.answer)
        g.searched_topic = understood[0] if understood else None
    if "desk_column" not in g:
        inquiries = open_inquiries()
        g.desk_column = _column(inquiries[0], inquiries[1:]) if inquiries else None
    return cast("Column | None", g.desk_column)


def searched_topic() -> str:
    """The code of the topic that was searched for; "" where the words stand for none."""
    topic = g.get("searched_topic")
    return str(topic.code) if topic else ""


def staff_facts(service_ids: Iterable[str]) -> StaffFacts:
    """What staff see beyond the public about these services; each is read once for a page."""
    if "staff_facts" not in g:
        g.staff_facts = StaffFacts(listings={}, notes={})
    facts = cast(StaffFacts, g.staff_facts)
    missing = [each for each in service_ids if each not in facts.notes]
    if missing:
        directory = current_directory()
        notes = read_shift_notes(directory, missing)
        facts.notes.update({each: notes.get(each, ()) for each in missing})
        listings = read_services(directory, missing, Audience.STAFF)
        facts.listings.update({listing.service.id: listing for listing in listings})
    return facts


def here() -> str:
    """The page to come back to after a button was pressed on it."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    inquiries = open_inquiries()
    return (
        url_for("desk.inquiry", inquiry_id=inquiries[0].id) if inquiries else url_for("desk.home")
    )


def back(anchor: str = "desk") -> ResponseReturnValue:
    """Lead back to the page on which the button stood."""
    target = safe_redirect_path(request.form.get("next", "") or url_for("desk.home"))
    return redirect(f"{target.partition('#')[0]}#{anchor}")


def tell(words: str) -> None:
    """Say something once, on the next page of this browser. Never a person's words."""
    flash(words, "desk")


def _column(inquiry: Inquiry, others: tuple[Inquiry, ...]) -> Column:
    directory = current_directory()
    topics, headings = read_needs(directory, (need.term_code for need in inquiry.needs))
    problems = {need.id: tuple(outcome_problems(need)) for need in inquiry.needs}
    # A need that nobody has spoken of yet is not in error.
    fresh = {need.id for need in inquiry.needs if need.outcome is None}

    def words(severity: Severity) -> dict[str, tuple[str, ...]]:
        return {
            need_id: tuple(code_label(each) for each in found if each.severity is severity)
            for need_id, found in problems.items()
            if need_id not in fresh
        }

    return Column(
        inquiry=inquiry,
        others=others,
        headings=headings,
        topics=topics,
        form=DetailsForm(details=inquiry.details),
        warnings=words(Severity.WARNING),
        hindrances=words(Severity.ERROR),
        can_close=not closing_problems(inquiry),
        follow_up=find_follow_up(directory, inquiry.id),
    )


def kept(anchor: str = "desk") -> ResponseReturnValue:
    """The answer after something was kept: back to the page, or nothing for the script."""
    if request.headers.get("X-Referral-Quiet") == "1":  # the script of the desk sent this
        return "", 204
    return back(anchor)
