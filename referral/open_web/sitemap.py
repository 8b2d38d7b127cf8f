"""Which public records a sitemap lists: services and organizations that we may hand on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, select

from referral.directory.context import Directory
from referral.records.visibility import Audience
from referral.store.public.source_credits import handed_on
from referral.store.publication.rows import PublicationRow
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown, shown_services

PER_FILE = 50_000  # sitemaps.org: the most addresses that one file may have
KINDS = ("services", "organizations")
_TABLES = {
    "services": (ServiceRow, and_(shown_services(Audience.PUBLIC), handed_on(ServiceRow))),
    "organizations": (
        OrganizationRow,
        and_(shown(OrganizationRow, Audience.PUBLIC), handed_on(OrganizationRow)),
    ),
}


def count_files(directory: Directory, kind: str) -> int:
    """How many files the addresses of a kind (of ``KINDS``) need."""
    row, condition = _TABLES[kind]
    with directory.store.read() as session:
        found = session.scalar(select(func.count()).select_from(row).where(condition)) or 0
    return -(-found // PER_FILE)


def read_pages(directory: Directory, kind: str, number: int) -> list[tuple[str, datetime | None]]:
    """The ids in one file of a kind, and when each changed for the public, where that is known.

    Args:
        number: from 1; past the last file there is nothing.
    """
    row, condition = _TABLES[kind]
    ledger = PublicationRow
    known = and_(
        ledger.kind == row.__tablename__, ledger.record_id == row.id, ledger.gone_at.is_(None)
    )
    pages = select(row.id, ledger.modified_at).outerjoin(ledger, known).where(condition)
    pages = pages.order_by(row.id).offset((number - 1) * PER_FILE).limit(PER_FILE)
    with directory.store.read() as session:
        return [(found[0], found[1]) for found in session.execute(pages)]
