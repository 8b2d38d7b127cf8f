"""Queue of listings to check, the most urgent first, and the log of contacts with providers.

Listings that were reported wrong come first, then those that were opened but never checked, then
the rest by the age of their last check and by their page views.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
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
_COUNT_AS_CHECK = frozenset({ContactResult.RIGHT, ContactResult.CHANGED})
DUE_AFTER_DAYS = 300  # ten months, so that staff can finish the check within a year
OVERDUE_AFTER_DAYS = 365
_NEVER_CHECKED_DAYS = 3 * OVERDUE_AFTER_DAYS
_SITTING = timedelta(hours=12)  # how long a check can be undone


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPage:
    """A page of the check queue. ``counts`` has the number of all services of each age."""

    lines: Page[CheckLine]
    counts: Mapping[CheckAge, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """The details of a service that staff need to check its listing with the provider.

    Attributes:
        answers: ids of the provider's answers that staff have not decided yet.
        link_until: the last day of the provider's unused link, None if there is none.
    """

    listing: ServicePage
    line: CheckLine
    reports: tuple[Report, ...]
    tries: tuple[VerificationTry, ...]
    answers: tuple[str, ...]
    link_until: date | None = None


def list_verification(instance: Instance, only: str = "", page: int = 1) -> VerificationPage:
    """Return a page of services whose listings need a check, the most urgent first.

    Args:
        only: ``reported`` for services with open reports or answers, a ``CheckAge`` for services
            of this age, "" for all that are due, never checked, reported or answered.
    """
    lines = _public_lines(instance)
    counts = Counter(line.age for line in lines)
    listed = sorted((line for line in lines if _is_listed(line, only)), key=check_order)
    return VerificationPage(lines=Page.of(listed, page, LINES_PER_PAGE), counts=counts)


def lines_to_check(instance: Instance) -> list[CheckLine]:
    """Return all services whose listings need a check, the most urgent first."""
    lines = _public_lines(instance)
    return sorted((line for line in lines if _is_listed(line, "")), key=check_order)


def count_verification(instance: Instance) -> int:
    """Count the services whose listings are reported wrong, overdue or never checked."""
    lines = _public_lines(instance)
    return sum(
        1 for line in lines if line.reports or line.age in {CheckAge.OVERDUE, CheckAge.NEVER}
    )


def waiting_checks(instance: Instance) -> Waiting:
    """Count the services with overdue or missing checks, and return the oldest check."""
    lines = _public_lines(instance)
    overdue = [line for line in lines if line.age in {CheckAge.OVERDUE, CheckAge.NEVER}]
    oldest = min((line.checked_on for line in overdue if line.checked_on), default=None)
    return Waiting(len(overdue), oldest)


def read_check(instance: Instance, service_id: str) -> CheckPage:
    """Return a service to check, with its problem reports and past contacts with the provider.

    Raises:
        NotFoundError: there is no such service.
    """
    listing = read_service(instance, service_id, Audience.CURATION)
    organization_id = listing.service.organization_id
    with instance.store.read() as session:
        is_service = ServiceRow.id == service_id
        lines = _check_lines(session, instance.now().date(), is_service)
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
            tries=_read_tries(session, service_id),
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
    """Log a contact with a provider, and mark the service as checked if the result confirms it.

    If the listing was right without a change, its open reports are declined.

    Raises:
        NotFoundError: there is no such service.
    """
    author = Author(made_by=MadeBy.HAND, account_id=account.id)
    contact = {"how": how.value, "result": result.value}
    with instance.store.write(author) as session:
        row = session.get(ServiceRow, service_id, with_for_update=True)
        if row is None or row.retired_at:
            raise NotFoundError("There is no such service.")
        now = instance.now()
        session.add(
            VerificationTryRow(
                id=author.group_id,  # so that undo_last_check finds the edits of this check
                service_id=service_id,
                tried_at=now,
                account_id=account.id,
                **contact,
            )
        )
        action = "listing-asked"
        if result in _COUNT_AS_CHECK:
            row.assured_date, row.verified_by = instance.now().date(), account.actor.name
            action = "listing-checked"
        if result is ContactResult.RIGHT:
            put_reports_aside(session, account.actor, service_id, now)
        record_audit(session, account.actor, action, "service", service_id, **contact)
    if result is ContactResult.RIGHT:
        instance.store.erase_traces(ProblemReportRow)


def _is_listed(line: CheckLine, only: str) -> bool:
    """Return whether a service is in the check queue under the chosen filters."""
    if only == "reported":
        return bool(line.reports or line.suggestions)
    if only:
        return line.age.value == only
    return line.age is not CheckAge.FRESH or bool(line.reports or line.suggestions)


def _public_lines(instance: Instance) -> list[CheckLine]:
    with instance.store.read() as session:
        return _check_lines(session, instance.now().date(), shown_services(Audience.PUBLIC))


def _check_lines(session: Session, today: date, condition: ColumnElement[bool]) -> list[CheckLine]:
    """Return the services that meet an SQL condition as unordered lines of the check queue."""
    view_counts, report_counts = count_views(session, today), count_reports(session)
    suggestion_counts = _count_suggestions(session)
    tries = _count_tries_since_check(session)
    services = session.execute(
        select(
            ServiceRow.id,
            ServiceRow.name,
            ServiceRow.assured_date,
            ServiceRow.organization_id,
            OrganizationRow.name.label("organization"),
        )
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(condition)
    )
    lines = []
    for service in services:
        opened, reports = view_counts.get(service.id, 0), report_counts.get(service.id, 0)
        suggestions = suggestion_counts.get(service.organization_id or "", 0)
        line = CheckLine(
            service_id=service.id,
            name=service.name,
            organization=service.organization or "",
            checked_on=service.assured_date,
            age=check_age(service.assured_date, today),
            opened=opened,
            reports=reports,
            suggestions=suggestions,
            tries=tries[service.id],
            urgency=urgency(
                service.assured_date, today, opened, _weigh_reports(reports, suggestions)
            ),
        )
        lines.append(line)
    return lines


def _count_suggestions(session: Session) -> dict[str, int]:
    """Count the open suggestions of providers, by organization id."""
    counts = session.execute(
        select(SuggestionRow.organization_id, func.count(SuggestionRow.id))
        .where(SuggestionRow.status == ReportStatus.OPEN.value)
        .group_by(SuggestionRow.organization_id)
    )
    return {organization_id: number for organization_id, number in counts}  # noqa: C416  # rows


def _count_tries_since_check(session: Session) -> Counter[str]:
    """Count the contacts with providers since the last successful check, by service id."""
    contacts = session.execute(
        select(VerificationTryRow.service_id, VerificationTryRow.result).order_by(
            VerificationTryRow.tried_at, VerificationTryRow.id
        )
    )
    tries: Counter[str] = Counter()
    for service_id, result in contacts:
        is_check = ContactResult(result) in _COUNT_AS_CHECK
        tries[service_id] = 0 if is_check else tries[service_id] + 1
    return tries


def _read_tries(session: Session, service_id: str) -> tuple[VerificationTry, ...]:
    """Return the contacts with the provider about a service, the latest first."""
    contacts = session.execute(
        select(
            VerificationTryRow.tried_at,
            VerificationTryRow.how,
            VerificationTryRow.result,
            AccountRow.name,
            AccountRow.email,
        )
        .outerjoin(AccountRow, AccountRow.id == VerificationTryRow.account_id)
        .where(VerificationTryRow.service_id == service_id)
        .order_by(VerificationTryRow.tried_at.desc(), VerificationTryRow.id)
    )
    return tuple(
        VerificationTry(
            tried_at=contact.tried_at,
            how=ContactMethod(contact.how),
            result=ContactResult(contact.result),
            by=contact.name or contact.email or "",
        )
        for contact in contacts
    )


def check_age(checked_on: date | None, today: date) -> CheckAge:
    """Return how old the last check of a service's listing is, as a class."""
    if checked_on is None:
        return CheckAge.NEVER
    days = (today - checked_on).days
    if days > OVERDUE_AFTER_DAYS:
        return CheckAge.OVERDUE
    return CheckAge.DUE if days > DUE_AFTER_DAYS else CheckAge.FRESH


