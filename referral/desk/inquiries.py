"""Inquiries: opening, details, needs, outcomes, sharing and closing.

Each step is stored at once, so a crash loses nothing, and librarians who share an inquiry see each
other's steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal, TypeVar
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.codes import (
    AccessNeed,
    AgeBand,
    Barrier,
    Channel,
    FewerReason,
    Household,
    Method,
    Outcome,
    QuestionType,
    Tried,
    UnmetReason,
    WhyNot,
)
from referral.desk.records import (
    CAME_IN,
    NEED_PREFIX,
    PLACE,
    TAKEN_OUT,
    Inquiry,
    InquiryDetails,
    Need,
    ReferenceData,
    ReferralGiven,
    ReferralResult,
    closing_problems,
)
from referral.desk.report_columns import fill_report_columns
from referral.desk.rows import (
    TABLES_OF_PEOPLE,
    InquiryMemberRow,
    InquiryRow,
    NeedRow,
    ReferralRow,
)
from referral.directory.heading_placement import first_heading
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.fields.places.lookup import find_zip, zip5
from referral.fields.short_codes import generate_code, normalize_code
from referral.records.accounts import Account
from referral.slips.slips import end_slips_of
from referral.store.base import in_batches
from referral.store.fetching import fetch_row

CODE_LENGTH = 6
# Name of a value that a search may fill in → the fields of ``InquiryDetails`` with that value.
_DETAILS_OF_SEARCH = {
    PLACE: ("zip_code", "area"),
    **{name: (name,) for name in ("language", "age_band", "household", "access_needs")},
}
_IDS_IN_A_QUERY = 500
CodeT = TypeVar("CodeT", bound=StrEnum)


def open_inquiry(
    instance: Instance,
    account_id: str,
    *,
    desk: str = "",
    training: bool = False,
    repeat_of: str = "",
    channel: Channel | None = None,
) -> str:
    """Open a desk inquiry for a staff account, and return the inquiry's id.

    Args:
        repeat_of: the id of an earlier inquiry that this one continues; its details are copied.

    Raises:
        NotFoundError: the earlier inquiry does not exist.
    """
    with instance.store.write() as session:
        row = InquiryRow(
            id=str(uuid4()),
            code=generate_code(CODE_LENGTH),
            desk=desk,
            started_at=instance.now(),
            training=training,
            channel=channel or "",
            tried=[],
            barriers=[],
            access_needs=[],
            question_type=QuestionType.REFERRAL,
            with_need=True,
            count=1,
            members=[InquiryMemberRow(account_id=account_id)],
        )
        if repeat_of:
            _copy_details(inquiry_row(session, repeat_of), row)
        session.add(row)
        return row.id


def read_inquiry(instance: Instance, inquiry_id: str) -> Inquiry:
    """Return a desk inquiry with its needs.

    Raises:
        NotFoundError: there is no such inquiry.
    """
    with instance.store.read() as session:
        return inquiry_from(inquiry_row(session, inquiry_id))


def list_open_inquiries(instance: Instance, account_id: str) -> tuple[Inquiry, ...]:
    """Return the open desk inquiries on which a staff account works, the latest first."""
    statement = (
        select(InquiryRow)
        .join(InquiryMemberRow)
        .where(InquiryMemberRow.account_id == account_id, InquiryRow.closed_at.is_(None))
        .order_by(InquiryRow.started_at.desc())
    )
    with instance.store.read() as session:
        return tuple(inquiry_from(row) for row in session.scalars(statement))


def read_inquiries(instance: Instance, inquiry_ids: Iterable[str]) -> dict[str, Inquiry]:
    """Return desk inquiries by id, without those that no longer exist."""
    found: dict[str, Inquiry] = {}
    with instance.store.read() as session:
        for ids in in_batches(inquiry_ids, _IDS_IN_A_QUERY):
            rows = session.scalars(select(InquiryRow).where(InquiryRow.id.in_(ids)))
            found |= {row.id: inquiry_from(row) for row in rows}
    return found


def join_inquiry(instance: Instance, code: str, account_id: str) -> str:
    """Add a staff account to an open inquiry by the code that a colleague shares; return its id.

    Raises:
        NotFoundError: no open inquiry has this code.
    """
    with instance.store.write() as session:
        statement = select(InquiryRow).where(
            InquiryRow.code == normalize_code(code), InquiryRow.closed_at.is_(None)
        )
        row = session.scalars(statement).first()
        if row is None:
            raise NotFoundError("No open inquiry has this code. Ask your colleague for it again.")
        if account_id not in {member.account_id for member in row.members}:
            row.members.append(InquiryMemberRow(account_id=account_id))
        return row.id


def open_inquiry_for(instance: Instance, inquiry_id: str, account: Account) -> Inquiry:
    """Return a desk inquiry for a staff user, who becomes a member if it is open.

    Access to a colleague's inquiry is audited with its id, because its code may be erased.

    Raises:
        NotFoundError: there is no such inquiry, or its details were erased.
    """
    inquiry = read_inquiry(instance, inquiry_id)
    if account.id in inquiry.members:
        return inquiry
    if not inquiry.code:
        raise NotFoundError("There is no such inquiry.")
    with instance.store.write() as session:
        row = session.get_one(InquiryRow, inquiry_id)
        if row.closed_at is None:
            row.members.append(InquiryMemberRow(account_id=account.id))
        record_audit(session, account.actor, "inquiry-opened", "inquiry", row.id)
    return read_inquiry(instance, inquiry_id)


def update_details(instance: Instance, inquiry_id: str, details: InquiryDetails) -> None:
    """Replace the details of a person's situation in an open desk inquiry.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    zip_code, county = place_columns(details.zip_code, details.area)
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        before = _details_from(row)
        row.channel = details.channel or ""
        row.language = details.language
        row.zip_code, row.county = zip_code, county
        row.age_band = details.age_band or ""
        row.household = details.household or ""
        row.tried = [tried.value for tried in details.tried]
        row.barriers = [barrier.value for barrier in details.barriers]
        row.access_needs = [access.value for access in details.access_needs]
        row.from_search = _states_after_edit(row.from_search, before, _details_from(row))


