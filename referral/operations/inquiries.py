"""The desk's inquiries: opened, filled in step by step, closed. Each step is kept at once.

There is no draft apart from the inquiry itself, so a crash loses nothing, and two librarians who
share an inquiry see each other's steps.
"""

from __future__ import annotations

from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.operations.cards import main_phone
from referral.operations.directory import Directory
from referral.operations.inquiry_shapes import inquiry_from
from referral.records.errors import NotFoundError, RefusedError
from referral.records.inquiries import Inquiry, InquiryDetails, closing_problems
from referral.records.inquiry_codes import (
    FewerReason,
    Method,
    Outcome,
    UnmetReason,
)
from referral.records.listing import Listing
from referral.records.places import find_zip, zip5
from referral.records.short_codes import new_code, read_code
from referral.records.visibility import Audience
from referral.store.inquiry_rows import InquiryMemberRow, InquiryRow, NeedRow, ReferralRow

_CODE_LENGTH = 6


def open_inquiry(
    directory: Directory,
    account_id: str,
    *,
    desk: str = "",
    training: bool = False,
    repeat_of: str = "",
) -> str:
    """Begin an inquiry; gives its id.

    Args:
        repeat_of: the inquiry that this one goes on from; its details are taken over.

    Raises:
        NotFoundError: there is no inquiry to go on from.
    """
    now = directory.now()
    with directory.store.write() as session:
        row = InquiryRow(
            id=str(uuid4()),
            code=new_code(_CODE_LENGTH),
            desk=desk,
            started_at=now,
            month=now.astimezone(ZoneInfo(directory.settings.timezone)).strftime("%Y-%m"),
            training=training,
            tried=[],
            barriers=[],
            access_needs=[],
            members=[InquiryMemberRow(account_id=account_id)],
        )
        if repeat_of:
            _go_on_from(_row(session, repeat_of), row)
        session.add(row)
        return row.id


def read_inquiry(directory: Directory, inquiry_id: str) -> Inquiry:
    """An inquiry with its needs.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        return inquiry_from(_row(session, inquiry_id))


def list_open_inquiries(directory: Directory, account_id: str) -> tuple[Inquiry, ...]:
    """The open inquiries that an account works on, the latest first."""
    statement = (
        select(InquiryRow)
        .join(InquiryMemberRow)
        .where(InquiryMemberRow.account_id == account_id, InquiryRow.closed_at.is_(None))
        .order_by(InquiryRow.started_at.desc())
    )
    with directory.store.read() as session:
        return tuple(inquiry_from(row) for row in session.scalars(statement))


def join_inquiry(directory: Directory, code: str, account_id: str) -> str:
    """Work on an open inquiry that a colleague shares by its code; gives its id.

    Raises:
        NotFoundError: no open inquiry has this code.
    """
    with directory.store.write() as session:
        statement = select(InquiryRow).where(
            InquiryRow.code == read_code(code), InquiryRow.closed_at.is_(None)
        )
        row = session.scalars(statement).first()
        if row is None:
            raise NotFoundError("No open inquiry has this code. Ask your colleague for it again.")
        if account_id not in {member.account_id for member in row.members}:
            row.members.append(InquiryMemberRow(account_id=account_id))
        return row.id


def describe_inquiry(directory: Directory, inquiry_id: str, details: InquiryDetails) -> None:
    """Keep what is known of the person's situation, in place of what was kept before.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    zip_code = zip5(details.zip_code)
    place = find_zip(zip_code) if zip_code else None
    with directory.store.write() as session:
        row = _open_row(session, inquiry_id)
        row.channel = details.channel or ""
        row.language = details.language
        row.zip_code = zip_code
        row.county = f"{place.county}, {place.state}" if place and place.county else ""
        row.age_band = details.age_band or ""
        row.household = details.household or ""
        row.tried = [tried.value for tried in details.tried]
        row.barriers = [barrier.value for barrier in details.barriers]
        row.access_needs = [access.value for access in details.access_needs]


