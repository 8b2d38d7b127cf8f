"""Redirects from merged records to the records that survive."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import RecordMergeRow
from referral.store.visibility import shown, shown_services


def surviving_id(session: Session, kind: str, record_id: str) -> str:
    """Return the id of the record into which a record was finally merged; "" if into none."""
    survivor, seen = "", {record_id}
    while True:
        next_survivor = session.scalar(
            select(RecordMergeRow.survivor_id)
            .where(
                RecordMergeRow.kind == kind,
                RecordMergeRow.loser_id == (survivor or record_id),
                RecordMergeRow.undone_at.is_(None),
            )
            .order_by(RecordMergeRow.merged_at.desc())
            .limit(1)
        )
        if next_survivor is None or next_survivor in seen:
            return survivor
        seen.add(next_survivor)
        survivor = next_survivor


def public_surviving_id(instance: Instance, kind: str, record_id: str) -> str:
    """Return the id of the record into which a record was merged; "" if the public sees none."""
    with instance.store.read() as session:
        survivor = surviving_id(session, kind, record_id)
        if not survivor:
            return ""
        row_class = ServiceRow if kind == "service" else OrganizationRow
        is_shown = (
            shown_services(Audience.PUBLIC)
            if kind == "service"
            else shown(OrganizationRow, Audience.PUBLIC)
        )
        return session.scalar(select(row_class.id).where(row_class.id == survivor, is_shown)) or ""
