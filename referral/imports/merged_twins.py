"""Suggestions to merged records, from the lists of the records that were merged into them.

A list never brings a merged record back. Its texts that differ are suggested for the survivor,
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
"""Fields by kind for which texts are suggested."""


@dataclass(frozen=True, slots=True)
class MergedTwin:
    """A listed record that was merged into ``survivor_id``, and the texts that differ."""

    kind: str
    survivor_id: str
    texts: dict[str, str]


def survivors(session: Session, kind: str) -> dict[str, str]:
    """Return the record of a kind that survived all merges, for each merged record."""
    merges = session.execute(
        select(RecordMergeRow.loser_id, RecordMergeRow.survivor_id)
        .where(RecordMergeRow.kind == kind, RecordMergeRow.undone_at.is_(None))
        .order_by(RecordMergeRow.merged_at)
    )
    survivor_by_loser = {loser: survivor for loser, survivor in merges}  # noqa: C416  # rows are not pairs
    found = {}
    for loser, survivor in survivor_by_loser.items():
        final, seen = survivor, {loser}
        while final in survivor_by_loser and final not in seen:
            seen.add(final)
            final = survivor_by_loser[final]
        found[loser] = final
    return found


def suggest(session: Session, twins: Iterable[MergedTwin], now: datetime) -> int:
    """Suggest texts of merged records to the records that survived, and count new suggestions."""
    count = 0
    for twin in twins:
        record = session.get(ROWS[twin.kind], twin.survivor_id)
        if record is None or record.retired_at or record.visibility != Visibility.PUBLIC.value:
            continue
        organization = twin.survivor_id
        if twin.kind != "organization":
            organization = getattr(record, "organization_id", "") or ""
        answer_id = str(uuid4())
        for field, text in twin.texts.items():
            before = str(getattr(record, field) or "")
            if text and text != before and not _is_known(session, twin, field, text):
                count += 1
                session.add(
                    SuggestionRow(
                        id=str(uuid4()), answer_id=answer_id, organization_id=organization,
                        kind=twin.kind, record_id=twin.survivor_id, field=field, before=before,
                        after=text, status=ReportStatus.OPEN.value, sent_at=now,
                    )
                )  # fmt: skip
    return count


def _is_known(session: Session, twin: MergedTwin, field: str, text: str) -> bool:
    """Return whether a merged record's text was suggested before, accepted or not."""
    found = session.scalar(
        select(SuggestionRow.id)
        .where(
            SuggestionRow.record_id == twin.survivor_id,
            SuggestionRow.field == field,
            SuggestionRow.after == text,
        )
        .limit(1)
    )
    return found is not None