def urgency(checked_on: date | None, today: date, opened: int, reports: int) -> float:
    """Return the priority of a check: (years since the last check + 2 × reports) × use.

    Years and reports count up to three, and three years also stand for "never checked". The factor
    for use is 1 without page views, so that an old listing is checked even if nobody opens it.
    """
    days = _NEVER_CHECKED_DAYS if checked_on is None else max((today - checked_on).days, 0)
    years = min(days, _NEVER_CHECKED_DAYS) / OVERDUE_AFTER_DAYS
    use = 1 + 0.3 * math.log2(1 + opened)
    return (years + 2 * min(reports, 3)) * use


def check_order(line: CheckLine) -> tuple[int, float, int, str, str]:
    """Return the sort key of a service in the check queue."""
    reports = _weigh_reports(line.reports, line.suggestions)
    if reports:
        rank, weight = 0, float(reports)
    elif line.age is CheckAge.NEVER and line.opened:
        rank, weight = 1, float(line.opened)
    else:
        rank, weight = 2, line.urgency
    return (rank, -weight, -line.opened, line.name.casefold(), line.service_id)


def _weigh_reports(reports: int, suggestions: int) -> int:
    """Return the number of problem reports about a service; provider suggestions add one."""
    return reports + min(suggestions, 1)


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last service that a staff member checked and found right, and how they contacted it."""

    service_id: str
    name: str
    how: ContactMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProgress:
    """The position of a service in the check queue.

    Attributes:
        place: number from 1, or 0 for a service that is not in the queue.
        following: id of the next service, or of the first if ``place`` is 0; "" at the end.
        last: the last check by this staff member in the past 12 hours that can be undone.
    """

    place: int
    total: int
    following: str
    last: LastCheck | None = None


def first_check(instance: Instance) -> str:
    """Return the id of the most urgent service in the check queue, or "" if the queue is empty."""
    return next((line.service_id for line in lines_to_check(instance)), "")


def read_check_progress(instance: Instance, account: Account, service_id: str) -> CheckProgress:
    """Return the position of a service in the check queue, and the staff member's last check."""
    ids = [line.service_id for line in lines_to_check(instance)]
    place = ids.index(service_id) + 1 if service_id in ids else 0
    with instance.store.read() as session:
        last = session.execute(_last_check_query(instance, account)).first()
    return CheckProgress(
        place=place,
        total=len(ids),
        following=ids[place] if place < len(ids) else "",
        last=LastCheck(last.service_id, last.name, ContactMethod(last.how)) if last else None,
    )