def place_columns(zip_code: str, area: str) -> tuple[str, str]:
    """Return the ZIP code and the county to store in a desk inquiry.

    ``area`` replaces an unknown county. The county is kept longer than the ZIP code.
    """
    zip_code = zip5(zip_code)
    place = find_zip(zip_code) if zip_code else None
    return zip_code, f"{place.county}, {place.state}" if place and place.county else area


def _states_after_edit(
    from_search: Mapping[str, str], before: InquiryDetails, after: InquiryDetails
) -> dict[str, str]:
    """Update which details of an inquiry a search filled in, after staff edited them.

    Edited details leave ``from_search``, and emptied ones are marked as taken out.
    """
    states = dict(from_search)
    for name, columns in _DETAILS_OF_SEARCH.items():
        values = [getattr(after, column) for column in columns]
        if values != [getattr(before, column) for column in columns]:
            states.pop(name, "")
            if not any(values):
                states[name] = TAKEN_OUT
    return states


def add_need(
    instance: Instance,
    inquiry_id: str,
    *,
    term_code: str = "",
    heading: str = "",
    is_by_giving: bool = False,
) -> str:
    """Add a need, coded by a taxonomy term or a heading, to an open inquiry; return the need's id.

    A need that the inquiry already has is not added again. The heading of a term is the first under
    which the crosswalk places the term.

    Args:
        is_by_giving: whether the need is added to give a service for it. A new need then counts as
            filled in from a search, so it needs no outcome once the service is taken back.

    Raises:
        NotFoundError: there is no such inquiry or term.
        RefusedError: the inquiry is closed, or there is neither a term nor a heading.
    """
    if not (term_code or heading):
        raise refused("Choose a topic for the need.")
    with instance.store.write() as session:
        inquiry = open_inquiry_row(session, inquiry_id)
        name, states = NEED_PREFIX + term_code, {**inquiry.from_search}
        is_new = term_code not in {need.term_code for need in inquiry.needs}
        if not is_by_giving:
            states.pop(name, "")
        elif term_code and is_new:
            states[name] = CAME_IN
        inquiry.from_search = states
        return append_need(instance, session, inquiry, term_code=term_code, heading=heading)


def append_need(
    instance: Instance,
    session: Session,
    inquiry: InquiryRow,
    *,
    term_code: str = "",
    heading: str = "",
) -> str:
    """Append a need to an inquiry's row unless it is there already; return the need's id.

    Raises:
        NotFoundError: there is no such term.
    """
    if term_code:
        heading = first_heading(session, instance.listings.terms(session), term_code)
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


def remove_need(instance: Instance, inquiry_id: str, need_id: str) -> None:
    """Remove a need and its referrals from an open inquiry.

    Later searches do not add the topic again.
    """
    with instance.store.write() as session:
        inquiry = open_inquiry_row(session, inquiry_id)
        need = find_need(inquiry, need_id)
        inquiry.needs.remove(need)
        if need.term_code:
            name = NEED_PREFIX + need.term_code
            inquiry.from_search = {**inquiry.from_search, name: TAKEN_OUT}


def set_outcome(
    instance: Instance,
    inquiry_id: str,
    need_id: str,
    outcome: Outcome | None,
    *,
    unmet_reason: UnmetReason | Literal[""] | None = None,
    fewer_reason: FewerReason | Literal[""] | None = None,
) -> None:
    """Set the outcome of a person's need in a desk inquiry.

    Reasons that do not go with the outcome are cleared.

    Args:
        unmet_reason: "" clears the stored reason; None keeps it.
        fewer_reason: likewise.
    """
    is_unmet = outcome in {Outcome.UNMET, Outcome.PARTLY_MET}
    with instance.store.write() as session:
        need = find_need(open_inquiry_row(session, inquiry_id), need_id)
        unmet = need.unmet_reason if unmet_reason is None else unmet_reason
        fewer = need.fewer_reason if fewer_reason is None else fewer_reason
        need.outcome = outcome or ""
        need.unmet_reason = unmet if is_unmet else ""
        need.fewer_reason = fewer if outcome is Outcome.REFERRED else ""


