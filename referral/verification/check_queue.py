"""Queue of listings to check, the most urgent first, and the log of contacts with providers.

Reported wrong comes first, then never checked and opened, then by age of the check and use.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AccountRow
from referral.directory.instance import Instance
from referral.directory.listings import read_service
from referral.directory.view_counts import count_views
from referral.directory.view_models import ServicePage
from referral.errors import NotFoundError
from referral.records.accounts import Account
from referral.records.edits import Author, MadeBy
from referral.records.page import Page
from referral.records.visibility import Audience
from referral.records.waiting import Waiting
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.undo import undo
from referral.store.visibility import shown_services
from referral.verification.feedback import count_reports, list_reports, put_reports_aside
from referral.verification.provider_links import open_link_until
from referral.verification.records import (
    CheckAge,
    CheckLine,
    ContactMethod,
    ContactResult,
    Report,
    ReportStatus,
    VerificationTry,
)
from referral.verification.rows import ProblemReportRow, SuggestionRow, VerificationTryRow

LINES_PER_PAGE = 50
_PROVES_RIGHT = frozenset({ContactResult.RIGHT, ContactResult.CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPage:
    """A page of the queue. ``counts`` has how many services there are of each age."""

    lines: Page[CheckLine]
    counts: Mapping[CheckAge, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """One service as staff check it; ``link_until`` is how long a link to the provider works."""

    listing: ServicePage
    line: CheckLine
    reports: tuple[Report, ...]
    tries: tuple[VerificationTry, ...]
    answers: tuple[str, ...]
    link_until: date | None = None


def list_verification(instance: Instance, only: str = "", page: int = 1) -> VerificationPage:
    """Services that need a check, the most needed first.

    Args:
        only: ``reported`` for those said to be wrong, a ``CheckAge`` for those of this age;
            else all that are due, never checked, reported or answered.
    """
    with instance.store.read() as session:
        lines = _lines(session, instance.now().date())
    counts = Counter(line.age for line in lines)
    wanted = sorted((line for line in lines if _is_wanted(line, only)), key=check_order)
    return VerificationPage(lines=Page.of(wanted, page, LINES_PER_PAGE), counts=counts)


def lines_to_check(instance: Instance) -> list[CheckLine]:
    """All services that need a check, the most needed first."""
    with instance.store.read() as session:
        lines = _lines(session, instance.now().date())
    return sorted((line for line in lines if _is_wanted(line, "")), key=check_order)


def count_verification(instance: Instance) -> int:
    """How many listings are reported wrong or overdue."""
    with instance.store.read() as session:
        lines = _lines(session, instance.now().date())
    return sum(
        1 for line in lines if line.reports or line.age in {CheckAge.OVERDUE, CheckAge.NEVER}
    )


def waiting_checks(instance: Instance) -> Waiting:
    """How many listings are overdue or were never checked, and the oldest check of them."""
    with instance.store.read() as session:
        lines = _lines(session, instance.now().date())
    due = [line for line in lines if line.age in {CheckAge.OVERDUE, CheckAge.NEVER}]
    return Waiting(
        len(due), min((line.checked_on for line in due if line.checked_on), default=None)
    )


def read_check(instance: Instance, service_id: str) -> CheckPage:
    """One service with its reports and tries.

    Raises:
        NotFoundError: there is no such service.
    """
    listing = read_service(instance, service_id, Audience.CURATION)
    organization_id = listing.service.organization_id
    with instance.store.read() as session:
        lines = _lines(session, instance.now().date(), service_id)
        if not lines:
            raise NotFoundError("There is no such service.")
        answers = session.scalars(
            select(SuggestionRow.answer_id)
            .where(
                SuggestionRow.organization_id == organization_id,
                SuggestionRow.status == ReportStatus.OPEN.value,
            )
            .distinct()
        ).all()
        return CheckPage(
            listing=listing,
            line=lines[0],
            reports=list_reports(session, [service_id]),
            tries=_tries(session, service_id),
            answers=tuple(answers),
            link_until=open_link_until(session, organization_id, instance.now()),
        )


def log_contact(
    instance: Instance,
    account: Account,
    service_id: str,
    how: ContactMethod,
    result: ContactResult,
) -> None:
    """Note that somebody asked; one who found the listing right has checked it.

    What was reported of a listing that is still right was wrong: these reports are put aside.

    Raises:
        NotFoundError: there is no such service.
    """
    author = Author(made_by=MadeBy.HAND, account_id=account.id)
    said = {"how": how.value, "result": result.value}
    with instance.store.write(author) as session:
        row = session.get(ServiceRow, service_id, with_for_update=True)
        if row is None or row.retired_at:
            raise NotFoundError("There is no such service.")
        now = instance.now()
        session.add(
            VerificationTryRow(
                id=author.group_id,  # by which the check can be taken back
                service_id=service_id,
                tried_at=now,
                account_id=account.id,
                **said,
            )
        )
        action = "listing-asked"
        if result in _PROVES_RIGHT:
            row.assured_date, row.verified_by = instance.now().date(), account.actor.name
            action = "listing-checked"
        if result is ContactResult.RIGHT:
            put_reports_aside(session, account.actor, service_id, now)
        record_audit(session, account.actor, action, "service", service_id, **said)
    if result is ContactResult.RIGHT:
        instance.store.erase_traces(ProblemReportRow)


def _is_wanted(line: CheckLine, only: str) -> bool:
    if only == "reported":
        return bool(line.reports or line.suggestions)
    if only:
        return line.age.value == only
    return line.age is not CheckAge.FRESH or bool(line.reports or line.suggestions)


def _lines(session: Session, today: date, service_id: str = "") -> list[CheckLine]:
    """Every service the public sees, or one of any kind."""
    row, agency = ServiceRow, OrganizationRow
    opened, reports = count_views(session, today), count_reports(session)
    answers = _answers(session)
    tries = _tries_since_check(session, service_id)
    wanted = row.id == service_id if service_id else shown_services(Audience.PUBLIC)
    found = session.execute(
        select(row.id, row.name, row.assured_date, row.organization_id, agency.name.label("agency"))
        .outerjoin(agency, row.organization_id == agency.id)
        .where(wanted)
    )
    return [
        CheckLine(
            service_id=each.id,
            name=each.name,
            organization=each.agency or "",
            checked_on=each.assured_date,
            age=check_age(each.assured_date, today),
            opened=opened.get(each.id, 0),
            reports=(said := reports.get(each.id, 0)),
            suggestions=(sent := answers.get(each.organization_id or "", 0)),
            tries=tries.get(each.id, 0),
            urgency=urgency(each.assured_date, today, opened.get(each.id, 0), said + min(sent, 1)),
        )
        for each in found
    ]


def _answers(session: Session) -> dict[str, int]:
    """How many suggestions of providers wait, by organization."""
    row = SuggestionRow
    found = session.execute(
        select(row.organization_id, func.count(row.id))
        .where(row.status == ReportStatus.OPEN.value)
        .group_by(row.organization_id)
    )
    return {organization_id: number for organization_id, number in found}  # noqa: C416  # rows


def _tries_since_check(session: Session, service_id: str) -> Counter[str]:
    """How often somebody asked without an answer since the last check."""
    row = VerificationTryRow
    statement = select(row.service_id, row.tried_at, row.result)
    if service_id:
        statement = statement.where(row.service_id == service_id)
    tries: Counter[str] = Counter()
    for asked_id, _, result in session.execute(statement.order_by(row.tried_at, row.id)):
        tries[asked_id] = 0 if ContactResult(result) in _PROVES_RIGHT else tries[asked_id] + 1
    return tries


def _tries(session: Session, service_id: str) -> tuple[VerificationTry, ...]:
    row = VerificationTryRow
    found = session.execute(
        select(row, AccountRow.name, AccountRow.email)
        .outerjoin(AccountRow, AccountRow.id == row.account_id)
        .where(row.service_id == service_id)
        .order_by(row.tried_at.desc(), row.id)
    )
    return tuple(
        VerificationTry(
            tried_at=each.tried_at,
            how=ContactMethod(each.how),
            result=ContactResult(each.result),
            by=name or email or "",
        )
        for each, name, email in found
    )


DUE_AFTER_DAYS = 300  # ten months: so that a check is done before a year is over
OVERDUE_AFTER_DAYS = 365
_NEVER_CHECKED_DAYS = 3 * OVERDUE_AFTER_DAYS


def check_age(checked_on: date | None, today: date) -> CheckAge:
    """Age class of the last check."""
    if checked_on is None:
        return CheckAge.NEVER
    days = (today - checked_on).days
    if days > OVERDUE_AFTER_DAYS:
        return CheckAge.OVERDUE
    return CheckAge.DUE if days > DUE_AFTER_DAYS else CheckAge.FRESH


def urgency(checked_on: date | None, today: date, opened: int, reports: int) -> float:
    """Priority of a check: age × use × reports.

    A listing that nobody opens still comes up when it is old; twice as many people who open it
    count as much as one year more in ten. A report weighs as much as two years, and more when
    several say so.
    """
    days = _NEVER_CHECKED_DAYS if checked_on is None else max((today - checked_on).days, 0)
    stale = min(days, _NEVER_CHECKED_DAYS) / OVERDUE_AFTER_DAYS
    used = 1 + 0.3 * math.log2(1 + opened)
    return (stale + 2 * min(reports, 3)) * used


def check_order(line: CheckLine) -> tuple[int, float, int, str, str]:
    """Place in the queue: reported or answered, never checked but opened, the rest by urgency."""
    said = line.reports + min(line.suggestions, 1)
    if said:
        rank, weight = 0, float(said)
    elif line.age is CheckAge.NEVER and line.opened:
        rank, weight = 1, float(line.opened)
    else:
        rank, weight = 2, line.urgency
    return (rank, -weight, -line.opened, line.name.casefold(), line.service_id)


_SITTING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What somebody found right last."""

    service_id: str
    name: str
    how: ContactMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProgress:
    """Where a listing stands in the queue; ``place`` is 0, and ``following`` the first, if nowhere.

    Attributes:
        following: the id of the service after it, "" when there is none.
        last: what this person found right last in this sitting.
    """

    place: int
    total: int
    following: str
    last: LastCheck | None = None


