"""Removals: services that followed lists took off ours lately without anybody's review."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.following.records import SHOWN_REMOVALS, RemovedService
from referral.following.rows import FollowedSourceRow
from referral.imports.records import BatchState
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import ImportBatchRow, RecordEditRow

_BATCHES_IN_A_QUERY = 500


def read_removals(directory: Directory) -> Sequence[RemovedService]:
    """The services that are off our list since a pull of the last days, the last pull first.

    Without those that a person took off, or withholds, or that came back.
    """
    with directory.store.read() as session:
        found = [
            removed
            for some in in_batches(_pulls(session, directory), _BATCHES_IN_A_QUERY)
            for removed in _removed_by(session, some)
        ]
    return sorted(found, key=lambda each: (-each.gone_at.timestamp(), each.name, each.service_id))


def _pulls(session: Session, directory: Directory) -> list[str]:
    """The ids of the imports that took services away by themselves."""
    batch = ImportBatchRow
    applied = select(batch.id, batch.counts).where(
        batch.finished_at >= directory.now() - SHOWN_REMOVALS,
        batch.source.in_(select(FollowedSourceRow.name)),
        batch.state == BatchState.APPLIED.value,
        batch.account_id == "",
    )
    return [
        batch_id
        for batch_id, counts in session.execute(applied)
        if counts.get("service", {}).get("gone")
    ]


def _removed_by(session: Session, batch_ids: Sequence[str]) -> Sequence[RemovedService]:
    edit, service, organization = RecordEditRow, ServiceRow, OrganizationRow
    removed = (
        select(
            service.id, service.name, organization.name, service.source, service.retired_at,
            edit.batch_id,
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
    return [
        RemovedService(
            service_id=service_id, name=name, organization=of or "", source=source,
            gone_at=gone_at, batch_id=batch_id,
        )
        for service_id, name, of, source, gone_at, batch_id in session.execute(removed)
        if gone_at is not None
    ]  # fmt: skip
