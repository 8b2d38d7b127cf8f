"""Follow-ups: consent, due date, contact attempts and completion.

The contact is encrypted (``contact_encryption``) and erased on its day (``data_retention``). The
follow-up itself, its attempts and the results of the referrals are kept for reports.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.codes import AttemptResult, ContactKind, FollowUpStatus
from referral.desk.contact_encryption import decrypt, encrypt
from referral.desk.records import ContactAttempt, FollowUp
from referral.desk.rows import ContactAttemptRow, FollowUpRow, InquiryRow
from referral.directory.context import Directory, local_today
from referral.errors import refused
from referral.records.accounts import Actor
from referral.store.fetching import fetch_row

_FINAL_STATUS = {
    AttemptResult.REACHED: FollowUpStatus.DONE,
    AttemptResult.WRONG_CONTACT: FollowUpStatus.GIVEN_UP,
}


def agree_follow_up(
    directory: Directory,
    inquiry_id: str,
    kind: ContactKind,
    contact: str = "",
    *,
    due_on: date | None = None,
) -> str:
    """Record consent to a follow-up, and how to reach the person; returns its id.

    A second consent replaces the first.

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
        fetch_row(session, InquiryRow, inquiry_id, "inquiry")
        row = row_of_inquiry(session, inquiry_id)
        if row is None:
            row = FollowUpRow(id=str(uuid4()), inquiry_id=inquiry_id)
            session.add(row)
        row.permitted_at, row.due_on = directory.now(), due
        row.erase_on = max(due, today + timedelta(days=settings.contact_days))
        row.status, row.contact_kind = FollowUpStatus.WAITING, kind
        row.contact = "" if kind is ContactKind.AT_DESK else encrypt(settings, contact)
        return row.id


def list_follow_ups(directory: Directory) -> tuple[FollowUp, ...]:
    """Waiting follow-ups, the longest due first, without contacts."""
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
        row = row_of_inquiry(session, inquiry_id)
        return None if row is None else _follow_up(row)


def read_follow_up(directory: Directory, follow_up_id: str) -> FollowUp:
    """A follow-up, without its contact.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        return _follow_up(fetch_row(session, FollowUpRow, follow_up_id, "follow-up"))


def reveal_contact(directory: Directory, actor: Actor, follow_up_id: str) -> str:
    """The decrypted contact, "" once erased; the access is audited.

    Raises:
        NotFoundError, RefusedError: there is no such follow-up, or no key opens it.
    """
    with directory.store.write() as session:
        contact = decrypt(
            directory.settings, fetch_row(session, FollowUpRow, follow_up_id, "follow-up").contact
        )
        if contact:
            record_audit(session, actor, "contact-shown", "follow-up", follow_up_id)
        return contact


def record_attempt(
    directory: Directory, follow_up_id: str, result: AttemptResult, *, again_on: date | None = None
) -> None:
    """Record a contact attempt. Reached ends the follow-up as done, a wrong contact as given up."""
    with directory.store.write() as session:
        row = fetch_row(session, FollowUpRow, follow_up_id, "follow-up")
        tried = ContactAttemptRow(id=str(uuid4()), tried_at=directory.now(), result=result)
        row.tries.append(tried)
        if ended := _FINAL_STATUS.get(result):
            row.status = ended
            erase_contact(row)
        elif again_on:
            row.due_on = again_on
            row.erase_on = max(row.erase_on, again_on)


def stop_follow_up(directory: Directory, follow_up_id: str) -> None:
    """End a follow-up without result; the contact is erased at once."""
    with directory.store.write() as session:
        row = fetch_row(session, FollowUpRow, follow_up_id, "follow-up")
        row.status = FollowUpStatus.GIVEN_UP
        erase_contact(row)


def row_of_inquiry(session: Session, inquiry_id: str) -> FollowUpRow | None:
    """The follow-up of an inquiry; None without consent."""
    return session.scalars(
        select(FollowUpRow).where(FollowUpRow.inquiry_id == inquiry_id)
    ).one_or_none()


def erase_contact(row: FollowUpRow) -> None:
    """Erase how to reach the person."""
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
            ContactAttempt(tried_at=one.tried_at, result=AttemptResult(one.result))
            for one in row.tries
        ),
    )
