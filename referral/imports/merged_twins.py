"""What a list says of a record that was merged into another: suggestions to the one that stayed.

The record that went never comes back by a list. What its list says again in a text is suggested,
once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Visibility
from referral.store.conversion import ROWS
from referral.store.rows_log import RecordMergeRow
from referral.verification.records import ReportStatus
from referral.verification.rows import SuggestionRow

SUGGESTED = {
    "organization": ("description", "website", "email"),
    "service": ("description", "url", "email", "application_process", "fees_description"),
}
"""The fields by kind of which anything is suggested."""


@dataclass(frozen=True, slots=True)
class MergedTwin:
    """A record of a list that was merged into ``survivor_id``, and the texts that differ."""

    kind: str
    survivor_id: str
    texts: dict[str, str]


def survivors(session: Session, kind: str) -> dict[str, str]:
    """Return merged record → the record that survived all merges, for a kind."""
    row = RecordMergeRow
    merges = session.execute(
        select(row.loser_id, row.survivor_id)
        .where(row.kind == kind, row.undone_at.is_(None))
        .order_by(row.merged_at)
    )
    into = {loser: survivor for loser, survivor in merges}  # noqa: C416  # rows are not pairs
    found = {}
    for loser, survivor in into.items():
        last, seen = survivor, {loser}
        while last in into and last not in seen:
            seen.add(last)
            last = into[last]
        found[loser] = last
    return found


def suggest(session: Session, twins: Iterable[MergedTwin], now: datetime) -> int:
    """Suggest to those that stayed what the lists of the others say now; how many are new."""
    count = 0
    for twin in twins:
        record = session.get(ROWS[twin.kind], twin.survivor_id)
        if record is None or record.retired_at or record.visibility != Visibility.PUBLIC.value:
            continue
        agency = twin.survivor_id
        if twin.kind != "organization":
            agency = getattr(record, "organization_id", "") or ""
        answer_id = str(uuid4())
        for field, text in twin.texts.items():
            before = str(getattr(record, field) or "")
            if text and text != before and not _is_known(session, twin, field, text):
                count += 1
                session.add(
                    SuggestionRow(
                        id=str(uuid4()), answer_id=answer_id, organization_id=agency,
                        kind=twin.kind, record_id=twin.survivor_id, field=field, before=before,
                        after=text, status=ReportStatus.OPEN.value, sent_at=now,
                    )
                )  # fmt: skip
    return count


def _is_known(session: Session, twin: MergedTwin, field: str, text: str) -> bool:
    """Return whether the same change was suggested before, accepted or not."""
    row = SuggestionRow
    found = session.scalar(
        select(row.id)
        .where(row.record_id == twin.survivor_id, row.field == field, row.after == text)
        .limit(1)
    )
    return found is not None
