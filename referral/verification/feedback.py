"""Reports that something is wrong with a listing, which anybody may send anonymously."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rate_limits import count_try, reporting_keys
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.fields.text import clean_text
from referral.records.accounts import AccountRefusedError, Actor
from referral.records.visibility import Audience
from referral.records.waiting import Waiting
from referral.store.fetching import fetch_row, fetch_waiting
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services
from referral.verification.records import MAX_REPORT_LENGTH, Report, ReportKind, ReportStatus
from referral.verification.rows import ProblemReportRow


def submit_report(
    instance: Instance, client: str, service_id: str, kind: ReportKind, words: str = ""
) -> bool:
    """Store a patron's report of a wrong listing, without its words if there were too many.

    Reports without words of the same kind about the same service are stored once a day.

    Args:
        client: network address, whose keyed hash is stored for a day at most to limit the rate.

    Returns:
        Whether the report was stored with its words, if it had any.

    Raises:
        NotFoundError: there is no such public service.
    """
    with instance.store.read() as session:
        _require_public_service(session, service_id)
    try:
        count_try(instance, reporting_keys(instance, client, service_id))
    except AccountRefusedError:
        record_report(instance, service_id, kind)
        return not words.strip()
    record_report(instance, service_id, kind, words)
    return True


def withdraw_report(instance: Instance, service_id: str, kind: ReportKind, day: date) -> None:
    """Delete an open problem report without words about a service, by kind and day."""
    with instance.store.write() as session:
        session.execute(
            delete(ProblemReportRow).where(
                ProblemReportRow.service_id == service_id,
                ProblemReportRow.kind == kind.value,
                ProblemReportRow.words == "",
                ProblemReportRow.reported_on == day,
                ProblemReportRow.status == ReportStatus.OPEN.value,
            )
        )


def record_report(instance: Instance, service_id: str, kind: ReportKind, words: str = "") -> None:
    """Store a problem report about a service unless the same one is open from today."""
    today = instance.now().date()
    words = clean_text(words)[:MAX_REPORT_LENGTH]
    with instance.store.write() as session:
        known = session.scalar(
            select(ProblemReportRow.id).where(
                ProblemReportRow.service_id == service_id,
                ProblemReportRow.kind == kind.value,
                ProblemReportRow.words == words,
                ProblemReportRow.reported_on == today,
                ProblemReportRow.status == ReportStatus.OPEN.value,
            )
        )
        if known is None:
            session.add(
                ProblemReportRow(
                    id=str(uuid4()),
                    service_id=service_id,
                    kind=kind.value,
                    words=words,
                    reported_on=today,
                    status=ReportStatus.OPEN.value,
                )
            )


def list_reports(session: Session, service_ids: Iterable[str]) -> tuple[Report, ...]:
    """Return the open problem reports about services, the oldest first."""
    rows = session.scalars(
        select(ProblemReportRow)
        .where(
            ProblemReportRow.service_id.in_(list(service_ids)),
            ProblemReportRow.status == ReportStatus.OPEN.value,
        )
        .order_by(ProblemReportRow.reported_on, ProblemReportRow.id)
    )
    return tuple(
        Report(
            id=row.id,
            service_id=row.service_id,
            kind=ReportKind(row.kind),
            words=row.words,
            reported_on=row.reported_on,
            status=ReportStatus(row.status),
        )
        for row in rows
    )


def handle_report(instance: Instance, actor: Actor, report_id: str, status: ReportStatus) -> str:
    """Close a problem report as done or declined, and erase its words; return the service's id.

    Raises:
        NotFoundError: there is no such report.
    """
    with instance.store.write() as session:
        row = fetch_row(session, ProblemReportRow, report_id, "report", locked=True)
        row.status, row.words = status.value, ""
        row.handled_at, row.handled_by = instance.now(), actor.account_id
        record_audit(session, actor, f"report-{status.value}", "service", row.service_id)
        service_id = row.service_id
    instance.store.erase_traces(ProblemReportRow)
    return service_id


def put_reports_aside(session: Session, actor: Actor, service_id: str, now: datetime) -> None:
    """Decline all open problem reports about a service, and erase their words.

    The caller must call ``Store.erase_traces`` after the transaction.
    """
    open_reports = session.scalars(
        select(ProblemReportRow).where(
            ProblemReportRow.service_id == service_id,
            ProblemReportRow.status == ReportStatus.OPEN.value,
        )
    )
    for report in open_reports:
        report.status, report.words = ReportStatus.DECLINED.value, ""
        report.handled_at, report.handled_by = now, actor.account_id
        record_audit(session, actor, "report-declined", "service", service_id)


def waiting_reports(instance: Instance) -> Waiting:
    """Count the open problem reports about public services, and return the oldest day."""
    public_ids = select(ServiceRow.id).where(shown_services(Audience.PUBLIC))
    with instance.store.read() as session:
        return fetch_waiting(
            session,
            ProblemReportRow.id,
            ProblemReportRow.reported_on,
            ProblemReportRow.status == ReportStatus.OPEN.value,
            ProblemReportRow.service_id.in_(public_ids),
        )


def count_reports(session: Session) -> dict[str, int]:
    """Return the numbers of open problem reports by service id."""
    counts = session.execute(
        select(ProblemReportRow.service_id, func.count(ProblemReportRow.id))
        .where(ProblemReportRow.status == ReportStatus.OPEN.value)
        .group_by(ProblemReportRow.service_id)
    )
    return {service_id: number for service_id, number in counts}  # noqa: C416  # rows


def _require_public_service(session: Session, service_id: str) -> None:
    public_id = session.scalar(
        select(ServiceRow.id).where(ServiceRow.id == service_id, shown_services(Audience.PUBLIC))
    )
    if public_id is None:
        raise NotFoundError("There is no such service.")
