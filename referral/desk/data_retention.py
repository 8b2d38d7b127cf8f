"""Personal data of the desk: current counts, erasure on request and at the end of retention.

A contact is erased on its day (``follow_ups.latest_day``), the details of an inquiry
``Settings.detail_days`` after it began. Columns that reports count are kept without personal data:
times are reduced to their day, and links to other inquiries and to slips are removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from referral.desk.codes import FollowUpStatus
from referral.desk.follow_ups import erase_contact, latest_day, row_of_inquiry
from referral.desk.rows import TABLES_OF_PEOPLE, ErasedCountRow, FollowUpRow, InquiryRow
from referral.directory.instance import Instance, local_today, start_of_day
from referral.slips.rows import SlipRow
from referral.slips.slips import end_slips_of

_COUNTS: dict[str, Select[int]] = {
    "open": select(func.count(InquiryRow.id)).where(InquiryRow.closed_at.is_(None)),
    "details": select(func.count(InquiryRow.id)).where(InquiryRow.code != ""),
    "counts": select(func.count(InquiryRow.id)).where(InquiryRow.code == ""),
    "questions": select(func.count(InquiryRow.id)).where(InquiryRow.month != ""),
    "contacts": select(func.count(FollowUpRow.id)).where(FollowUpRow.contact != ""),
    "slips": select(func.count(SlipRow.code)),
}


def count_personal_data(instance: Instance) -> dict[str, int]:
    """Count the desk's personal data: open inquiries, contacts for follow-ups, slips and more."""
    with instance.store.read() as session:
        return {name: session.scalar(statement) or 0 for name, statement in _COUNTS.items()}


def erase_person(instance: Instance, inquiry_id: str) -> None:
    """Erase contact, slips and details of a desk inquiry now, and their traces in the files.

    The columns that reports count are kept.
    """
    with instance.store.write() as session:
        follow_up = row_of_inquiry(session, inquiry_id)
        if follow_up is not None:
            _forget_contact(instance, follow_up)
        inquiry = session.get(InquiryRow, inquiry_id)
        if inquiry is not None:
            _erase_details(instance, session, [inquiry])
    instance.store.erase_traces(*TABLES_OF_PEOPLE)


def erase_expired(instance: Instance) -> dict[str, int]:
    """Erase contacts and details of desk inquiries whose retention has ended. Run once a day.

    The caller must erase their traces from the files. Returns the number erased, by ``contacts``
    and ``inquiries``.
    """
    today = local_today(instance)
    long_ago = instance.now() - timedelta(days=instance.settings.detail_days)
    with instance.store.write() as session:
        with_contact = select(FollowUpRow).where(
            (FollowUpRow.contact != "") | (FollowUpRow.contact_kind != "")
        )
        due = [row for row in session.scalars(with_contact) if latest_day(instance, row) <= today]
        for row in due:
            _forget_contact(instance, row)
        ended = select(InquiryRow).where(InquiryRow.started_at < long_ago, InquiryRow.code != "")
        inquiries = session.scalars(ended).all()
        _count_erased_values(session, inquiries)
        _erase_details(instance, session, inquiries)
    return {"contacts": len(due), "inquiries": len(inquiries)}


def _forget_contact(instance: Instance, row: FollowUpRow) -> None:
    erase_contact(instance, row)
    if row.status == FollowUpStatus.WAITING:
        row.status = FollowUpStatus.FORGOTTEN


def _erase_details(instance: Instance, session: Session, inquiries: Iterable[InquiryRow]) -> None:
    """Erase a person's details from desk inquiries, such as ZIP code, household and barriers.

    Channel, language, age band, county and topics are kept for reports.
    """
    for row in inquiries:
        row.code = row.zip_code = row.household = ""
        row.tried, row.barriers, row.access_needs = [], [], []
        row.members, row.from_search = [], {}
        row.repeat_of = None
        if row.with_need:
            row.hour = None
        row.started_at = start_of_day(instance, row.started_at)
        if row.closed_at is not None:
            row.closed_at = start_of_day(instance, row.closed_at)
        referrals = [referral for need in row.needs for referral in need.referrals]
        for need in row.needs:
            need.zip_code = ""
        for referral in referrals:
            referral.said = {}
            referral.given_at = start_of_day(instance, referral.given_at)
        end_slips_of(instance, session, [referral.id for referral in referrals])
        later = update(InquiryRow).where(InquiryRow.repeat_of == row.id)
        session.execute(later.values(repeat_of=None))


def _count_erased_values(session: Session, inquiries: Iterable[InquiryRow]) -> None:
    """Add details of desk inquiries that are about to be erased to monthly counts, for reports.

    An inquiry that is erased on request is not counted in this way.
    """
    counts = Counter[tuple[str, _ErasedValue]]()
    for row in inquiries:
        if row.month and row.with_need:
            for erased in _iter_erased_values(row):
                counts[row.month, erased] += row.count
    for (month, erased), number in counts.items():
        if erased.value:
            key = (erased.measure, erased.dimension, month, erased.above, erased.value)
            counted = session.get(ErasedCountRow, key)
            if counted is None:
                counted = ErasedCountRow(month=month, **erased._asdict(), count=0)
                session.add(counted)
            counted.count += number


class _ErasedValue(NamedTuple):
    """An erased detail of a desk inquiry that reports still count (``ErasedCountRow``)."""

    measure: str
    dimension: str
    above: str
    value: str


def _iter_erased_values(row: InquiryRow) -> Iterator[_ErasedValue]:
    yield _ErasedValue("inquiries", "zip_code", row.county, row.zip_code)
    yield _ErasedValue("inquiries", "household", "", row.household)
    yield _ErasedValue("inquiries", "hour", "", "" if row.hour is None else str(row.hour))
    for barrier in set(row.barriers):
        yield _ErasedValue("barriers", "barrier", "", barrier)
    for need in row.needs:
        yield _ErasedValue("needs", "zip_code", need.county, need.zip_code)
        if need.unmet_reason:
            yield _ErasedValue("unmet", "zip_code", need.county, need.zip_code)
