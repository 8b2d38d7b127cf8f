"""Suggestions of providers for their listings, which staff accept or decline field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.accounts import Account
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Phone
from referral.records.visibility import Audience
from referral.records.waiting import Waiting
from referral.store.conversion import ROWS, row_from
from referral.store.fetching import fetch_waiting
from referral.store.rows import OrganizationRow, ScheduleRow, ServiceAtLocationRow, ServiceRow
from referral.store.visibility import shown_services
from referral.store.withheld_locations import withheld_location_ids
from referral.verification.provider_answer import (
    HOURS,
    NEW_PHONE,
    NUMBER,
    phone_values,
    schedules_from,
)
from referral.verification.provider_links import CONFIRMED
from referral.verification.records import ReportStatus, Suggestion
from referral.verification.rows import SuggestionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswer:
    """A provider's answer about its listing: all suggestions that were sent together.

    Attributes:
        names: names of the records by id; for a phone, of its service or organization.
    """

    answer_id: str
    organization_id: str
    organization: str
    sent_at: datetime
    suggestions: tuple[Suggestion, ...]
    names: Mapping[str, str]

    @property
    def confirmed(self) -> bool:
        """Return whether a provider confirmed its listing without a change."""
        return all(suggestion.field == CONFIRMED for suggestion in self.suggestions)


def list_answers(instance: Instance) -> tuple[ProviderAnswer, ...]:
    """Return the answers of providers about their listings that wait for staff, oldest first."""
    with instance.store.read() as session:
        ids = session.scalars(
            select(SuggestionRow.answer_id)
            .where(SuggestionRow.status == ReportStatus.OPEN.value)
            .group_by(SuggestionRow.answer_id)
            .order_by(func.min(SuggestionRow.sent_at))
        )
        return tuple(_load_answer(session, answer_id) for answer_id in list(ids))


def read_answer(instance: Instance, answer_id: str) -> ProviderAnswer:
    """Return a provider's answer about its listing, with suggestions that staff decided.

    Raises:
        NotFoundError: there is no such answer.
    """
    with instance.store.read() as session:
        return _load_answer(session, answer_id)


def waiting_answers(instance: Instance) -> Waiting:
    """Count the answers of providers that wait for staff, and return the time of the oldest."""
    with instance.store.read() as session:
        is_open = SuggestionRow.status == ReportStatus.OPEN.value
        return fetch_waiting(session, SuggestionRow.answer_id, SuggestionRow.sent_at, is_open)


def decide_answer(
    instance: Instance,
    account: Account,
    answer_id: str,
    accepted: frozenset[str],
    *,
    is_checked: bool,
) -> int:
    """Accept or decline each open suggestion in a provider's answer about its listing.

    Args:
        accepted: ids of the suggestions to accept. All others are declined.
        is_checked: whether the answer counts as a check of the organization's public services.

    Returns:
        The number of accepted suggestions. Those for a record that was deleted are declined.

    Raises:
        NotFoundError: there is no such answer, or nothing in it is open.
    """
    author = Author(made_by=MadeBy.PROVIDER, account_id=account.id)
    with instance.store.write(author) as session:
        rows = _lock_open_suggestions(session, answer_id)
        applied = 0
        for row in rows:
            is_accepted = row.id in accepted or (row.field == CONFIRMED and is_checked)
            is_applied = is_accepted and _apply_suggestion(session, instance, row)
            row.status = (ReportStatus.DONE if is_applied else ReportStatus.DECLINED).value
            row.decided_at, row.decided_by = instance.now(), account.id
            applied += is_applied
        organization_id = rows[0].organization_id
        if is_checked:
            _mark_checked(session, organization_id, instance.now().date())
        record_audit(
            session, account.actor, "answer-decided", "organization", organization_id,
            accepted=applied, declined=len(rows) - applied,
        )  # fmt: skip
        return applied


def _lock_open_suggestions(session: Session, answer_id: str) -> list[SuggestionRow]:
    rows = session.scalars(
        select(SuggestionRow)
        .where(
            SuggestionRow.answer_id == answer_id, SuggestionRow.status == ReportStatus.OPEN.value
        )
        .with_for_update()
    ).all()
    if not rows:
        raise NotFoundError("There is no such answer, or it was decided already.")
    return list(rows)


def _apply_suggestion(session: Session, instance: Instance, row: SuggestionRow) -> bool:
    """Apply a provider's suggestion to the listing; return False if the record was deleted."""
    if row.field == CONFIRMED:
        return True
    record: Any = session.get(ROWS[row.kind], row.record_id)
    if record is None or record.retired_at:
        return False
    now, area_code = instance.now(), instance.settings.area_code
    if row.field == HOURS:
        _set_hours(session, row.record_id, row.after, now)
    elif row.field == NEW_PHONE:
        parent: dict[str, Any] = {f"{row.kind}_id": row.record_id}
        phone = Phone(id=str(uuid4()), **parent, **phone_values(row.after, area_code))
        session.add(row_from(phone))
    elif row.field == NUMBER and not row.after:
        record.retired_at = now  # a phone without a number is deleted
    elif row.field == NUMBER:
        for name, value in phone_values(row.after, area_code).items():
            setattr(record, name, value)
    elif row.field != "name" or row.after:  # a name is required, so it is never cleared
        setattr(record, row.field, row.after)
    return True


