"""Requests of lists to withhold records that another source maintains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.ownership import Key
from referral.store.history import author_of
from referral.store.rows_texts import WithholdingRequestRow


def requests_of(session: Session, source: str) -> frozenset[Key]:
    """Return the records of other sources that a list requests, or requested, to withhold."""
    rows = session.execute(
        select(WithholdingRequestRow.kind, WithholdingRequestRow.record_id).where(
            WithholdingRequestRow.source == source
        )
    )
    return frozenset((kind, record_id) for kind, record_id in rows)


def note_requests(session: Session, source: str, visibility_by_record: Mapping[Key, str]) -> None:
    """Store the records that a list requests to withhold, with the visibility for each."""
    for (kind, record_id), visibility in sorted(visibility_by_record.items()):
        row = session.get(WithholdingRequestRow, (kind, record_id, source))
        if row is None:
            row = WithholdingRequestRow(
                kind=kind,
                record_id=record_id,
                source=source,
                asked_at=datetime.now(UTC),
                noted_group=author_of(session).group_id,
            )
            session.add(row)
        row.visibility, row.ended_at = visibility, None


def end_requests(session: Session, source: str, ended: Iterable[Key]) -> None:
    """Mark a list's requests to withhold records as ended."""
    for kind, record_id in sorted(ended):
        row = session.get(WithholdingRequestRow, (kind, record_id, source))
        if row is not None and row.ended_at is None:
            row.ended_at = datetime.now(UTC)
