"""Credits: whom records of followed sources are from, and whether they are handed on."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from referral.records.listing import Credit
from referral.store.base import RecordRow
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_texts import SourceCreditRow


def read_credits(session: Session) -> tuple[Credit, ...]:
    """The credits of all sources, by publisher."""
    row = SourceCreditRow
    rows = session.scalars(select(row).order_by(row.publisher, row.source))
    return tuple(map(_credit, rows))


def credits_of(
    session: Session,
    row: type[ServiceRow | OrganizationRow],
    ids: Collection[str] | None = None,
) -> dict[str, Credit]:
    """Of these records, or of all, those that are from a followed source → its credit."""
    credit = SourceCreditRow
    statement = select(row.id, credit).join(credit, credit.source == row.source)
    if ids is not None:
        statement = statement.where(row.id.in_(list(ids)))
    return {key: _credit(found) for key, found in session.execute(statement.order_by(row.id))}


def handed_on(row: type[RecordRow]) -> ColumnElement[bool]:
    """Of records of a kind: their list is our own, or its publisher lets us hand it on."""
    credit = SourceCreditRow
    kept = select(credit.source).where(credit.is_handed_on.is_(False))
    return row.source.not_in(kept)


def _credit(row: SourceCreditRow) -> Credit:
    return Credit(
        publisher=row.publisher,
        licence=row.licence,
        contact=row.contact,
        is_handed_on=row.is_handed_on,
    )