def _set_hours(session: Session, service_id: str, text: str, now: datetime) -> None:
    """Replace all hours of a service by suggested ones, except at withheld locations."""
    shown_links = select(ServiceAtLocationRow.id).where(
        ServiceAtLocationRow.service_id == service_id,
        ServiceAtLocationRow.retired_at.is_(None),
        ServiceAtLocationRow.location_id.not_in(withheld_location_ids(Audience.PUBLIC)),
    )
    old_hours = select(ScheduleRow).where(
        or_(
            ScheduleRow.service_id == service_id,
            ScheduleRow.service_at_location_id.in_(shown_links),
        ),
        ScheduleRow.is_event.is_(False),
        ScheduleRow.retired_at.is_(None),
    )
    for row in session.scalars(old_hours):
        row.retired_at = now
    parent, new_ids = {"service_id": service_id}, iter(lambda: str(uuid4()), "")
    session.add_all(row_from(new) for new in schedules_from(text, parent, new_ids))


def _mark_checked(session: Session, organization_id: str, today: date) -> None:
    services = session.scalars(
        select(ServiceRow).where(
            ServiceRow.organization_id == organization_id, shown_services(Audience.PUBLIC)
        )
    )
    for row in services:
        row.assured_date, row.verified_by = today, "provider"


def _load_answer(session: Session, answer_id: str) -> ProviderAnswer:
    rows = session.scalars(
        select(SuggestionRow)
        .where(SuggestionRow.answer_id == answer_id)
        .order_by(SuggestionRow.kind, SuggestionRow.record_id, SuggestionRow.id)
    ).all()
    if not rows:
        raise NotFoundError("There is no such answer.")
    organization = session.get(OrganizationRow, rows[0].organization_id)
    return ProviderAnswer(
        answer_id=answer_id,
        organization_id=rows[0].organization_id,
        organization=organization.name if organization else "",
        sent_at=rows[0].sent_at,
        suggestions=tuple(_suggestion_from(row) for row in rows),
        names={row.record_id: _record_name(session, row.kind, row.record_id) for row in rows},
    )


def _record_name(session: Session, kind: str, record_id: str) -> str:
    """Return the name of the record that a provider's suggestion changes."""
    row: Any = session.get(ROWS[kind], record_id)
    if row is not None and kind == "phone":
        owner = "service" if row.service_id else "organization"
        row = session.get(ROWS[owner], getattr(row, f"{owner}_id") or "")
    return str(row.name) if row is not None else ""


def _suggestion_from(row: SuggestionRow) -> Suggestion:
    return Suggestion(
        id=row.id,
        answer_id=row.answer_id,
        kind=row.kind,
        record_id=row.record_id,
        field=row.field,
        before=row.before,
        after=row.after,
        status=ReportStatus(row.status),
        sent_at=row.sent_at,
    )
