"""Where the record with an old id is now: merges that are not undone, followed to their end."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.store.rows_log import RecordMergeRow


def survivor_of(session: Session, kind: str, record_id: str) -> str:
    """The id of the record that this one went into; "" when it went into none."""
    row, found, seen = RecordMergeRow, "", {record_id}
    while True:
        following = session.scalar(
            select(row.survivor_id)
            .where(row.kind == kind, row.loser_id == (found or record_id), row.undone_at.is_(None))
            .order_by(row.merged_at.desc())
            .limit(1)
        )
        if following is None or following in seen:
            return found
        seen.add(following)
        found = following
