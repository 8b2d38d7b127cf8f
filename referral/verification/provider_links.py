"""One-time links with which a provider confirms or corrects its own listing without an account.

Corrections never change the listing directly: they become suggestions for staff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import (
    LinkPurpose,
    add_link,
    links_deleted,
    token_hash,
    usable_link,
)
from referral.accounts.rows import LinkRow
from referral.directory.instance import Instance
from referral.directory.listings import read_organization, read_service
from referral.directory.view_models import OrganizationPage, ServicePage
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.visibility import Audience
from referral.verification.provider_answer import (
    HOURS,
    Question,
    changed_answers,
    record_questions,
    week_text,
)
from referral.verification.records import ReportStatus
from referral.verification.rows import ConfirmationMailRow, SuggestionRow

CONFIRMED = "confirmed"
_PURPOSES = (LinkPurpose.PROVIDER,)


@dataclass(frozen=True, slots=True)
class ProviderLink:
    """A new one-time link for a provider to confirm or correct its listing.

    Its token is not stored, so the link can be passed on only once.

    Attributes:
        email: address of the organization, "" if unknown.
        expires_at: UTC instant.
    """

    token: str
    organization_id: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceQuestions:
    """A service with the fields that its provider can confirm or correct."""

    listing: ServicePage
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class ListingQuestions:
    """A provider's public listing with the fields that the provider can confirm or correct."""

    listing: OrganizationPage
    questions: tuple[Question, ...]
    services: tuple[ServiceQuestions, ...]

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """Return the fields that a provider can correct in its organization and services."""
        of_services = (question for service in self.services for question in service.questions)
        return (*self.questions, *of_services)


def make_provider_link(instance: Instance, actor: Actor, organization_id: str) -> ProviderLink:
    """Create a one-time link for a provider; delete earlier unused links of its organization.

    Raises:
        NotFoundError: there is no such public organization.
    """
    page = read_organization(instance, organization_id, Audience.PUBLIC)
    with instance.store.write() as session:
        session.execute(links_deleted(_PURPOSES, organization_id).where(LinkRow.used_at.is_(None)))
        token, expires_at = add_link(
            session, LinkPurpose.PROVIDER, instance.now(), subject_id=organization_id
        )
        record_audit(session, actor, "provider-link-made", "organization", organization_id)
    return ProviderLink(token, organization_id, page.organization.email, expires_at)


def read_provider_link(instance: Instance, token: str) -> ListingQuestions:
    """Return the listing that a provider confirms or corrects with a one-time link.

    The link stays usable.

    Raises:
        NotFoundError: the link was used, has expired or does not exist.
    """
    with instance.store.read() as session:
        link = usable_link(session, token, _PURPOSES, instance.now())
        organization_id = link.subject_id if link else ""
    if not organization_id:
        raise NotFoundError("This link was used, or is too old.")
    return listing_questions(instance, organization_id)


def note_link_opened(instance: Instance, token: str) -> None:
    """Store the time at which the link in a confirmation mail was first opened."""
    with instance.store.write() as session:
        session.execute(
            update(ConfirmationMailRow)
            .where(
                ConfirmationMailRow.token_hash == token_hash(token),
                ConfirmationMailRow.opened_at.is_(None),
            )
            .values(opened_at=instance.now())
        )


def listing_questions(instance: Instance, organization_id: str) -> ListingQuestions:
    """Return the fields that a provider can correct in the listing of its organization.

    Raises:
        NotFoundError: there is no such public organization.
    """
    page = read_organization(instance, organization_id, Audience.PUBLIC)
    services = []
    for card in page.services:
        listing = read_service(instance, card.service.id, Audience.PUBLIC)
        own_phones = tuple(phone for phone in listing.phones if phone.service_id)
        service_questions = record_questions(listing.service, own_phones)
        blocks = (listing.hours, *(site.hours for site in listing.sites))
        weeks = dict.fromkeys(week_text(block.week) for block in blocks)
        shown_hours = "\n".join(filter(None, weeks))
        hours = Question(f"service/{card.service.id}/{HOURS}", shown_hours, is_prefilled=False)
        services.append(ServiceQuestions(listing, (*service_questions, hours)))
    organization_questions = tuple(record_questions(page.organization, page.phones))
    return ListingQuestions(page, organization_questions, tuple(services))


def take_provider_answer(instance: Instance, token: str, answers: Mapping[str, str]) -> int:
    """Store a provider's answer as suggestions for staff, and mark its link as used.

    An answer without a change is stored too, as a suggestion with the field ``confirmed``.

    Args:
        answers: texts by key of the question.

    Returns:
        The number of suggested changes.

    Raises:
        NotFoundError: the link was used, has expired or does not exist.
    """
    asked = read_provider_link(instance, token)
    organization_id = asked.listing.organization.id
    changes = changed_answers(asked.all_questions, answers)
    now, answer_id = instance.now(), str(uuid4())
    with instance.store.write() as session:
        link = usable_link(session, token, _PURPOSES, now, for_update=True)
        if link is None:  # used since by a second request at the same moment
            raise NotFoundError("This link was used, or is too old.")
        link.used_at = now
        answered = update(ConfirmationMailRow).where(
            ConfirmationMailRow.token_hash == link.token_hash
        )
        session.execute(answered.values(answered_at=now))
        confirmation = Question(f"organization/{organization_id}/{CONFIRMED}", "")
        for question, answer in changes or [(confirmation, "")]:
            session.add(
                SuggestionRow(
                    id=str(uuid4()),
                    answer_id=answer_id,
                    organization_id=organization_id,
                    kind=question.kind,
                    record_id=question.record_id,
                    field=question.field,
                    before=question.shown,
                    after=answer,
                    status=ReportStatus.OPEN.value,
                    sent_at=now,
                )
            )
    return len(changes)


def open_link_until(session: Session, organization_id: str, now: datetime) -> date | None:
    """Return the last day of an organization's unused provider link, None if it has none."""
    expires = session.scalar(
        select(LinkRow.expires_at).where(
            LinkRow.purpose == LinkPurpose.PROVIDER.value,
            LinkRow.subject_id == organization_id,
            LinkRow.used_at.is_(None),
            LinkRow.expires_at > now,
        )
    )
    return expires.date() if expires else None
