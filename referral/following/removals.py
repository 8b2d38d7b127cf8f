"""Services and locations that followed lists recently removed without review.

A service of another list, or of ours, stays when its location is removed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Executable, String, cast, literal, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.following.records import SHOWN_REMOVALS, RemovedService
from referral.following.rows import FollowedSourceRow
from referral.imports.records import BatchState
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.rows import LocationRow, OrganizationRow, ServiceAtLocationRow, ServiceRow
from referral.store.rows_log import ImportBatchRow, RecordEditRow

_BATCHES_IN_A_QUERY = 500


def read_removals(instance: Instance) -> Sequence[RemovedService]:
    """Return the services that pulls recently removed without review, the latest pull first.

    Services that staff removed or withhold, or that came back, are left out.
    """
    with instance.store.read() as session:
        found = [
            removed
            for some in in_batches(_pulls(session, instance), _BATCHES_IN_A_QUERY)
            for removed in (*_removed_by(session, some), *_without_place(session, some))
        ]
    return sorted(found, key=lambda each: (-each.gone_at.timestamp(), each.name, each.service_id))


def _pulls(session: Session, instance: Instance) -> list[str]:
    """Return the ids of the imports of pulls that removed services or locations without review."""
    applied = select(ImportBatchRow.id, ImportBatchRow.counts).where(
        ImportBatchRow.finished_at >= instance.now() - SHOWN_REMOVALS,
        ImportBatchRow.source.in_(select(FollowedSourceRow.name)),
        ImportBatchRow.state == BatchState.APPLIED.value,
        ImportBatchRow.account_id == "",
    )
    return [
        batch_id
        for batch_id, counts in session.execute(applied)
        if any(counts.get(kind, {}).get("gone") for kind in ("service", "location"))
    ]


def _removed_by(session: Session, batch_ids: Sequence[str]) -> Sequence[RemovedService]:
    removed = (
        select(
            ServiceRow.id,
            ServiceRow.name,
            OrganizationRow.name,
            ServiceRow.source,
            ServiceRow.retired_at,
            RecordEditRow.batch_id,
            literal(""),
        )
        .join(
            RecordEditRow,
            (RecordEditRow.record_id == ServiceRow.id) & (RecordEditRow.kind == "service"),
        )
        .outerjoin(OrganizationRow, OrganizationRow.id == ServiceRow.organization_id)
        .where(
            RecordEditRow.batch_id.in_(batch_ids),
            cast(RecordEditRow.fields, String).contains('"retired_at"'),
            RecordEditRow.happened_at >= ServiceRow.retired_at,
            ServiceRow.visibility == Visibility.PUBLIC.value,
        )
    )
    return _services_in(session, removed)


def _without_place(session: Session, batch_ids: Sequence[str]) -> Sequence[RemovedService]:
    """Return services that stay, but whose location another followed source removed."""
    lost = (
        select(
            ServiceRow.id,
            ServiceRow.name,
            OrganizationRow.name,
            LocationRow.source,
            LocationRow.retired_at,
            RecordEditRow.batch_id,
            LocationRow.name,
        )
        .join(ServiceAtLocationRow, ServiceAtLocationRow.service_id == ServiceRow.id)
        .join(LocationRow, LocationRow.id == ServiceAtLocationRow.location_id)
        .join(
            RecordEditRow,
            (RecordEditRow.record_id == LocationRow.id) & (RecordEditRow.kind == "location"),
        )
        .outerjoin(OrganizationRow, OrganizationRow.id == ServiceRow.organization_id)
        .where(
            RecordEditRow.batch_id.in_(batch_ids),
            cast(RecordEditRow.fields, String).contains('"retired_at"'),
            RecordEditRow.happened_at >= LocationRow.retired_at,
            ServiceRow.source != LocationRow.source,
            ServiceRow.retired_at.is_(None),
            ServiceRow.visibility == Visibility.PUBLIC.value,
            ServiceAtLocationRow.retired_at.is_(None),
        )
    )
    return _services_in(session, lost)


def _services_in(session: Session, statement: Executable) -> Sequence[RemovedService]:
    return [
        RemovedService(
            service_id=service_id, name=name, organization=of or "", source=source,
            gone_at=gone_at, batch_id=batch_id, place=place,
        )
        for service_id, name, of, source, gone_at, batch_id, place in session.execute(statement)
        if gone_at is not None
    ]  # fmt: skip
