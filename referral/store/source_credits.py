"""Credits of followed sources: their publishers, and whether their records may be published."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from referral.records.listing import Credit
from referral.store.base import RecordRow
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_texts import SourceCreditRow


def read_credits(session: Session) -> tuple[Credit, ...]:
    """Return the credits of all followed sources, ordered by publisher."""
    rows = session.scalars(
        select(SourceCreditRow).order_by(SourceCreditRow.publisher, SourceCreditRow.source)
    )
    return tuple(map(_credit, rows))


def credits_of(
    session: Session,
    row_class: type[ServiceRow | OrganizationRow],
    ids: Collection[str] | None = None,
) -> dict[str, Credit]:
    """Return the credits of records from followed sources, by record id.

    Args:
        ids: None for all records of the table.
    """
    statement = select(row_class.id, SourceCreditRow).join(
        SourceCreditRow, SourceCreditRow.source == row_class.source
    )
    if ids is not None:
        statement = statement.where(row_class.id.in_(list(ids)))
    return {
        record_id: _credit(credit)
        for record_id, credit in session.execute(statement.order_by(row_class.id))
    }


def handed_on(row_class: type[RecordRow]) -> ColumnElement[bool]:
    """Return a condition: the source of a record is our own, or may be published outside."""
    private_sources = select(SourceCreditRow.source).where(SourceCreditRow.is_handed_on.is_(False))
    return row_class.source.not_in(private_sources)


def _credit(row: SourceCreditRow) -> Credit:
    return Credit(
        publisher=row.publisher,
        licence=row.licence,
        contact=row.contact,
        is_handed_on=row.is_handed_on,
    )