def undo_last_check(instance: Instance, account: Account) -> str:
    """Undo the last check by which a staff member found a service still right; return its id.

    The date and name of the check are restored, the logged contact is deleted, and the reports
    that the check declined are open again. The words of these reports stay deleted.

    Raises:
        NotFoundError: the staff member made no such check in the past 12 hours.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=account.id)
    with instance.store.write(author) as session:
        last = session.execute(_last_check_query(instance, account)).first()
        if last is None:
            raise NotFoundError("Nothing was checked.")
        session.execute(
            update(ProblemReportRow)
            .where(
                ProblemReportRow.service_id == last.service_id,
                ProblemReportRow.handled_at == last.tried_at,
            )
            .values(status=ReportStatus.OPEN.value, handled_at=None, handled_by="")
        )
        session.delete(session.get_one(VerificationTryRow, last.id))
        session.flush()
        undo(session, last.id)
        record_audit(session, account.actor, "check-undone", "service", last.service_id)
        return str(last.service_id)


def _last_check_query(instance: Instance, account: Account) -> Any:
    return (
        select(
            VerificationTryRow.id,
            VerificationTryRow.service_id,
            VerificationTryRow.how,
            VerificationTryRow.tried_at,
            ServiceRow.name,
        )
        .join(ServiceRow, ServiceRow.id == VerificationTryRow.service_id)
        .where(
            VerificationTryRow.account_id == account.id,
            VerificationTryRow.result == ContactResult.RIGHT.value,
            VerificationTryRow.tried_at >= instance.now() - _SITTING,
        )
        .order_by(VerificationTryRow.tried_at.desc(), VerificationTryRow.id)
        .limit(1)
    )
