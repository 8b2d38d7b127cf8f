"""Slips of an inquiry: the referred services, and replies as results of referrals."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from referral.desk.codes import WhyNot
from referral.desk.records import Inquiry, ReferralResult
from referral.desk.referrals import is_training_referral, write_result
from referral.desk.rows import ReferralRow
from referral.directory.context import Directory, local_month
from referral.errors import NotFoundError
from referral.slips.records import SlipItem, SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import slip_row
from referral.verification.feedback import record_report, withdraw_report
from referral.verification.records import ReportKind

_RESULTS = {
    SlipReply.GOT_HELP: ReferralResult(got_help=True),
    SlipReply.FULL: ReferralResult(reached=True, got_help=False, why_not=WhyNot.FULL),
    SlipReply.NOT_ELIGIBLE: ReferralResult(
        reached=True, got_help=False, why_not=WhyNot.NOT_ELIGIBLE
    ),
    SlipReply.WRONG_NUMBER: ReferralResult(tried=True, reached=False, why_not=WhyNot.WRONG_NUMBER),
}


def slip_items(inquiry: Inquiry) -> tuple[SlipItem, ...]:
    """The services referred to in an inquiry, each once, in order."""
    given = {
        referral.service_id: SlipItem(
            service_id=referral.service_id,
            location_id=referral.location_id,
            referral_id=referral.id,
            topic=need.term_code,
        )
        for need in inquiry.needs
        for referral in need.referrals
    }
    return tuple(given.values())


def reply_to_slip(directory: Directory, code: str, service_id: str, reply: SlipReply) -> None:
    """Store a reply about a service on a slip; a second reply replaces the first.

    A wrong number is reported to the verification queue, except in training; a later reply that
    says something else takes the report back, unless another slip reported it that day too.

    Raises:
        NotFoundError: there is no such slip, or the service is not on it.
    """
    now, was_wrong_on = directory.now(), None
    with directory.store.write() as session:
        slip = slip_row(session, directory, code)
        item = next((one for one in slip.items if one.service_id == service_id), None)
        if item is None:
            raise NotFoundError("This service is not on the list.")
        statement = select(SlipReplyRow).where(
            SlipReplyRow.slip_code == slip.code, SlipReplyRow.service_id == service_id
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            row = SlipReplyRow(id=str(uuid4()), slip_code=slip.code, service_id=service_id)
            session.add(row)
        else:
            was_wrong_on = row.replied_at if row.kind == SlipReply.WRONG_NUMBER else None
        row.kind, row.replied_at, row.seen_at = reply, now, None
        referral = session.get(ReferralRow, item.referral_id) if item.referral_id else None
        # Without a month it counts in no report: what was given to learn does not.
        is_training = is_training_referral(session, referral)
        row.month = "" if is_training else local_month(directory)
        if referral is not None:
            write_result(referral, _RESULTS[reply])
    if reply is SlipReply.WRONG_NUMBER and not is_training:
        record_report(directory, service_id, ReportKind.PHONE)
    elif was_wrong_on is not None and not is_training:
        _take_report_back(directory, service_id, was_wrong_on)


def _take_report_back(directory: Directory, service_id: str, replied_at: datetime) -> None:
    row = SlipReplyRow
    with directory.store.read() as session:
        others = session.scalars(
            select(row.replied_at).where(
                row.service_id == service_id, row.kind == SlipReply.WRONG_NUMBER.value
            )
        )
        is_said_by_others = any(each.date() == replied_at.date() for each in others)
    if not is_said_by_others:
        withdraw_report(directory, service_id, ReportKind.PHONE, replied_at.date())
