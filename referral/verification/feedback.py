"""Reports that something is wrong with a listing. Anybody may send one; nobody says who it was."""

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
    """Take a report from a public page; in a flood without its words, so that it is one a day.

    Args:
        client: network address, of which a keyed hash is kept for an hour to slow floods down.

    Returns:
        Whether all of it was taken.

    Raises:
        NotFoundError: there is no such public service.
    """
    with instance.store.read() as session:
        _refuse_hidden(session, service_id)
    try:
        count_try(instance, reporting_keys(instance, client, service_id))
    except AccountRefusedError:
        record_report(instance, service_id, kind)
        return not words.strip()
    record_report(instance, service_id, kind, words)
    return True


def withdraw_report(instance: Instance, service_id: str, kind: ReportKind, day: date) -> None:
    """Take back a report without words of this day that nobody has looked at yet."""
    row = ProblemReportRow
    with instance.store.write() as session:
        session.execute(
            delete(row).where(
                row.service_id == service_id,
                row.kind == kind.value,
                row.words == "",
                row.reported_on == day,
                row.status == ReportStatus.OPEN.value,
            )
        )


def record_report(instance: Instance, service_id: str, kind: ReportKind, words: str = "") -> None:
    """Note that something is wrong with a service; from a page, a slip, or the desk.

    The same kind without words is noted once a day, however many say so.
    """
    today = instance.now().date()
    words = clean_text(words)[:MAX_REPORT_LENGTH]
    with instance.store.write() as session:
        row = ProblemReportRow
        same = session.scalar(
            select(row.id).where(
                row.service_id == service_id,
                row.kind == kind.value,
                row.words == words,
                row.reported_on == today,
                row.status == ReportStatus.OPEN.value,
            )
        )
        if same is None:
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
    """The reports about these services that wait, oldest first."""
    row = ProblemReportRow
    found = session.scalars(
        select(row)
        .where(row.service_id.in_(list(service_ids)), row.status == ReportStatus.OPEN.value)
        .order_by(row.reported_on, row.id)
    )
    return tuple(
        Report(
            id=each.id,
            service_id=each.service_id,
            kind=ReportKind(each.kind),
            words=each.words,
            reported_on=each.reported_on,
            status=ReportStatus(each.status),
        )
        for each in found
    )


def handle_report(instance: Instance, actor: Actor, report_id: str, status: ReportStatus) -> str:
    """Note that a report was seen to, or was none. Its words go with their bytes.

    Returns:
        The id of the service.

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
    """Note that the reports about a service which wait were none, and drop their words.

    The caller then has their bytes erased.
    """
    row = ProblemReportRow
    waiting = session.scalars(
        select(row).where(row.service_id == service_id, row.status == ReportStatus.OPEN.value)
    )
    for report in waiting:
        report.status, report.words = ReportStatus.DECLINED.value, ""
        report.handled_at, report.handled_by = now, actor.account_id
        record_audit(session, actor, "report-declined", "service", service_id)


def waiting_reports(instance: Instance) -> Waiting:
    """How many reports about services that the public sees wait."""
    row = ProblemReportRow
    shown = select(ServiceRow.id).where(shown_services(Audience.PUBLIC))
    with instance.store.read() as session:
        return fetch_waiting(
            session, row.id, row.reported_on,
            row.status == ReportStatus.OPEN.value, row.service_id.in_(shown),
        )  # fmt: skip


def count_reports(session: Session) -> dict[str, int]:
    """How many reports wait, by service."""
    row = ProblemReportRow
    found = session.execute(
        select(row.service_id, func.count(row.id))
        .where(row.status == ReportStatus.OPEN.value)
        .group_by(row.service_id)
    )
    return {service_id: number for service_id, number in found}  # noqa: C416  # rows


def _refuse_hidden(session: Session, service_id: str) -> None:
    found = session.scalar(
        select(ServiceRow.id).where(ServiceRow.id == service_id, shown_services(Audience.PUBLIC))
    )
    if found is None:
        raise NotFoundError("There is no such service.")
