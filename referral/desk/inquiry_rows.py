"""Finds rows of the desk, and makes of them the records that pages show."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from sqlalchemy.orm import Session

from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    Barrier,
    Channel,
    FewerReason,
    Household,
    Method,
    Outcome,
    Tried,
    UnmetReason,
)
from referral.desk.records import Inquiry, InquiryDetails, Need, ReferralGiven
from referral.desk.referral_results import ReferralResult, WhyNot
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.errors import NotFoundError, refused

CodeT = TypeVar("CodeT", bound=StrEnum)


def inquiry_from(row: InquiryRow) -> Inquiry:
    """An inquiry with its needs."""
    return Inquiry(
        id=row.id,
        code=row.code,
        desk=row.desk,
        started_at=row.started_at,
        closed_at=row.closed_at,
        repeat_of=row.repeat_of or "",
        training=row.training,
        details=_details(row),
        county=row.county,
        needs=tuple(_need(need) for need in row.needs),
        members=tuple(member.account_id for member in row.members),
    )


def inquiry_row(session: Session, inquiry_id: str) -> InquiryRow:
    """The row of an inquiry.

    Raises:
        NotFoundError: there is none.
    """
    row = session.get(InquiryRow, inquiry_id)
    if row is None:
        raise NotFoundError("There is no such inquiry.")
    return row


def open_row(session: Session, inquiry_id: str) -> InquiryRow:
    """The row of an inquiry that may still be written.

    Raises:
        NotFoundError, RefusedError: there is none, or it is closed.
    """
    row = inquiry_row(session, inquiry_id)
    if row.closed_at is not None:
        raise refused("This inquiry is closed. Start a new one that goes on from it.")
    return row


def find_need(inquiry: InquiryRow, need_id: str) -> NeedRow:
    """The row of a need of an inquiry.

    Raises:
        NotFoundError: there is none.
    """
    for need in inquiry.needs:
        if need.id == need_id:
            return need
    raise NotFoundError("There is no such need in this inquiry.")


def _details(row: InquiryRow) -> InquiryDetails:
    return InquiryDetails(
        channel=_code(Channel, row.channel),
        language=row.language,
        zip_code=row.zip_code,
        area="" if row.zip_code else row.county,
        age_band=_code(AgeBand, row.age_band),
        household=_code(Household, row.household),
        tried=tuple(map(Tried, row.tried)),
        barriers=tuple(map(Barrier, row.barriers)),
        access_needs=tuple(map(AccessNeed, row.access_needs)),
    )


def _need(row: NeedRow) -> Need:
    return Need(
        id=row.id,
        heading=row.heading,
        term_code=row.term_code,
        outcome=_code(Outcome, row.outcome),
        unmet_reason=_code(UnmetReason, row.unmet_reason),
        fewer_reason=_code(FewerReason, row.fewer_reason),
        referrals=tuple(_referral(referral) for referral in row.referrals),
    )


def _referral(row: ReferralRow) -> ReferralGiven:
    return ReferralGiven(
        id=row.id,
        service_id=row.service_id,
        location_id=row.location_id,
        method=Method(row.method),
        said=row.said,
        given_at=row.given_at,
        result=ReferralResult(
            tried=row.tried,
            reached=row.reached,
            got_help=row.got_help,
            solved=row.solved,
            why_not=_code(WhyNot, row.why_not),
        ),
    )


def _code(kind: type[CodeT], text: str) -> CodeT | None:
    return kind(text) if text else None
