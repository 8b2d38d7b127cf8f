"""Capacity statements: stored, written into the listing, expired and deleted.

The latest statement for a unit is a ``service_capacity`` record with its own source, so it is
searched, shown and exported like any other. Who stated it is in ``capacity_statement``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AccountRow
from referral.capacity.records import MOST_FREE, CapacityStatement, NewStatement, StatementSource
from referral.capacity.rows import CapacityStatementRow
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.records.accounts import Actor
from referral.records.current_capacity import CAPACITY_LASTS, UNITS
from referral.records.listing import Listing
from referral.records.record_ids import CAPACITY_SOURCE, stated_capacity_id
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from referral.store.rows import ServiceCapacityRow

KEEP_STATEMENTS = timedelta(days=400)  # somewhat more than a year, for reports
_MOST_LISTED = 20


def add_desk_statement(
    instance: Instance, actor: Actor, service_id: str, unit: str, available: int
) -> None:
    """Store the free capacity that a staff member states for a service.

    Raises:
        NotFoundError: there is no such public service.
        RefusedError: a location is withheld, the unit is unknown, or the number is out of range.
    """
    with instance.store.write() as session:
        read_capacity_listing(session, service_id)
        check_statement(unit, available)
        statement = NewStatement(
            unit=unit,
            available=available,
            said_by=StatementSource.DESK,
            account_id=actor.account_id,
        )
        add_statement(instance, session, service_id, statement, instance.now())
        record_audit(session, actor, "capacity-said", "service", service_id)
    instance.index.sync_after_commit()


def read_statements(instance: Instance, service_id: str) -> tuple[CapacityStatement, ...]:
    """Return the latest capacity statements of a service for staff, the newest first."""
    query = (
        select(CapacityStatementRow, AccountRow.name)
        .outerjoin(AccountRow, AccountRow.id == CapacityStatementRow.account_id)
        .where(CapacityStatementRow.service_id == service_id)
        .order_by(CapacityStatementRow.said_at.desc(), CapacityStatementRow.id)
        .limit(_MOST_LISTED)
    )
    with instance.store.read() as session:
        return tuple(
            CapacityStatement(
                unit=row.unit,
                available=row.available,
                said_at=row.said_at,
                said_by=StatementSource(row.said_by),
                account_name=name or "",
            )
            for row, name in session.execute(query)
        )


def retire_expired_capacities(instance: Instance) -> int:
    """Retire expired capacities (such as free beds) in listings; return their number.

    Pages never show them.
    """
    now = instance.now()
    expired = select(ServiceCapacityRow.id).where(
        ServiceCapacityRow.source == CAPACITY_SOURCE,
        ServiceCapacityRow.retired_at.is_(None),
        ServiceCapacityRow.updated <= (now - CAPACITY_LASTS).isoformat(timespec="microseconds"),
    )
    with instance.store.read() as session:
        ids = session.scalars(expired).all()
        if not ids:
            return 0
    with instance.store.write() as session:
        for capacity in session.scalars(
            select(ServiceCapacityRow).where(
                ServiceCapacityRow.id.in_(ids), ServiceCapacityRow.id.in_(expired)
            )
        ):
            _retire(capacity, now)
    return len(ids)


def delete_old_statements(instance: Instance) -> int:
    """Delete capacity statements past retention, once a day; return their number."""
    with instance.store.write() as session:
        deletion = delete(CapacityStatementRow).where(
            CapacityStatementRow.said_at < instance.now() - KEEP_STATEMENTS
        )
        return int(session.execute(deletion).rowcount)  # type: ignore[attr-defined]  # a DELETE returns a CursorResult


def read_capacity_listing(session: Session, service_id: str) -> Listing:
    """Return the listing of a public service whose free capacity may be shown.

    Raises:
        NotFoundError: there is no such public service.
        RefusedError: a location of the service is withheld, so its use must not be visible.
    """
    listings = load_listings(session, [service_id], Audience.PUBLIC)
    if not listings:
        raise NotFoundError("There is no such service.")
    listing = listings[0]
    if listing.place_withheld:
        raise refused("The place is private. We do not show its room.")
    return listing


def check_statement(unit: str, available: int) -> None:
    """Check that a capacity statement has a known unit and a number in range.

    Raises:
        RefusedError: the unit is unknown, or the number is out of range.
    """
    if unit not in UNITS:
        raise refused("Choose what is counted.")
    if not 0 <= available <= MOST_FREE:
        raise refused("Type a number from 0 to %(most)s.", most=MOST_FREE)


def add_statement(
    instance: Instance,
    session: Session,
    service_id: str,
    statement: NewStatement,
    said_at: datetime,
) -> None:
    """Store a capacity statement, and write the number that is free into the listing."""
    session.add(
        CapacityStatementRow(
            id=str(uuid4()),
            service_id=service_id,
            unit=statement.unit,
            available=statement.available,
            said_at=said_at,
            said_by=statement.said_by.value,
            account_id=statement.account_id,
        )
    )
    session.flush()
    _write_capacity(instance, session, service_id, statement.unit)


def _write_capacity(instance: Instance, session: Session, service_id: str, unit: str) -> None:
    """Write the latest valid capacity statement into a service's listing, or end its capacity."""
    now = instance.now()
    latest = session.scalars(
        select(CapacityStatementRow)
        .where(CapacityStatementRow.service_id == service_id, CapacityStatementRow.unit == unit)
        .where(CapacityStatementRow.said_at > now - CAPACITY_LASTS)
        .order_by(CapacityStatementRow.said_at.desc())
        .limit(1)
    ).first()
    capacity_id = stated_capacity_id(service_id, unit)
    row = session.get(ServiceCapacityRow, capacity_id)
    if latest is None:
        if row is not None:
            _retire(row, now)
        return
    if row is None:
        row = ServiceCapacityRow(
            id=capacity_id, service_id=service_id, unit=unit, source=CAPACITY_SOURCE
        )
        session.add(row)
    row.retired_at = None
    row.available = float(latest.available)
    row.updated = latest.said_at.astimezone(UTC).isoformat(timespec="microseconds")


def _retire(row: ServiceCapacityRow, now: datetime) -> None:
    """Retire a service's capacity and clear its number.

    The row is kept, so harvesters see the change.
    """
    row.retired_at, row.available, row.updated = now, None, ""
