"""What is held that could be about a person: how much of it there is now."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from referral.operations.directory import Directory
from referral.operations.missed_searches import Review
from referral.store.follow_up_rows import FollowUpRow
from referral.store.inquiry_rows import InquiryRow
from referral.store.log_rows import MissedSearchRow
from referral.store.slip_rows import SlipRow

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