def close_inquiry(
    instance: Instance, inquiry_id: str, reference: ReferenceData | None = None
) -> Inquiry:
    """Close a desk inquiry unless an outcome has errors; return the inquiry, open or closed.

    Args:
        reference: data for statistics; by default the stored data, at first one referral of today.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, it is closed, or the reference data
            are out of range.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        inquiry = inquiry_from(row)
        if closing_problems(inquiry):
            return inquiry
        counted_ids = {need.id for need in inquiry.needs_to_count}
        row.needs = [need for need in row.needs if need.id in counted_ids]
        row.from_search = {}
        row.closed_at = instance.now()
        fill_report_columns(instance, row, reference or inquiry.reference)
        return inquiry_from(row)


def discard_inquiry(instance: Instance, inquiry_id: str) -> None:
    """Delete an open desk inquiry with its slips, and their traces in the database file.

    No report counts the inquiry.
    """
    with instance.store.write() as session:
        row = open_inquiry_row(session, inquiry_id)
        referral_ids = [referral.id for need in row.needs for referral in need.referrals]
        end_slips_of(instance, session, referral_ids)
        session.delete(row)
    instance.store.erase_traces(*TABLES_OF_PEOPLE)


def _copy_details(earlier: InquiryRow, row: InquiryRow) -> None:
    row.repeat_of = earlier.id
    row.training = row.training or earlier.training
    for name in ("channel", "language", "zip_code", "county", "age_band", "household"):
        setattr(row, name, getattr(earlier, name))
    for name in ("barriers", "access_needs"):
        setattr(row, name, list(getattr(earlier, name)))


def inquiry_from(row: InquiryRow) -> Inquiry:
    """Build a desk inquiry, with its needs, from its database row."""
    return Inquiry(
        id=row.id,
        code=row.code,
        desk=row.desk,
        started_at=row.started_at,
        closed_at=row.closed_at,
        repeat_of=row.repeat_of or "",
        training=row.training,
        details=_details_from(row),
        county=row.county,
        needs=tuple(_need_from(need) for need in row.needs),
        members=tuple(member.account_id for member in row.members),
        reference=ReferenceData(
            question_type=QuestionType(row.question_type),
            read_scale=row.read_scale,
            minutes=row.minutes,
            count=row.count,
            happened_on=row.happened_on,
        ),
        with_need=row.with_need,
        from_search=dict(row.from_search),
    )


def inquiry_row(session: Session, inquiry_id: str) -> InquiryRow:
    """Return the database row of a desk inquiry.

    Raises:
        NotFoundError: there is no such inquiry.
    """
    return fetch_row(session, InquiryRow, inquiry_id, "inquiry")


def open_inquiry_row(session: Session, inquiry_id: str) -> InquiryRow:
    """Return the database row of an open desk inquiry, to change it.

    Raises:
        NotFoundError, RefusedError: there is no such inquiry, or it is closed.
    """
    row = inquiry_row(session, inquiry_id)
    if row.closed_at is not None:
        raise refused("This inquiry is closed. Start a new one that goes on from it.")
    return row


def find_need(inquiry: InquiryRow, need_id: str) -> NeedRow:
    """Find a need by id among the needs of a desk inquiry's row.

    Raises:
        NotFoundError: there is no such need.
    """
    for need in inquiry.needs:
        if need.id == need_id:
            return need
    raise NotFoundError("There is no such need in this inquiry.")


def _details_from(row: InquiryRow) -> InquiryDetails:
    return InquiryDetails(
        channel=_code_or_none(Channel, row.channel),
        language=row.language,
        zip_code=row.zip_code,
        area="" if row.zip_code else row.county,
        age_band=_code_or_none(AgeBand, row.age_band),
        household=_code_or_none(Household, row.household),
        tried=tuple(map(Tried, row.tried)),
        barriers=tuple(map(Barrier, row.barriers)),
        access_needs=tuple(map(AccessNeed, row.access_needs)),
    )


def _need_from(row: NeedRow) -> Need:
    return Need(
        id=row.id,
        heading=row.heading,
        term_code=row.term_code,
        outcome=_code_or_none(Outcome, row.outcome),
        unmet_reason=_code_or_none(UnmetReason, row.unmet_reason),
        fewer_reason=_code_or_none(FewerReason, row.fewer_reason),
        referrals=tuple(_referral_from(referral) for referral in row.referrals),
    )


def _referral_from(row: ReferralRow) -> ReferralGiven:
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
            why_not=_code_or_none(WhyNot, row.why_not),
        ),
    )


def _code_or_none(kind: type[CodeT], text: str) -> CodeT | None:
    return kind(text) if text else None