def add_need(
    directory: Directory, inquiry_id: str, *, term_code: str = "", heading: str = ""
) -> str:
    """Add a need, coded by a term or by a heading alone; gives its id. The same one is kept once.

    Raises:
        NotFoundError: there is no such inquiry or term.
        RefusedError: the inquiry is closed, or the need is neither.
    """
    if not (term_code or heading):
        raise RefusedError("Choose a topic for the need.")
    with directory.store.write() as session:
        inquiry = _open_row(session, inquiry_id)
        if term_code and term_code not in directory.listings.terms(session).ids:
            raise NotFoundError("There is no such topic.")
        for need in inquiry.needs:
            if (need.term_code, need.heading) == (term_code, heading):
                return need.id
        row = NeedRow(
            id=str(uuid4()),
            sort=max((need.sort for need in inquiry.needs), default=0) + 1,
            term_code=term_code,
            heading=heading,
        )
        inquiry.needs.append(row)
        return row.id


def remove_need(directory: Directory, inquiry_id: str, need_id: str) -> None:
    """Take a need out again, with what was given for it."""
    with directory.store.write() as session:
        inquiry = _open_row(session, inquiry_id)
        inquiry.needs.remove(_need(inquiry, need_id))


def set_outcome(
    directory: Directory,
    inquiry_id: str,
    need_id: str,
    outcome: Outcome | None,
    *,
    unmet_reason: UnmetReason | None = None,
    fewer_reason: FewerReason | None = None,
) -> None:
    """Say how a need stands. A reason that the outcome does not ask for is not kept."""
    is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
    with directory.store.write() as session:
        need = _need(_open_row(session, inquiry_id), need_id)
        need.outcome = outcome or ""
        need.unmet_reason = (unmet_reason or "") if is_unmet else ""
        need.fewer_reason = (fewer_reason or "") if outcome is Outcome.REFERRED else ""


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
        NotFoundError: no such inquiry, need or service.
        RefusedError: the inquiry is closed.
    """
    with directory.store.write() as session:
        inquiry = _open_row(session, inquiry_id)
        listings = directory.listings.read(session, [service_id], Audience.STAFF)
        if not listings:
            raise NotFoundError("There is no such service.")
        need = _need(inquiry, need_id) if need_id else _latest_need(inquiry, listings[0])
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
        for need in _open_row(session, inquiry_id).needs:
            need.referrals = [row for row in need.referrals if row.id != referral_id]
            if not need.referrals and need.outcome == Outcome.REFERRED:
                need.outcome, need.fewer_reason = "", ""


def close_inquiry(directory: Directory, inquiry_id: str) -> Inquiry:
    """End the conversation; gives the inquiry, still open if ``closing_problems`` has any."""
    with directory.store.write() as session:
        row = _open_row(session, inquiry_id)
        inquiry = inquiry_from(row)
        if closing_problems(inquiry):
            return inquiry
        row.closed_at = directory.now()
        return inquiry_from(row)


def drop_inquiry(directory: Directory, inquiry_id: str) -> None:
    """Throw an open inquiry away: nothing of it is kept or counted."""
    with directory.store.write() as session:
        session.delete(_open_row(session, inquiry_id))


def _row(session: Session, inquiry_id: str) -> InquiryRow:
    row = session.get(InquiryRow, inquiry_id)
    if row is None:
        raise NotFoundError("There is no such inquiry.")
    return row


def _open_row(session: Session, inquiry_id: str) -> InquiryRow:
    row = _row(session, inquiry_id)
    if row.closed_at is not None:
        raise RefusedError("This inquiry is closed. Start a new one that goes on from it.")
    return row


def _need(inquiry: InquiryRow, need_id: str) -> NeedRow:
    for need in inquiry.needs:
        if need.id == need_id:
            return need
    raise NotFoundError("There is no such need in this inquiry.")


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


def _said(listing: Listing) -> dict[str, str]:
    phone = main_phone(listing)
    return {
        "name": listing.service.name,
        "organization": listing.organization.name if listing.organization else "",
        "phone": phone.number if phone else "",
    }


def _go_on_from(earlier: InquiryRow, row: InquiryRow) -> None:
    row.repeat_of = earlier.id
    row.training = row.training or earlier.training
    for name in ("channel", "language", "zip_code", "county", "age_band", "household"):
        setattr(row, name, getattr(earlier, name))
    for name in ("barriers", "access_needs"):
        setattr(row, name, list(getattr(earlier, name)))
