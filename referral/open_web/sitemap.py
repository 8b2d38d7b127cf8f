"""Which public records a sitemap lists: services and organizations, in files of bounded length."""

from __future__ import annotations

from sqlalchemy import func, select

from referral.directory.context import Directory
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown, shown_services

PER_FILE = 50_000  # sitemaps.org: the most addresses that one file may have
KINDS = ("services", "organizations")
_TABLES = {
    "services": (ServiceRow, shown_services(Audience.PUBLIC)),
    "organizations": (OrganizationRow, shown(OrganizationRow, Audience.PUBLIC)),
}


def count_files(directory: Directory, kind: str) -> int:
    """How many files the addresses of a kind (of ``KINDS``) need."""
    row, condition = _TABLES[kind]
    with directory.store.read() as session:
        found = session.scalar(select(func.count()).select_from(row).where(condition)) or 0
    return -(-found // PER_FILE)


def read_ids(directory: Directory, kind: str, number: int) -> list[str]:
    """The ids in one file of a kind, the first being number 1; empty past the last."""
    row, condition = _TABLES[kind]
    ids = select(row.id).where(condition).order_by(row.id)
    with directory.store.read() as session:
        return list(session.scalars(ids.offset((number - 1) * PER_FILE).limit(PER_FILE)))
