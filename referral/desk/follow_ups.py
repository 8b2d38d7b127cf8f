"""Follow-up: agreed to, due, tried, done; how to reach the person is erased on its day.

What stays is what counts: that there was a follow-up, how often it was tried, and what became of
each service that was given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.contact_encryption import lock, unlock
from referral.desk.follow_up_rows import FollowUpRow, FollowUpTryRow
from referral.desk.records_follow_ups import (
    ContactKind,
    FollowUp,
    FollowUpStatus,
    FollowUpTry,
    TryResult,
)
from referral.desk.referral_results import (
    ReferralResult,
    WhyNot,
    completed_result,
)
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.context import Directory, local_today
from referral.errors import NotFoundError, refused
from referral.records.accounts import Actor
from referral.verification.feedback import note_report
from referral.verification.records import ReportKind

_ENDED = {
    TryResult.REACHED: FollowUpStatus.DONE,
    TryResult.WRONG_CONTACT: FollowUpStatus.GIVEN_UP,
}


def agree_follow_up(
    directory: Directory,
    inquiry_id: str,
    kind: ContactKind,
    contact: str = "",
    *,
    due_on: date | None = None,
) -> str:
    """Keep that a person agreed to be asked again, and how to reach them; gives its id.

    Agreeing again replaces what was agreed before.

    Raises:
        NotFoundError: there is no such inquiry.
        RefusedError: there is no way to reach the person, or the day is past.
    """
    contact = contact.strip()
    if kind is not ContactKind.AT_DESK and not contact:
        raise refused("Write how to reach the person, or choose that they come back.")
    settings, today = directory.settings, local_today(directory)
    due = due_on or today + timedelta(days=settings.follow_up_days)
    if due < today:
        raise refused("Choose a day from today on.")
    with directory.store.write() as session:
        if session.get(InquiryRow, inquiry_id) is None:
            raise NotFoundError("There is no such inquiry.")
        row = _of_inquiry(session, inquiry_id)
        if row is None:
            row = FollowUpRow(id=str(uuid4()), inquiry_id=inquiry_id)
            session.add(row)
        row.permitted_at, row.due_on = directory.now(), due
        row.erase_on = max(due, today + timedelta(days=settings.contact_days))
        row.status, row.contact_kind = FollowUpStatus.WAITING, kind
        row.contact = "" if kind is ContactKind.AT_DESK else lock(settings, contact)
        return row.id


def list_follow_ups(directory: Directory) -> tuple[FollowUp, ...]:
    """All that wait, the longest due first. How to reach people is not in it."""
    statement = (
        select(FollowUpRow)
        .where(FollowUpRow.status == FollowUpStatus.WAITING)
        .order_by(FollowUpRow.due_on, FollowUpRow.id)
    )
    with directory.store.read() as session:
        return tuple(_follow_up(row) for row in session.scalars(statement))


def find_follow_up(directory: Directory, inquiry_id: str) -> FollowUp | None:
    """The follow-up of an inquiry, if one was agreed to."""
    with directory.store.read() as session:
        row = _of_inquiry(session, inquiry_id)
        return None if row is None else _follow_up(row)


def read_follow_up(directory: Directory, follow_up_id: str) -> FollowUp:
    """A follow-up; how to reach the person is not in it.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        return _follow_up(_row(session, follow_up_id))


def show_contact(directory: Directory, actor: Actor, follow_up_id: str) -> str:
    """How to reach the person, "" where that was erased; that it was shown is noted.

    Raises:
        NotFoundError, RefusedError: there is no such follow-up, or no key opens it.
    """
    with directory.store.write() as session:
        contact = unlock(directory.settings, _row(session, follow_up_id).contact)
        if contact:
            record_audit(session, actor, "contact-shown", "follow-up", follow_up_id)
        return contact


def note_try(
    directory: Directory, follow_up_id: str, result: TryResult, *, again_on: date | None = None
) -> None:
    """Keep a try to reach the person. Reached, it is done; with a wrong contact, given up."""
    with directory.store.write() as session:
        row = _row(session, follow_up_id)
        tried = FollowUpTryRow(id=str(uuid4()), tried_at=directory.now(), result=result)
        row.tries.append(tried)
        if ended := _ENDED.get(result):
            row.status = ended
            _erase(row)
        elif again_on:
            row.due_on = again_on
            row.erase_on = max(row.erase_on, again_on)


def give_up(directory: Directory, follow_up_id: str) -> None:
    """Stop trying; how to reach the person is erased at once."""
    with directory.store.write() as session:
        row = _row(session, follow_up_id)
        row.status = FollowUpStatus.GIVEN_UP
        _erase(row)


