"""Links with which a provider states, by one tap, how many of a unit are free.

A link does nothing else, and shows only public data. It can be used many times, so that it can stay
on a phone, until it expires or staff end it. Opening it changes nothing, because programs that scan
mail open links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.links import LinkPurpose, add_link, links_deleted, usable_link
from referral.accounts.rows import LinkRow
from referral.capacity.records import NewStatement, StatementSource
from referral.capacity.statements import add_statement, check_statement, read_capacity_listing
from referral.directory.instance import Instance
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Actor
from referral.records.current_capacity import CurrentCapacity, current_capacities
from referral.records.listing import Listing

_PURPOSES = (LinkPurpose.CAPACITY,)


@dataclass(frozen=True, slots=True)
class CapacityLink:
    """A new link for a provider to state capacity, shown only once; ``token`` is not stored."""

    token: str
    service_name: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A provider's capacity link as listed for staff, without its token."""

    unit: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CapacityQuestion:
    """The content of a capacity link's page: a public service, a unit and its current capacity."""

    service_name: str
    organization_name: str
    unit: str
    current: CurrentCapacity | None


def make_capacity_link(
    instance: Instance, actor: Actor, service_id: str, unit: str
) -> CapacityLink:
    """Create a link with which a provider states a service's free capacity of a unit.

    An earlier one for both stops working.

    Raises:
        NotFoundError: there is no such public service.
        RefusedError: a location is withheld, or the unit is unknown.
    """
    check_statement(unit, 0)
    with instance.store.write() as session:
        listing = read_capacity_listing(session, service_id)
        session.execute(links_deleted(_PURPOSES, service_id).where(LinkRow.detail == unit))
        token, expires_at = add_link(
            session, LinkPurpose.CAPACITY, instance.now(), subject_id=service_id, detail=unit
        )
        record_audit(session, actor, "capacity-link-made", "service", service_id)
    email = listing.service.email or (listing.organization.email if listing.organization else "")
    return CapacityLink(token, listing.service.name, email, expires_at)


def list_capacity_links(instance: Instance, service_id: str) -> tuple[KnownLink, ...]:
    """Return the capacity links of a service that have not expired."""
    query = select(LinkRow).where(
        LinkRow.purpose == LinkPurpose.CAPACITY.value,
        LinkRow.subject_id == service_id,
        LinkRow.expires_at > instance.now(),
    )
    with instance.store.read() as session:
        return tuple(
            KnownLink(link.detail, link.expires_at, link.used_at)
            for link in session.scalars(query.order_by(LinkRow.detail))
        )


def end_capacity_link(instance: Instance, actor: Actor, service_id: str, unit: str) -> None:
    """Delete the capacity link of a service for a unit (beds, meals)."""
    with instance.store.write() as session:
        session.execute(links_deleted(_PURPOSES, service_id).where(LinkRow.detail == unit))
        record_audit(session, actor, "capacity-link-ended", "service", service_id)


def read_capacity_link(instance: Instance, token: str) -> CapacityQuestion:
    """Return the content of the page of a provider's capacity link. Reading changes nothing.

    Raises:
        NotFoundError: the link is unknown or has ended, or its service is no longer public.
    """
    with instance.store.read() as session:
        link = _require_link(session, token, instance.now())
        listing = _require_listing(session, link.subject_id)
        capacities = current_capacities(
            listing.capacities, instance.now(), instance.settings.timezone
        )
        return CapacityQuestion(
            service_name=listing.service.name,
            organization_name=listing.organization.name if listing.organization else "",
            unit=link.detail,
            current=next(
                (capacity for capacity in capacities if capacity.unit == link.detail), None
            ),
        )


def add_provider_statement(instance: Instance, token: str, available: int) -> None:
    """Store the capacity that a provider states with a link.

    Raises:
        NotFoundError: the link is unknown or has ended, or its service is no longer public.
        RefusedError: the number is out of range.
    """
    now = instance.now()
    with instance.store.write() as session:
        link = _require_link(session, token, now)
        _require_listing(session, link.subject_id)
        check_statement(link.detail, available)
        link.used_at = now
        statement = NewStatement(
            unit=link.detail, available=available, said_by=StatementSource.PROVIDER
        )
        add_statement(instance, session, link.subject_id, statement, now)
    instance.index.sync_after_commit()


def _require_link(session: Session, token: str, now: datetime) -> LinkRow:
    link = usable_link(session, token, _PURPOSES, now)
    if link is None:
        raise NotFoundError("This link does not work any more.")
    return link


def _require_listing(session: Session, service_id: str) -> Listing:
    try:
        return read_capacity_listing(session, service_id)
    except RefusedError as error:  # the response must not reveal that a location is withheld
        raise NotFoundError("This link does not work any more.") from error