def first_check(instance: Instance) -> str:
    """The service to check first, "" when there is none."""
    return next((line.service_id for line in lines_to_check(instance)), "")


def read_check_progress(instance: Instance, account: Account, service_id: str) -> CheckProgress:
    """How far this person is, who looks at a service."""
    ids = [line.service_id for line in lines_to_check(instance)]
    place = ids.index(service_id) + 1 if service_id in ids else 0
    with instance.store.read() as session:
        found = session.execute(_last_of(instance, account)).first()
    return CheckProgress(
        place=place,
        total=len(ids),
        following=ids[place] if place < len(ids) else "",
        last=LastCheck(found.service_id, found.name, ContactMethod(found.how)) if found else None,
    )


def undo_last_check(instance: Instance, account: Account) -> str:
    """Take back what this person found right last: day, name, try; its reports wait again.

    The words of these reports stay deleted.

    Returns:
        The id of the service.

    Raises:
        NotFoundError: this person found nothing right in this sitting.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=account.id)
    with instance.store.write(author) as session:
        found = session.execute(_last_of(instance, account)).first()
        if found is None:
            raise NotFoundError("Nothing was checked.")
        row = ProblemReportRow
        session.execute(
            update(row)
            .where(row.service_id == found.service_id, row.handled_at == found.tried_at)
            .values(status=ReportStatus.OPEN.value, handled_at=None, handled_by="")
        )
        session.delete(session.get_one(VerificationTryRow, found.id))
        session.flush()
        undo(session, found.id)
        record_audit(session, account.actor, "check-undone", "service", found.service_id)
        return str(found.service_id)


def _last_of(instance: Instance, account: Account) -> Any:
    row = VerificationTryRow
    return (
        select(row.id, row.service_id, row.how, row.tried_at, ServiceRow.name)
        .join(ServiceRow, ServiceRow.id == row.service_id)
        .where(
            row.account_id == account.id,
            row.result == ContactResult.RIGHT.value,
            row.tried_at >= instance.now() - _SITTING,
        )
        .order_by(row.tried_at.desc(), row.id)
        .limit(1)
    )
