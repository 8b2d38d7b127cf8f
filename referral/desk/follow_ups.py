"""Follow-ups of inquiries: consent, due date, contact attempts and completion.

The contact is encrypted (``contact_encryption``) and erased (``data_retention``) at most
``Settings.contact_days`` after consent, whatever the due date. The follow-up itself, its attempts
and the results of the referrals are kept for reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.codes import AttemptResult, ContactKind, FollowUpStatus
from referral.desk.contact_encryption import decrypt, encrypt
from referral.desk.records import ContactAttempt, FollowUp, ReferralResult
from referral.desk.referrals import report_wrong_numbers, write_results
from referral.desk.rows import ContactAttemptRow, FollowUpRow, InquiryRow
from referral.directory.instance import Instance, local_today, start_of_day
from referral.errors import refused
from referral.records.accounts import Actor
from referral.store.fetching import fetch_row

_FINAL_STATUS = {
    AttemptResult.REACHED: FollowUpStatus.DONE,
    AttemptResult.WRONG_CONTACT: FollowUpStatus.GIVEN_UP,
}
FOLLOW_UP_AFTER = timedelta(days=7)


def agree_follow_up(
    instance: Instance,
    inquiry_id: str,
    kind: ContactKind,
    contact: str = "",
    *,
    may_leave_message: bool | None = None,
    due_on: date | None = None,
) -> str:
    """Record that a person agreed to a follow-up, with the contact; return the follow-up's id.

    A second consent for the same inquiry replaces the first.

    Args:
        may_leave_message: whether the person allowed a message; None, no answer, counts as no.

    Raises:
        NotFoundError: there is no such inquiry.
        RefusedError: the contact is missing, or the day is past or after the contact is erased.
    """
    contact = contact.strip()
    if kind is not ContactKind.AT_DESK and not contact:
        raise refused("Write how to reach the person, or choose that they come back.")
    settings, today = instance.settings, local_today(instance)
    latest = today + timedelta(days=settings.contact_days)
    due = due_on or min(today + FOLLOW_UP_AFTER, latest)
    _check_day(instance, due, latest)
    with instance.store.write() as session:
        fetch_row(session, InquiryRow, inquiry_id, "inquiry")
        row = row_of_inquiry(session, inquiry_id)
        if row is None:
            row = FollowUpRow(id=str(uuid4()), inquiry_id=inquiry_id)
            session.add(row)
        row.permitted_at, row.due_on, row.erase_on = instance.now(), due, latest
        row.status, row.contact_kind = FollowUpStatus.WAITING, kind
        row.contact = "" if kind is ContactKind.AT_DESK else encrypt(settings, contact)
        row.may_leave_message = None if kind is ContactKind.AT_DESK else may_leave_message
        return row.id


def list_follow_ups(instance: Instance) -> tuple[FollowUp, ...]:
    """Return the waiting follow-ups without their contacts, the earliest due date first."""
    statement = (
        select(FollowUpRow)
        .where(FollowUpRow.status == FollowUpStatus.WAITING)
        .order_by(FollowUpRow.due_on, FollowUpRow.id)
    )
    with instance.store.read() as session:
        return tuple(_follow_up_from(instance, row) for row in session.scalars(statement))


def find_follow_up(instance: Instance, inquiry_id: str) -> FollowUp | None:
    """Return the follow-up of an inquiry, None if the person did not agree to one."""
    with instance.store.read() as session:
        row = row_of_inquiry(session, inquiry_id)
        return None if row is None else _follow_up_from(instance, row)


def read_follow_up(instance: Instance, follow_up_id: str) -> FollowUp:
    """Return a follow-up of a desk inquiry, without the person's contact.

    Raises:
        NotFoundError: there is no such follow-up.
    """
    with instance.store.read() as session:
        row = fetch_row(session, FollowUpRow, follow_up_id, "follow-up")
        return _follow_up_from(instance, row)


def reveal_contact(instance: Instance, actor: Actor, follow_up_id: str) -> str:
    """Decrypt a person's contact for a follow-up, and log the access; return "" once it is erased.

    Raises:
        NotFoundError, RefusedError: there is no such follow-up, or no key decrypts its contact.
    """
    with instance.store.write() as session:
        contact = decrypt(
            instance.settings, fetch_row(session, FollowUpRow, follow_up_id, "follow-up").contact
        )
        if contact:
            record_audit(session, actor, "contact-shown", "follow-up", follow_up_id)
        return contact


def record_attempt(
    instance: Instance,
    follow_up_id: str,
    result: AttemptResult | None,
    *,
    again_on: date | None = None,
    results: Mapping[str, ReferralResult] | None = None,
) -> None:
    """Record an attempt to reach a person, the next date and referral results, all or nothing.

    A reached person ends the follow-up as done; a wrong contact, or None for "stop trying", as
    given up. When the follow-up ends, its contact is erased.

    Args:
        results: results of the inquiry's referrals, by referral id.

    Raises:
        NotFoundError: there is no such follow-up.
        RefusedError: the next date is past or after the contact is erased, or a message was left
            without the person's permission.
    """
    final_status = FollowUpStatus.GIVEN_UP if result is None else _FINAL_STATUS.get(result)
    with instance.store.write() as session:
        row = fetch_row(session, FollowUpRow, follow_up_id, "follow-up")
        if result is AttemptResult.LEFT_WORD and not row.may_leave_message:
            raise refused("Leave no message: the person did not say that it is safe.")
        if result is not None:
            attempt = ContactAttemptRow(id=str(uuid4()), tried_at=instance.now(), result=result)
            row.tries.append(attempt)
        if final_status:
            row.status = final_status
            erase_contact(instance, row)
        elif again_on:
            _check_day(instance, again_on, latest_day(instance, row))
            row.due_on = again_on
        service_ids = write_results(session, row.inquiry_id, results or {})
    report_wrong_numbers(instance, service_ids)
    if final_status:
        instance.store.erase_traces(FollowUpRow, ContactAttemptRow)


def record_results(
    instance: Instance, follow_up_id: str, results: Mapping[str, ReferralResult]
) -> None:
    """Record the results of referrals for a follow-up that has already ended.

    Raises:
        NotFoundError: there is no such follow-up.
    """
    with instance.store.write() as session:
        row = fetch_row(session, FollowUpRow, follow_up_id, "follow-up")
        service_ids = write_results(session, row.inquiry_id, results)
    report_wrong_numbers(instance, service_ids)


def row_of_inquiry(session: Session, inquiry_id: str) -> FollowUpRow | None:
    """Return the row of an inquiry's follow-up, None if the person did not agree to one."""
    return session.scalars(
        select(FollowUpRow).where(FollowUpRow.inquiry_id == inquiry_id)
    ).one_or_none()


