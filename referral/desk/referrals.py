"""Referrals: services given for a need, with a snapshot of the listing, and their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.desk.codes import Method, Outcome, WhyNot
from referral.desk.inquiries import find_need, open_inquiry_row
from referral.desk.records import ReferralResult, complete_result
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.listing import Listing
from referral.records.phone_choice import phone_to_call
from referral.records.visibility import Audience
from referral.verification.feedback import record_report
from referral.verification.records import ReportKind


def add_referral(
    directory: Directory,
    inquiry_id: str,
    service_id: str,
    *,
    need_id: str = "",
    location_id: str = "",
    method: Method = Method.REFERRAL,
) -> str:
    """Refer to a service for a need, by default the latest; returns the referral's id.

    A need is made from the service's own topic where there is none yet. A service given twice for
    the same need is one referral, with the later method.

    Raises:
        NotFoundError, RefusedError: no such inquiry, need or service, or it is closed.
    """
    with directory.store.write() as session:
        inquiry = open_inquiry_row(session, inquiry_id)
        listings = directory.listings.read(session, [service_id], Audience.STAFF)
        if not listings:
            raise NotFoundError("There is no such service.")
        location_id = _checked_location(listings[0], location_id)
        need = find_need(inquiry, need_id) if need_id else _latest_or_new_need(inquiry, listings[0])
        for row in need.referrals:
            if row.service_id == service_id:
                row.method, row.location_id = method, location_id
                return row.id
        referral = ReferralRow(
            id=str(uuid4()),
            service_id=service_id,
            location_id=location_id,
            method=method,
            said=_listing_snapshot(listings[0], location_id),
            given_at=directory.now(),
        )
        need.referrals.append(referral)
        if not need.outcome:
            need.outcome = Outcome.REFERRED
        return referral.id


def remove_referral(directory: Directory, inquiry_id: str, referral_id: str) -> None:
    """Remove a referral; an outcome that rested on it is cleared."""
    with directory.store.write() as session:
        for need in open_inquiry_row(session, inquiry_id).needs:
            need.referrals = [row for row in need.referrals if row.id != referral_id]
            if not need.referrals and need.outcome == Outcome.REFERRED:
                need.outcome, need.fewer_reason = "", ""


def _latest_or_new_need(inquiry: InquiryRow, listing: Listing) -> NeedRow:
    if inquiry.needs:
        return inquiry.needs[-1]
    need = NeedRow(
        id=str(uuid4()),
        sort=1,
        term_code=listing.named_terms[0].code if listing.named_terms else "",
        heading=next(iter(listing.headings), ""),
    )
    inquiry.needs.append(need)
    return need


def _checked_location(listing: Listing, location_id: str) -> str:
    """The id of the location, "" where the service is not at it."""
    return location_id if location_id in {site.location.id for site in listing.sites} else ""


def _listing_snapshot(listing: Listing, location_id: str) -> dict[str, str]:
    at = sorted(listing.sites, key=lambda site: site.location.id != location_id)
    phone = phone_to_call(listing, next(iter(at), None))
    return {
        "name": listing.service.name,
        "organization": listing.organization.name if listing.organization else "",
        "phone": " ext. ".join(filter(None, (phone.number, phone.extension))) if phone else "",
    }


def write_results(
    session: Session, inquiry_id: str, results: Mapping[str, ReferralResult]
) -> tuple[str, ...]:
    """Write results of an inquiry's referrals; returns services whose number is wrong now."""
    of_inquiry = select(ReferralRow).join(NeedRow).where(NeedRow.inquiry_id == inquiry_id)
    return tuple(
        row.service_id
        for row in session.scalars(of_inquiry).all()
        if row.id in results and _write_and_check(session, row, results[row.id])
    )


def report_wrong_numbers(directory: Directory, service_ids: Iterable[str]) -> None:
    """Have the telephone numbers of these services checked."""
    for service_id in service_ids:
        record_report(directory, service_id, ReportKind.PHONE)


def _write_and_check(session: Session, row: ReferralRow, result: ReferralResult) -> bool:
    """Write a result; whether it is new that the number is wrong."""
    was_wrong = row.why_not == WhyNot.WRONG_NUMBER
    is_news = write_result(row, result).why_not is WhyNot.WRONG_NUMBER and not was_wrong
    return is_news and not is_training_referral(session, row)


def is_training_referral(session: Session, referral: ReferralRow | None) -> bool:
    """Whether a referral belongs to a training inquiry, which no report counts."""
    if referral is None:
        return False
    of_need = select(InquiryRow.training).join(NeedRow).where(NeedRow.id == referral.need_id)
    return bool(session.scalar(of_need))


def write_result(row: ReferralRow, result: ReferralResult) -> ReferralResult:
    """Write a completed result into a row; returns it."""
    result = complete_result(result)
    row.tried, row.reached = result.tried, result.reached
    row.got_help, row.solved = result.got_help, result.solved
    row.why_not = result.why_not or ""
    return result
