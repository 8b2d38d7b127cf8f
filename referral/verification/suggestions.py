"""What providers ask to be changed, accepted or declined field by field by staff."""

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
    """What one provider sent at once; ``names`` is record id → name, for the page."""

    answer_id: str
    organization_id: str
    organization: str
    sent_at: datetime
    suggestions: tuple[Suggestion, ...]
    names: Mapping[str, str]

    @property
    def confirmed(self) -> bool:
        """Whether it says that all is right."""
        return all(each.field == CONFIRMED for each in self.suggestions)


def list_answers(instance: Instance) -> tuple[ProviderAnswer, ...]:
    """Answers that wait for a decision, the oldest first."""
    row = SuggestionRow
    with instance.store.read() as session:
        ids = session.scalars(
            select(row.answer_id)
            .where(row.status == ReportStatus.OPEN.value)
            .group_by(row.answer_id)
            .order_by(func.min(row.sent_at))
        )
        return tuple(_answer(session, answer_id) for answer_id in list(ids))


def read_answer(instance: Instance, answer_id: str) -> ProviderAnswer:
    """One answer, with what was decided already.

    Raises:
        NotFoundError: there is none.
    """
    with instance.store.read() as session:
        return _answer(session, answer_id)


def waiting_answers(instance: Instance) -> Waiting:
    """How many answers wait."""
    row = SuggestionRow
    with instance.store.read() as session:
        is_open = row.status == ReportStatus.OPEN.value
        return fetch_waiting(session, row.answer_id, row.sent_at, is_open)


def decide_answer(
    instance: Instance,
    account: Account,
    answer_id: str,
    accepted: frozenset[str],
    *,
    is_checked: bool,
) -> int:
    """Take the suggestions with these ids over, and decline the others that wait.

    Args:
        is_checked: whether this counts as a check of the organization's services: it was looked
            over by those who know it best.

    Returns:
        How many were taken over. One whose record is gone by now is not.

    Raises:
        NotFoundError: there is no such answer.
    """
    author = Author(made_by=MadeBy.PROVIDER, account_id=account.id)
    with instance.store.write(author) as session:
        rows = _open(session, answer_id)
        taken = 0
        for row in rows:
            wanted = row.id in accepted or (row.field == CONFIRMED and is_checked)
            done = wanted and _take_over(session, instance, row)
            row.status = (ReportStatus.DONE if done else ReportStatus.DECLINED).value
            row.decided_at, row.decided_by = instance.now(), account.id
            taken += done
        organization_id = rows[0].organization_id
        if is_checked:
            _mark_checked(session, organization_id, instance.now().date())
        record_audit(
            session, account.actor, "answer-decided", "organization", organization_id,
            accepted=taken, declined=len(rows) - taken,
        )  # fmt: skip
        return taken


def _open(session: Session, answer_id: str) -> list[SuggestionRow]:
    row = SuggestionRow
    rows = session.scalars(
        select(row).where(row.answer_id == answer_id, row.status == "open").with_for_update()
    ).all()
    if not rows:
        raise NotFoundError("There is no such answer, or it was decided already.")
    return list(rows)


def _take_over(session: Session, instance: Instance, row: SuggestionRow) -> bool:
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
        record.retired_at = now
    elif row.field == NUMBER:
        for name, value in phone_values(row.after, area_code).items():
            setattr(record, name, value)
    elif row.field != "name" or row.after:
        setattr(record, row.field, row.after)
    return True


def _set_hours(session: Session, service_id: str, text: str, now: datetime) -> None:
    """Give a service its own hours, in place of those it had itself or at the places shown."""
    at, old = ServiceAtLocationRow, ScheduleRow
    links = select(at.id).where(
        at.service_id == service_id,
        at.retired_at.is_(None),
        at.location_id.not_in(withheld_location_ids(Audience.PUBLIC)),
    )
    here = or_(old.service_id == service_id, old.service_at_location_id.in_(links))
    hours = select(old).where(here, old.is_event.is_(False), old.retired_at.is_(None))
    for row in session.scalars(hours):
        row.retired_at = now
    parent, new_ids = {"service_id": service_id}, iter(lambda: str(uuid4()), "")
    session.add_all(row_from(each) for each in schedules_from(text, parent, new_ids))


def _mark_checked(session: Session, organization_id: str, today: date) -> None:
    services = session.scalars(
        select(ServiceRow).where(
            ServiceRow.organization_id == organization_id, shown_services(Audience.PUBLIC)
        )
    )
    for row in services:
        row.assured_date, row.verified_by = today, "provider"


def _answer(session: Session, answer_id: str) -> ProviderAnswer:
    row = SuggestionRow
    rows = session.scalars(
        select(row).where(row.answer_id == answer_id).order_by(row.kind, row.record_id, row.id)
    ).all()
    if not rows:
        raise NotFoundError("There is no such answer.")
    organization = session.get(OrganizationRow, rows[0].organization_id)
    return ProviderAnswer(
        answer_id=answer_id,
        organization_id=rows[0].organization_id,
        organization=organization.name if organization else "",
        sent_at=rows[0].sent_at,
        suggestions=tuple(_suggestion(each) for each in rows),
        names={each.record_id: _name(session, each.kind, each.record_id) for each in rows},
    )


def _name(session: Session, kind: str, record_id: str) -> str:
    """The name of the record, or of what a phone belongs to."""
    row: Any = session.get(ROWS[kind], record_id)
    if row is not None and kind == "phone":
        owner = "service" if row.service_id else "organization"
        row = session.get(ROWS[owner], getattr(row, f"{owner}_id") or "")
    return str(row.name) if row is not None else ""


def _suggestion(row: SuggestionRow) -> Suggestion:
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