def latest_day(instance: Instance, row: FollowUpRow) -> date:
    """Return the day on which a person's contact is erased, consented or set today if earlier."""
    permitted_on = start_of_day(instance, row.permitted_at).date()
    return min(row.erase_on, permitted_on + timedelta(days=instance.settings.contact_days))


def erase_contact(instance: Instance, row: FollowUpRow) -> None:
    """Erase a person's contact from a follow-up, and the times of day of consent and attempts."""
    row.contact = row.contact_kind = ""
    row.may_leave_message = None
    row.permitted_at = start_of_day(instance, row.permitted_at)
    for attempt in row.tries:
        attempt.tried_at = start_of_day(instance, attempt.tried_at)


def _check_day(instance: Instance, day: date, latest: date) -> None:
    if day < local_today(instance):
        raise refused("Choose a day from today on.")
    if day > latest:
        raise refused("Choose an earlier day. How to reach the person is erased before.")


def _follow_up_from(instance: Instance, row: FollowUpRow) -> FollowUp:
    return FollowUp(
        id=row.id,
        inquiry_id=row.inquiry_id,
        status=FollowUpStatus(row.status),
        permitted_at=row.permitted_at,
        due_on=row.due_on,
        erase_on=latest_day(instance, row),
        contact_kind=ContactKind(row.contact_kind) if row.contact_kind else None,
        may_leave_message=row.may_leave_message,
        tries=tuple(
            ContactAttempt(tried_at=attempt.tried_at, result=AttemptResult(attempt.result))
            for attempt in row.tries
        ),
    )
