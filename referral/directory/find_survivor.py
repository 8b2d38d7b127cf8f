"""Where an old address leads, after its record went into another."""

from __future__ import annotations

from sqlalchemy import select

from referral.directory.directory import Directory
from referral.directory.redirects import survivor_of
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown, shown_services


def find_survivor(directory: Directory, kind: str, record_id: str) -> str:
    """The id of the record that this one was merged into; "" when the public sees none."""
    with directory.store.read() as session:
        found = survivor_of(session, kind, record_id)
        if not found:
            return ""
        row = ServiceRow if kind == "service" else OrganizationRow
        is_shown = (
            shown_services(Audience.PUBLIC)
            if kind == "service"
            else shown(OrganizationRow, Audience.PUBLIC)
        )
        return session.scalar(select(row.id).where(row.id == found, is_shown)) or ""
