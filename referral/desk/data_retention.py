"""Personal data of the desk: current counts, erasure on request and at the end of retention.

How to reach a person is erased on its day (``FollowUp.erase_on``), the details of an inquiry
``Settings.detail_days`` after it began. What reports count is kept, without a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Select, func, select

from referral.desk.codes import FollowUpStatus
from referral.desk.follow_ups import erase_contact, row_of_inquiry
from referral.desk.rows import FollowUpRow, InquiryRow
from referral.directory.context import Directory, local_today
from referral.directory.missed_search_counts import Review
from referral.slips.rows import SlipRow
from referral.store.rows_log import MissedSearchRow

_COUNTS: dict[str, Select[int]] = {
    "open": select(func.count(InquiryRow.id)).where(InquiryRow.closed_at.is_(None)),
    "details": select(func.count(InquiryRow.id)).where(InquiryRow.code != ""),
    "counts": select(func.count(InquiryRow.id)).where(InquiryRow.code == ""),
    "contacts": select(func.count(FollowUpRow.id)).where(FollowUpRow.contact != ""),
    "slips": select(func.count(SlipRow.code)),
    "searches": select(func.count(MissedSearchRow.id)).where(
        MissedSearchRow.status == Review.PENDING
    ),
}


def count_personal_data(directory: Directory) -> dict[str, int]:
    """Number of records by kind: open inquiries, inquiries with details, contacts and so on."""
    with directory.store.read() as session:
        return {name: session.scalar(statement) or 0 for name, statement in _COUNTS.items()}


def erase_person(directory: Directory, inquiry_id: str) -> None:
    """Erase at once the contact and the details of an inquiry; what reports count is kept."""
    with directory.store.write() as session:
        row = row_of_inquiry(session, inquiry_id)
        if row is not None:
            erase_contact(row)
            if row.status == FollowUpStatus.WAITING:
                row.status = FollowUpStatus.FORGOTTEN
        inquiry = session.get(InquiryRow, inquiry_id)
        if inquiry is not None:
            erase_details([inquiry])


def erase_expired(directory: Directory) -> dict[str, int]:
    """Erase contacts and details whose retention has ended; run once a day.

    Returns the number erased, by ``contacts`` and ``inquiries``.
    """
    today = local_today(directory)
    long_ago = directory.now() - timedelta(days=directory.settings.detail_days)
    with directory.store.write() as session:
        due = select(FollowUpRow).where(FollowUpRow.erase_on <= today)
        contacts = [row for row in session.scalars(due) if row.contact or row.contact_kind]
        for row in contacts:
            erase_contact(row)
            if row.status == FollowUpStatus.WAITING:
                row.status = FollowUpStatus.FORGOTTEN
        ended = select(InquiryRow).where(InquiryRow.started_at < long_ago, InquiryRow.code != "")
        inquiries = session.scalars(ended).all()
        erase_details(inquiries)
    return {"contacts": len(contacts), "inquiries": len(inquiries)}


def erase_details(inquiries: Iterable[InquiryRow]) -> None:
    """Erase what reports do not count: code, members, household, attempts, barriers and snapshots.

    Channel, language, age band and county are kept for the counts; the ZIP code is not.
    """
    for row in inquiries:
        row.code = row.zip_code = row.household = ""
        row.tried, row.barriers, row.access_needs = [], [], []
        row.members = []
        for need in row.needs:
            need.zip_code = ""
            for referral in need.referrals:
                referral.said = {}
