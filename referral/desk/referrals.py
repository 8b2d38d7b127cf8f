"""Services given at the desk for a need, with what was said about them on that day."""

from __future__ import annotations

from uuid import uuid4

from referral.desk.codes import Method, Outcome
from referral.desk.inquiry_rows import find_need, open_row
from referral.desk.rows import InquiryRow, NeedRow, ReferralRow
from referral.directory.cards import main_phone
from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.listing import Listing
from referral.records.visibility import Audience


def give_service(
    directory: Directory,
    inquiry_id: str,
    service_id: str,
    *,
    need_id: str = "",
    location_id: str = "",
    method: Method = Method.REFERRAL,
) -> str:
    """Give a service for a need, the latest by default; gives the referral's id.

    A need is made from the service's own topic where there is none yet. A service given twice for
    the same need is one referral, with the later method.

    Raises:
        NotFoundError, RefusedError: no such inquiry, need or service, or it is closed.
    """
    with directory.store.write() as session:
        inquiry = open_row(session, inquiry_id)
        listings = directory.listings.read(session, [service_id], Audience.STAFF)
        if not listings:
            raise NotFoundError("There is no such service.")
        location_id = _own_place(listings[0], location_id)
        need = find_need(inquiry, need_id) if need_id else _latest_need(inquiry, listings[0])
        for row in need.referrals:
            if row.service_id == service_id:
                row.method, row.location_id = method, location_id
                return row.id
        referral = ReferralRow(
            id=str(uuid4()),
            service_id=service_id,
            location_id=location_id,
            method=method,
            said=_said(listings[0]),
            given_at=directory.now(),
        )
        need.referrals.append(referral)
        if not need.outcome:
            need.outcome = Outcome.REFERRED
        return referral.id


def take_service_back(directory: Directory, inquiry_id: str, referral_id: str) -> None:
    """Undo the giving of a service. An outcome that rested on it is asked for again."""
    with directory.store.write() as session:
        for need in open_row(session, inquiry_id).needs:
            need.referrals = [row for row in need.referrals if row.id != referral_id]
            if not need.referrals and need.outcome == Outcome.REFERRED:
                need.outcome, need.fewer_reason = "", ""


def _latest_need(inquiry: InquiryRow, listing: Listing) -> NeedRow:
    if inquiry.needs:
        return inquiry.needs[-1]
    need = NeedRow(
        id=str(uuid4()),
        sort=1,
        term_code=listing.terms[0].code if listing.terms else "",
        heading=next(iter(listing.headings), ""),
    )
    inquiry.needs.append(need)
    return need


def _own_place(listing: Listing, location_id: str) -> str:
    """The place, if it is one of the service's."""
    return location_id if location_id in {site.location.id for site in listing.sites} else ""


def _said(listing: Listing) -> dict[str, str]:
    phone = main_phone(listing)
    return {
        "name": listing.service.name,
        "organization": listing.organization.name if listing.organization else "",
        "phone": phone.number if phone else "",
    }
