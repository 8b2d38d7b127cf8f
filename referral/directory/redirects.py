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
    found, seen = "", {record_id}
    while True:
        following = session.scalar(
            select(RecordMergeRow.survivor_id)
            .where(
                RecordMergeRow.kind == kind,
                RecordMergeRow.loser_id == (found or record_id),
                RecordMergeRow.undone_at.is_(None),
            )
            .order_by(RecordMergeRow.merged_at.desc())
            .limit(1)
        )
        if following is None or following in seen:
            return found
        seen.add(following)
        found = following


def public_surviving_id(instance: Instance, kind: str, record_id: str) -> str:
    """Return the id of the record into which a record was merged; "" if the public sees none."""
    with instance.store.read() as session:
        found = surviving_id(session, kind, record_id)
        if not found:
            return ""
        row = ServiceRow if kind == "service" else OrganizationRow
        is_shown = (
            shown_services(Audience.PUBLIC)
            if kind == "service"
            else shown(OrganizationRow, Audience.PUBLIC)
        )
        return session.scalar(select(row.id).where(row.id == found, is_shown)) or ""
