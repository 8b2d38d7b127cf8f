"""Question log: short questions logged in one step; entries corrected, reopened and deleted.

A user may correct their own entries for a day, an admin any entry. The audit log receives the code
of the inquiry, which is erased with its details, and the action, but no need.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.codes import Outcome, UnmetReason
from referral.desk.inquiries import CODE_LENGTH, inquiry_from, inquiry_row
from referral.desk.records import Inquiry, Question
from referral.desk.report_columns import clear_report_columns, fill_report_columns
from referral.desk.rows import TABLES_OF_PEOPLE, InquiryMemberRow, InquiryRow, NeedRow
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.fields.short_codes import generate_code
from referral.records.accounts import Account, Permission
from referral.records.page import Page
from referral.slips.slips import end_slips_of
from referral.store.fetching import fetch_page

CORRECTION_TIME = timedelta(hours=24)
ENTRIES_PER_PAGE = 25
OUTCOMES = (Outcome.INFORMATION, Outcome.UNMET, Outcome.DECLINED, Outcome.CRISIS)
"""Outcomes of a question that is logged in one step, without referrals."""


def log_question(
    instance: Instance, account: Account, question: Question, *, training: bool = False
) -> str:
    """Log a short question at the desk in one step, as a closed inquiry; return the inquiry's id.

    Open inquiries do not change.

    Raises:
        RefusedError: heading, outcome or reason is missing, or a number is out of range.
    """
    now = instance.now()
    with instance.store.write() as session:
        row = InquiryRow(
            id=str(uuid4()),
            code=generate_code(CODE_LENGTH),
            started_at=now,
            closed_at=now,
            training=training,
            county="",
            zip_code="",
            tried=[],
            barriers=[],
            access_needs=[],
            members=[InquiryMemberRow(account_id=account.id)],
        )
        _write_question(instance, row, question)
        session.add(row)
        return row.id


def list_entries(instance: Instance, account: Account, desk: str, page: int = 1) -> Page[Inquiry]:
    """Return a page of recently closed inquiries of a desk, latest first."""
    statement = (
        select(InquiryRow)
        .where(InquiryRow.desk == desk, InquiryRow.closed_at.is_not(None))
        .order_by(InquiryRow.closed_at.desc(), InquiryRow.id)
    )
    if not account.may(Permission.CHANGE_SETTINGS):
        statement = statement.where(InquiryRow.closed_at > instance.now() - CORRECTION_TIME)
    with instance.store.read() as session:
        rows = fetch_page(session, statement, page, ENTRIES_PER_PAGE)
        return rows.with_items(inquiry_from(row) for row in rows)


def may_correct(account: Account, inquiry: Inquiry, now: datetime) -> bool:
    """Return whether a staff account may still correct or delete a closed desk inquiry."""
    if inquiry.closed_at is None:
        return False
    if account.may(Permission.CHANGE_SETTINGS):
        return True
    return account.id in inquiry.members and now - inquiry.closed_at < CORRECTION_TIME


def correct_entry(
    instance: Instance, account: Account, inquiry_id: str, question: Question
) -> None:
    """Correct a closed desk inquiry in the question log.

    Needs with a topic or with referrals are not changed.

    Raises:
        NotFoundError: there is no such entry that this account may correct.
        RefusedError: see ``log_question``.
    """
    with instance.store.write() as session:
        row = _correctable_row(instance, session, account, inquiry_id)
        if inquiry_from(row).is_one_step:
            _write_question(instance, row, question)
        else:
            row.channel, row.desk = question.channel or "", question.desk
            fill_report_columns(instance, row, question.reference)
        record_audit(session, account.actor, "inquiry-corrected", "inquiry", row.code)


def reopen_entry(instance: Instance, account: Account, inquiry_id: str) -> None:
    """Reopen a closed desk inquiry for a staff account.

    No report counts it until it is closed again.

    Raises:
        NotFoundError: there is no such entry that this account may correct.
        RefusedError: the details of the inquiry are erased, or it has no need.
    """
    with instance.store.write() as session:
        row = _correctable_row(instance, session, account, inquiry_id)
        if not (row.code and row.with_need):
            raise refused("There is nothing left to go on with. Change or delete it.")
        row.closed_at = None
        if account.id not in {member.account_id for member in row.members}:
            row.members.append(InquiryMemberRow(account_id=account.id))
        clear_report_columns(row)
        record_audit(session, account.actor, "inquiry-reopened", "inquiry", row.code)


def delete_entry(instance: Instance, account: Account, inquiry_id: str) -> None:
    """Delete a closed desk inquiry with its slips, and their traces in the database file.

    Raises:
        NotFoundError: there is no such entry that this account may delete.
    """
    with instance.store.write() as session:
        row = _correctable_row(instance, session, account, inquiry_id)
        referral_ids = [referral.id for need in row.needs for referral in need.referrals]
        end_slips_of(instance, session, referral_ids)
        later = update(InquiryRow).where(InquiryRow.repeat_of == row.id)
        session.execute(later.values(repeat_of=None))
        record_audit(session, account.actor, "inquiry-deleted", "inquiry", row.code)
        session.delete(row)
    instance.store.erase_traces(*TABLES_OF_PEOPLE)


def _correctable_row(
    instance: Instance, session: Session, account: Account, inquiry_id: str
) -> InquiryRow:
    row = inquiry_row(session, inquiry_id)
    if not may_correct(account, inquiry_from(row), instance.now()):
        raise NotFoundError("There is no such entry that you may change.")
    return row


def _write_question(instance: Instance, row: InquiryRow, question: Question) -> None:
    row.channel, row.desk = question.channel or "", question.desk
    row.with_need = question.with_need
    if question.with_need:
        need = row.needs[0] if row.needs else NeedRow(id=str(uuid4()), sort=1, term_code="")
        _write_need(need, question)
        row.needs = [need]
    else:
        row.needs = []
    fill_report_columns(instance, row, question.reference)


def _write_need(need: NeedRow, question: Question) -> None:
    if not question.heading:
        raise refused("Choose what the person needs.")
    if question.outcome not in OUTCOMES:
        raise refused("Choose how it ended.")
    is_unmet = question.outcome is Outcome.UNMET
    if is_unmet and question.unmet_reason is None:
        raise refused("Choose why it was not met.")
    reason: UnmetReason | None = question.unmet_reason if is_unmet else None
    need.heading, need.outcome = question.heading, question.outcome
    need.unmet_reason = reason or ""