def forget_person(directory: Directory, inquiry_id: str) -> None:
    """Erase at once all that could lead to the person of an inquiry; the counts stay."""
    with directory.store.write() as session:
        row = _of_inquiry(session, inquiry_id)
        if row is not None:
            _erase(row)
            if row.status == FollowUpStatus.WAITING:
                row.status = FollowUpStatus.FORGOTTEN
        inquiry = session.get(InquiryRow, inquiry_id)
        if inquiry is not None:
            forget_details([inquiry])


def set_result(directory: Directory, referral_id: str, result: ReferralResult) -> ReferralResult:
    """Keep what became of a service that was given, with what follows from it.

    That its number is wrong waits with the listing to be checked, unless somebody learns.

    Raises:
        NotFoundError: there is no such referral.
    """
    with directory.store.write() as session:
        row = session.get(ReferralRow, referral_id)
        if row is None:
            raise NotFoundError("There is no such referral.")
        was_wrong, service_id = row.why_not == WhyNot.WRONG_NUMBER, row.service_id
        kept = keep_result(row, result)
        is_training = is_for_training(session, row)
    if kept.why_not is WhyNot.WRONG_NUMBER and not was_wrong and not is_training:
        note_report(directory, service_id, ReportKind.PHONE)
    return kept


def is_for_training(session: Session, referral: ReferralRow | None) -> bool:
    """Whether a service was given to learn; what comes of it counts nowhere."""
    if referral is None:
        return False
    of_need = select(InquiryRow.training).join(NeedRow).where(NeedRow.id == referral.need_id)
    return bool(session.scalar(of_need))


def keep_result(row: ReferralRow, result: ReferralResult) -> ReferralResult:
    """Write a result into a row, completed; gives what was written."""
    result = completed_result(result)
    row.tried, row.reached = result.tried, result.reached
    row.got_help, row.solved = result.got_help, result.solved
    row.why_not = result.why_not or ""
    return result


def erase_what_is_due(directory: Directory) -> dict[str, int]:
    """The daily job: erase contacts on their day and details of inquiries long ended.

    Returns how many of each, by ``contacts`` and ``inquiries``.
    """
    today = local_today(directory)
    long_ago = directory.now() - timedelta(days=directory.settings.detail_days)
    with directory.store.write() as session:
        due = select(FollowUpRow).where(FollowUpRow.erase_on <= today)
        contacts = [row for row in session.scalars(due) if row.contact or row.contact_kind]
        for row in contacts:
            _erase(row)
            if row.status == FollowUpStatus.WAITING:
                row.status = FollowUpStatus.FORGOTTEN
        ended = select(InquiryRow).where(InquiryRow.started_at < long_ago, InquiryRow.code != "")
        inquiries = session.scalars(ended).all()
        forget_details(inquiries)
    return {"contacts": len(contacts), "inquiries": len(inquiries)}


def forget_details(inquiries: Iterable[InquiryRow]) -> None:
    """Drop what reports do not count: who, with whom, what was tried and what stood in the way.

    Channel, language, age band and area stay for the counts; the ZIP code becomes its county.
    """
    for row in inquiries:
        row.code = row.zip_code = row.household = ""
        row.tried, row.barriers, row.access_needs = [], [], []
        row.members = []
        for need in row.needs:
            need.zip_code = ""
            for referral in need.referrals:
                referral.said = {}


def _row(session: Session, follow_up_id: str) -> FollowUpRow:
    row = session.get(FollowUpRow, follow_up_id)
    if row is None:
        raise NotFoundError("There is no such follow-up.")
    return row


def _of_inquiry(session: Session, inquiry_id: str) -> FollowUpRow | None:
    return session.scalars(
        select(FollowUpRow).where(FollowUpRow.inquiry_id == inquiry_id)
    ).one_or_none()


def _erase(row: FollowUpRow) -> None:
    row.contact = row.contact_kind = ""


def _follow_up(row: FollowUpRow) -> FollowUp:
    return FollowUp(
        id=row.id,
        inquiry_id=row.inquiry_id,
        status=FollowUpStatus(row.status),
        permitted_at=row.permitted_at,
        due_on=row.due_on,
        erase_on=row.erase_on,
        contact_kind=ContactKind(row.contact_kind) if row.contact_kind else None,
        tries=tuple(
            FollowUpTry(tried_at=one.tried_at, result=TryResult(one.result)) for one in row.tries
        ),
    )
