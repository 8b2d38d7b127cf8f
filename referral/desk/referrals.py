"""Referrals: services given for needs with a snapshot of the listing, replies to slips, results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.desk.codes import Method, Outcome, WhyNot
from referral.desk.inquiries import find_need, open_inquiry_row
from referral.desk.records import Inquiry, ReferralResult, complete_result
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.instance import Instance, local_month
from referral.errors import NotFoundError
from referral.records.listing import Listing
from referral.records.phone_choice import phone_to_call
from referral.records.visibility import Audience
from referral.slips.records import SlipItem, SlipReply
from referral.slips.rows import SlipReplyRow
from referral.slips.slips import slip_row
from referral.verification.feedback import record_report, withdraw_report
from referral.verification.records import ReportKind

_RESULT_OF_REPLY = {
    SlipReply.GOT_HELP: ReferralResult(got_help=True),
    SlipReply.FULL: ReferralResult(reached=True, got_help=False, why_not=WhyNot.FULL),
    SlipReply.NOT_ELIGIBLE: ReferralResult(
        reached=True, got_help=False, why_not=WhyNot.NOT_ELIGIBLE
    ),
    SlipReply.WRONG_NUMBER: ReferralResult(tried=True, reached=False, why_not=WhyNot.WRONG_NUMBER),
}


def add_referral(
    instance: Instance,
    inquiry_id: str,
    service_id: str,
    *,
    need_id: str = "",
    location_id: str = "",
    method: Method = Method.REFERRAL,
) -> str:
    """Refer a person to a service for a need, by default the latest; return the referral's id.

    If the inquiry has no need yet, one is added with the topic of the service. A second referral to
    the service for the same need only changes the method and the location of the first.

    Raises:
        NotFoundError, RefusedError: no such inquiry, need or service, or the inquiry is closed.
    """
    with instance.store.write() as session:
        inquiry = open_inquiry_row(session, inquiry_id)
        listings = instance.listings.read(session, [service_id], Audience.STAFF)
        if not listings:
            raise NotFoundError("There is no such service.")
        if location_id not in {site.location.id for site in listings[0].sites}:
            location_id = ""
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
            given_at=instance.now(),
        )
        need.referrals.append(referral)
        if not need.outcome:
            need.outcome = Outcome.REFERRED
        return referral.id


def remove_referral(instance: Instance, inquiry_id: str, referral_id: str) -> None:
    """Remove a referral to a service from a desk inquiry.

    The outcome "referred" of a need without other referrals is cleared.
    """
    with instance.store.write() as session:
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


def _listing_snapshot(listing: Listing, location_id: str) -> dict[str, str]:
    sites = sorted(listing.sites, key=lambda site: site.location.id != location_id)
    phone = phone_to_call(listing, next(iter(sites), None))
    return {
        "name": listing.service.name,
        "organization": listing.organization.name if listing.organization else "",
        "phone": " ext. ".join(filter(None, (phone.number, phone.extension))) if phone else "",
    }


def write_results(
    session: Session, inquiry_id: str, results: Mapping[str, ReferralResult]
) -> tuple[str, ...]:
    """Store the results of an inquiry's referrals; return services with a newly wrong number."""
    of_inquiry = select(ReferralRow).join(NeedRow).where(NeedRow.inquiry_id == inquiry_id)
    return tuple(
        row.service_id
        for row in session.scalars(of_inquiry).all()
        if row.id in results and _write_newly_wrong(session, row, results[row.id])
    )


def report_wrong_numbers(instance: Instance, service_ids: Iterable[str]) -> None:
    """Report the phone numbers of referred services as wrong, so that they are verified."""
    for service_id in service_ids:
        record_report(instance, service_id, ReportKind.PHONE)


def _write_newly_wrong(session: Session, row: ReferralRow, result: ReferralResult) -> bool:
    """Store a referral's result; return whether it is the first to report a wrong number."""
    was_wrong = row.why_not == WhyNot.WRONG_NUMBER
    is_newly_wrong = write_result(row, result).why_not is WhyNot.WRONG_NUMBER and not was_wrong
    return is_newly_wrong and not is_training_referral(session, row)


def is_training_referral(session: Session, referral: ReferralRow | None) -> bool:
    """Return whether a referral belongs to a training inquiry, which no report counts."""
    if referral is None:
        return False
    of_need = select(InquiryRow.training).join(NeedRow).where(NeedRow.id == referral.need_id)
    return bool(session.scalar(of_need))


def write_result(row: ReferralRow, result: ReferralResult) -> ReferralResult:
    """Store the result of a referral, with the steps that it implies; return the result."""
    result = complete_result(result)
    row.tried, row.reached = result.tried, result.reached
    row.got_help, row.solved = result.got_help, result.solved
    row.why_not = result.why_not or ""
    return result


def slip_items(inquiry: Inquiry) -> tuple[SlipItem, ...]:
    """Return the services given in an inquiry as items of a slip, each service once."""
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


def reply_to_slip(instance: Instance, code: str, service_id: str, reply: SlipReply) -> None:
    """Store a patron's reply about a service on a slip; a second reply replaces the first.

    A wrong number is reported to the verification queue, except in training. A different later
    reply withdraws the report, unless another slip reported the same number on that day.

    Raises:
        NotFoundError: there is no such slip, or the service is not on it.
    """
    now, was_wrong_on = instance.now(), None
    with instance.store.write() as session:
        slip = slip_row(session, instance, code)
        item = next((item for item in slip.items if item.service_id == service_id), None)
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
        # Reports count replies by month, so replies in training have none.
        is_training = is_training_referral(session, referral)
        row.month = "" if is_training else local_month(instance)
        if referral is not None:
            write_result(referral, _RESULT_OF_REPLY[reply])
    if reply is SlipReply.WRONG_NUMBER and not is_training:
        record_report(instance, service_id, ReportKind.PHONE)
    elif was_wrong_on is not None and not is_training:
        _withdraw_unless_repeated(instance, service_id, was_wrong_on)


def _withdraw_unless_repeated(instance: Instance, service_id: str, replied_at: datetime) -> None:
    with instance.store.read() as session:
        others = session.scalars(
            select(SlipReplyRow.replied_at).where(
                SlipReplyRow.service_id == service_id,
                SlipReplyRow.kind == SlipReply.WRONG_NUMBER.value,
            )
        )
        is_reported_by_others = any(other.date() == replied_at.date() for other in others)
    if not is_reported_by_others:
        withdraw_report(instance, service_id, ReportKind.PHONE, replied_at.date())
