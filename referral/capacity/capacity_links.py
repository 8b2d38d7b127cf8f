"""Links by which a provider says, with one tap, how much of one thing is free.

A link does nothing else and shows nothing that the public may not see. It works many times, so
that it can stay on a phone, until its day or until staff end it. Opening it changes nothing:
programs that scan mail open links.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.one_time_links import token_hash
from referral.capacity.records import Said, SaidBy
from referral.capacity.rows import CapacityLinkRow
from referral.capacity.statements import check_statement, listed_openly, state
from referral.directory.context import Directory
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import Actor
from referral.records.current_capacity import CurrentCapacity, current_capacities
from referral.records.listing import Listing

LINK_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class CapacityLink:
    """A link as it is handed over, once; ``token`` is kept nowhere."""

    token: str
    service_name: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link as staff see it afterwards."""

    unit: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CapacityQuestion:
    """What the page of a link shows: a public service, a unit, and what was said last of it."""

    service_name: str
    organization_name: str
    unit: str
    current: CurrentCapacity | None


def make_capacity_link(
    directory: Directory, actor: Actor, service_id: str, unit: str
) -> CapacityLink:
    """Make a link; an earlier one of the service for this unit stops working.

    Raises:
        NotFoundError: there is no such public service.
        RefusedError: its place is private, or the unit is none of ours.
    """
    check_statement(unit, 0)
    token, now, row = secrets.token_urlsafe(32), directory.now(), CapacityLinkRow
    with directory.store.write() as session:
        listing = listed_openly(session, service_id)
        session.execute(delete(row).where(row.service_id == service_id, row.unit == unit))
        session.add(
            CapacityLinkRow(
                token_hash=token_hash(token),
                service_id=service_id,
                unit=unit,
                made_at=now,
                made_by=actor.account_id,
                expires_at=now + LINK_LIFETIME,
            )
        )
        record_audit(session, actor, "capacity-link-made", "service", service_id)
    email = listing.service.email or (listing.organization.email if listing.organization else "")
    return CapacityLink(token, listing.service.name, email, now + LINK_LIFETIME)


def list_capacity_links(directory: Directory, service_id: str) -> tuple[KnownLink, ...]:
    """The links of a service that work."""
    row = CapacityLinkRow
    statement = select(row).where(row.service_id == service_id, row.expires_at > directory.now())
    with directory.store.read() as session:
        return tuple(
            KnownLink(each.unit, each.made_at, each.expires_at, each.used_at)
            for each in session.scalars(statement.order_by(row.unit))
        )


def end_capacity_link(directory: Directory, actor: Actor, service_id: str, unit: str) -> None:
    """Let the link of a service for a unit work no more."""
    row = CapacityLinkRow
    with directory.store.write() as session:
        session.execute(delete(row).where(row.service_id == service_id, row.unit == unit))
        record_audit(session, actor, "capacity-link-ended", "service", service_id)


def read_capacity_link(directory: Directory, token: str) -> CapacityQuestion:
    """What the page of a link shows. Reading changes nothing.

    Raises:
        NotFoundError: the link has ended, never was one, or its service is not public any more.
    """
    with directory.store.read() as session:
        link = _usable(session, token, directory.now())
        listing = _listing(session, link.service_id)
        shown = current_capacities(listing.capacities, directory.now(), directory.settings.timezone)
        return CapacityQuestion(
            service_name=listing.service.name,
            organization_name=listing.organization.name if listing.organization else "",
            unit=link.unit,
            current=next((each for each in shown if each.unit == link.unit), None),
        )


def take_capacity(directory: Directory, token: str, available: int) -> None:
    """Take what the provider says.

    Raises:
        NotFoundError: the link has ended, never was one, or its service is not public any more.
        RefusedError: the number cannot be used.
    """
    now = directory.now()
    with directory.store.write() as session:
        link = _usable(session, token, now)
        _listing(session, link.service_id)
        check_statement(link.unit, available)
        link.used_at = now
        said = Said(unit=link.unit, available=available, said_by=SaidBy.PROVIDER)
        state(directory, session, link.service_id, said, now)
    directory.index.sync_after_commit()


def drop_ended_links(directory: Directory) -> int:
    """The daily job: drop links whose day has passed; gives how many."""
    row = CapacityLinkRow
    with directory.store.write() as session:
        ended = delete(row).where(row.expires_at <= directory.now())
        return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult


def _usable(session: Session, token: str, now: datetime) -> CapacityLinkRow:
    link = session.get(CapacityLinkRow, token_hash(token))
    if link is None or link.expires_at <= now:
        raise NotFoundError("This link does not work any more.")
    return link


def _listing(session: Session, service_id: str) -> Listing:
    try:
        return listed_openly(session, service_id)
    except RefusedError as error:  # to the provider as to everybody: nothing is said of the place
        raise NotFoundError("This link does not work any more.") from error
