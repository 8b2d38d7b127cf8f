"""Links by which an organization looks its own listing over, once, without an account.

What it sends is never written into the listing: it waits until staff accept it.
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
from referral.verification.provider_answer import HOURS, Question, changed, questions, week_text
from referral.verification.records import ReportStatus
from referral.verification.rows import ConfirmationMailRow, SuggestionRow

CONFIRMED = "confirmed"
_PURPOSES = (LinkPurpose.PROVIDER,)


@dataclass(frozen=True, slots=True)
class ProviderLink:
    """A link as it is handed over, once; ``token`` is kept nowhere.

    Attributes:
        email: the organization's, "" where none is known.
        expires_at: UTC instant.
    """

    token: str
    organization_id: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceQuestions:
    """A service as its provider is asked about it."""

    listing: ServicePage
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class ListingQuestions:
    """The public listing of an organization, as it is asked about it."""

    listing: OrganizationPage
    questions: tuple[Question, ...]
    services: tuple[ServiceQuestions, ...]

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """Of the organization and of its services."""
        of_services = (each for service in self.services for each in service.questions)
        return (*self.questions, *of_services)


def make_provider_link(instance: Instance, actor: Actor, organization_id: str) -> ProviderLink:
    """Make a link; earlier ones of the organization stop working.

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
    """What the link's organization is asked. Reading does not use it up.

    Raises:
        NotFoundError: the link was used, is too old, or never was one.
    """
    with instance.store.read() as session:
        link = usable_link(session, token, _PURPOSES, instance.now())
        organization_id = link.subject_id if link else ""
    if not organization_id:
        raise NotFoundError("This link was used, or is too old.")
    return listing_questions(instance, organization_id)


def note_link_opened(instance: Instance, token: str) -> None:
    """Note when the link of a mail that staff sent to all was first opened."""
    mail = ConfirmationMailRow
    with instance.store.write() as session:
        session.execute(
            update(mail)
            .where(mail.token_hash == token_hash(token), mail.opened_at.is_(None))
            .values(opened_at=instance.now())
        )


def listing_questions(instance: Instance, organization_id: str) -> ListingQuestions:
    """The questions about an organization and its services, from what the public sees.

    Raises:
        NotFoundError: there is no such public organization.
    """
    page = read_organization(instance, organization_id, Audience.PUBLIC)
    services = []
    for card in page.services:
        listing = read_service(instance, card.service.id, Audience.PUBLIC)
        own = tuple(each for each in listing.phones if each.service_id)
        blocks = (listing.hours, *(site.hours for site in listing.sites))
        texts = dict.fromkeys(week_text(block.week) for block in blocks)
        shown = "\n".join(filter(None, texts))
        hours = Question(f"service/{card.service.id}/{HOURS}", shown, typed=False)
        services.append(ServiceQuestions(listing, (*questions(listing.service, own), hours)))
    return ListingQuestions(page, tuple(questions(page.organization, page.phones)), tuple(services))


def take_provider_answer(instance: Instance, token: str, answers: Mapping[str, str]) -> int:
    """Put what a provider sent into the queue, and use the link up.

    An answer without a change says that all is right; that waits for staff too.

    Returns:
        How many changes it asks for.

    Raises:
        NotFoundError: the link was used, is too old, or never was one.
    """
    asked = read_provider_link(instance, token)
    organization_id = asked.listing.organization.id
    wanted = changed(asked.all_questions, answers)
    now, answer_id = instance.now(), str(uuid4())
    with instance.store.write() as session:
        link = usable_link(session, token, _PURPOSES, now, for_update=True)
        if link is None:  # sent twice at the same moment
            raise NotFoundError("This link was used, or is too old.")
        link.used_at = now
        mail = ConfirmationMailRow
        answered = update(mail).where(mail.token_hash == link.token_hash)
        session.execute(answered.values(answered_at=now))
        for question, answer in wanted or [(None, "")]:
            session.add(
                SuggestionRow(
                    id=str(uuid4()),
                    answer_id=answer_id,
                    organization_id=organization_id,
                    kind=question.kind if question else "organization",
                    record_id=question.record_id if question else organization_id,
                    field=question.field if question else CONFIRMED,
                    before=question.shown if question else "",
                    after=answer,
                    status=ReportStatus.OPEN.value,
                    sent_at=now,
                )
            )
    return len(wanted)


def open_link_until(session: Session, organization_id: str, now: datetime) -> date | None:
    """The day until which a link of this organization works; None when there is none."""
    row = LinkRow
    expires = session.scalar(
        select(row.expires_at).where(
            row.purpose == LinkPurpose.PROVIDER.value,
            row.subject_id == organization_id,
            row.used_at.is_(None),
            row.expires_at > now,
        )
    )
    return expires.date() if expires else None
