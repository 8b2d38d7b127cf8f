"""What is held that could be about a person: how much of it there is now."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from referral.desk.follow_up_rows import FollowUpRow
from referral.desk.rows import InquiryRow
from referral.directory.context import Directory
from referral.directory.missed_searches import Review
from referral.slips.rows import SlipRow
from referral.store.rows_log import MissedSearchRow

_HELD: dict[str, Select[int]] = {
    "open": select(func.count(InquiryRow.id)).where(InquiryRow.closed_at.is_(None)),
    "details": select(func.count(InquiryRow.id)).where(InquiryRow.code != ""),
    "counts": select(func.count(InquiryRow.id)).where(InquiryRow.code == ""),
    "contacts": select(func.count(FollowUpRow.id)).where(FollowUpRow.contact != ""),
    "slips": select(func.count(SlipRow.code)),
    "searches": select(func.count(MissedSearchRow.id)).where(
        MissedSearchRow.status == Review.PENDING
    ),
}


def count_held(directory: Directory) -> dict[str, int]:
    """How many of each there are: open inquiries, inquiries with details, contacts and so on."""
    with directory.store.read() as session:
        return {name: session.scalar(statement) or 0 for name, statement in _HELD.items()}
