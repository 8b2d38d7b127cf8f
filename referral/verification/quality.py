"""What the listings lack, counted and listed; kept in step with the change log.

Findings are stored, so that the page counts in one query; only services that changed are looked at
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.page import Page
from referral.records.visibility import Audience, statuses_shown_to
from referral.store.base import in_batches
from referral.store.change_log import affected_services
from referral.store.checkpoints import changes_since_checkpoint, set_checkpoint
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import CheckpointRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services
from referral.verification.quality_rules import MUST_MEND, Finding, findings_of
from referral.verification.rows import DuplicatePairRow, QualityFindingRow

LINES_PER_PAGE = 50
_MARK = "quality-2"  # another number, and every listing is looked at by the rules of today
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """What is to mend.

    Attributes:
        must: finding that must be mended → services; those without any are left out.
        nice: the same of what is nice to have.
        services: how many there are.
        faulty: how many of them have something that must be mended.
        duplicates: pairs that wait for a decision.
        waiting: services not looked at since they changed.
        checked_at: when they were last looked at; None before the first time.
    """

    must: Mapping[Finding, int]
    nice: Mapping[Finding, int]
    services: int
    faulty: int
    duplicates: int
    waiting: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class QualityLine:
    """A service with something to mend."""

    service_id: str
    name: str
    organization_id: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityList:
    """A page of services with one finding, by name."""

    finding: Finding
    lines: Page[QualityLine]


def check_quality(directory: Directory) -> int:
    """Look at every service that changed since the last time.

    Returns:
        How many were looked at.
    """
    with directory.store.read() as session:
        since = changes_since_checkpoint(session, _MARK)
        ids = _waiting(session)
    for some in in_batches(ids, _BATCH):
        found = _findings(directory, some)
        with directory.store.write() as session:
            row = QualityFindingRow
            session.execute(delete(row).where(row.service_id.in_(some)))
            if found:
                session.execute(insert(row), found)
    with directory.store.write() as session:
        set_checkpoint(session, _MARK, since.up_to, directory.now())
    return len(ids)


def read_quality(directory: Directory, at_once: int = 500) -> QualityPage:
    """Count what is to mend.

    Args:
        at_once: so many services that changed since the last time are looked at first.
    """
    with directory.store.read() as session:
        waiting = len(_waiting(session))
    if 0 < waiting <= at_once:
        check_quality(directory)
        waiting = 0
    with directory.store.read() as session:
        row, pair = QualityFindingRow, DuplicatePairRow
        found = session.execute(select(row.code, func.count()).group_by(row.code))
        counts = {Finding(code): number for code, number in found}
        services = session.scalar(select(func.count(ServiceRow.id)).where(_looked_at())) or 0
        faulty = session.scalar(
            select(func.count(row.service_id.distinct())).where(row.code.in_(MUST_MEND))
        )
        pairs = session.scalar(select(func.count(pair.id)).where(pair.status == "open")) or 0
        mark = session.get(CheckpointRow, _MARK)
        return QualityPage(
            must={each: n for each in Finding if (n := counts.get(each)) and each in MUST_MEND},
            nice={each: n for each in Finding if (n := counts.get(each)) and each not in MUST_MEND},
            services=services,
            faulty=faulty or 0,
            duplicates=pairs,
            waiting=waiting,
            checked_at=mark.done_at if mark else None,
        )


def list_quality(directory: Directory, code: str, page: int = 1) -> QualityList:
    """The services with this finding; a page past the end is the last one.

    Raises:
        NotFoundError: there is no such finding.
    """
    try:
        finding = Finding(code)
    except ValueError:
        raise NotFoundError("There is no such list.") from None
    row, service, agency = QualityFindingRow, ServiceRow, OrganizationRow
    with directory.store.read() as session:
        total = session.scalar(select(func.count()).where(row.code == code)) or 0
        place = Page.at(page, LINES_PER_PAGE, total)
        found = session.execute(
            select(service.id, service.name, service.organization_id, agency.name.label("agency"))
            .join(row, row.service_id == service.id)
            .outerjoin(agency, agency.id == service.organization_id)
            .where(row.code == code)
            .order_by(service.name, service.id)
            .offset(place.offset)
            .limit(place.size)
        )
        lines = place.with_items(
            QualityLine(each.id, each.name, each.organization_id or "", each.agency or "")
            for each in found
        )
    return QualityList(finding=finding, lines=lines)


def _looked_at() -> ColumnElement[bool]:
    """Whatever curators keep, but what has ended."""
    return shown_services(Audience.CURATION) & ServiceRow.status.in_(
        statuses_shown_to(Audience.PUBLIC)
    )


def _waiting(session: Session) -> list[str]:
    """Ids of the services that have to be looked at, those that are gone by now included."""
    since = changes_since_checkpoint(session, _MARK)
    if not since.everything:
        return sorted(affected_services(session, since.changes))
    row = QualityFindingRow
    listed = session.scalars(select(ServiceRow.id).where(_looked_at())).all()
    return sorted({*listed, *session.scalars(select(row.service_id).distinct())})


def _findings(directory: Directory, service_ids: Sequence[str]) -> list[dict[str, str]]:
    with directory.store.read() as session:
        wanted = session.scalars(
            select(ServiceRow.id).where(ServiceRow.id.in_(service_ids), _looked_at())
        ).all()
        terms = load_terms(session)
        listings = load_listings(session, wanted, Audience.CURATION, terms)
    return [
        {"service_id": listing.service.id, "code": finding.value}
        for listing in listings
        for finding in findings_of(listing)
    ]
