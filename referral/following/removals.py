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
    """Return the services removed by pulls of the last days, latest pull first.

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
    """Return the ids of the imports that removed services or locations without review."""
    batch = ImportBatchRow
    applied = select(batch.id, batch.counts).where(
        batch.finished_at >= instance.now() - SHOWN_REMOVALS,
        batch.source.in_(select(FollowedSourceRow.name)),
        batch.state == BatchState.APPLIED.value,
        batch.account_id == "",
    )
    return [
        batch_id
        for batch_id, counts in session.execute(applied)
        if any(counts.get(kind, {}).get("gone") for kind in ("service", "location"))
    ]


def _removed_by(session: Session, batch_ids: Sequence[str]) -> Sequence[RemovedService]:
    edit, service, organization = RecordEditRow, ServiceRow, OrganizationRow
    removed = (
        select(
            service.id, service.name, organization.name, service.source, service.retired_at,
            edit.batch_id, literal(""),
        )
        .join(edit, (edit.record_id == service.id) & (edit.kind == "service"))
        .outerjoin(organization, organization.id == service.organization_id)
        .where(
            edit.batch_id.in_(batch_ids),
            cast(edit.fields, String).contains('"retired_at"'),
            edit.happened_at >= service.retired_at,
            service.visibility == Visibility.PUBLIC.value,
        )
    )  # fmt: skip
    return _services_in(session, removed)


def _without_place(session: Session, batch_ids: Sequence[str]) -> Sequence[RemovedService]:
    """Return services that stay but whose location another source removed."""
    edit, service, organization, place = RecordEditRow, ServiceRow, OrganizationRow, LocationRow
    link = ServiceAtLocationRow
    lost = (
        select(
            service.id, service.name, organization.name, place.source, place.retired_at,
            edit.batch_id, place.name,
        )
        .join(link, link.service_id == service.id)
        .join(place, place.id == link.location_id)
        .join(edit, (edit.record_id == place.id) & (edit.kind == "location"))
        .outerjoin(organization, organization.id == service.organization_id)
        .where(
            edit.batch_id.in_(batch_ids),
            cast(edit.fields, String).contains('"retired_at"'),
            edit.happened_at >= place.retired_at,
            service.source != place.source,
            service.retired_at.is_(None),
            service.visibility == Visibility.PUBLIC.value,
            link.retired_at.is_(None),
        )
    )  # fmt: skip
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
