"""Records and streets that are hidden because another list withholds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.ownership import Key
from referral.records.visibility import Audience, Visibility
from referral.records.waiting import Waiting
from referral.records.withheld import WithheldState
from referral.store.conversion import ROWS
from referral.store.rows import AddressRow, LocationRow, ServiceAtLocationRow
from referral.store.rows_log import ImportBatchRow
from referral.store.rows_texts import WithheldGroupRow, WithholdingRequestRow
from referral.store.withheld_groups import withheld_addresses
from referral.store.withheld_keys import read_withheld_keys

MOST_UNREPORTED = 5
"""Number of listings hidden by one import above which admins get a mail."""
_REPORTED = "told of hidden streets"
_SHOWN_FOR = timedelta(days=7)  # records that are hidden as a whole, on the start page


@dataclass(frozen=True, slots=True)
class HiddenForAnother:
    """A record that is hidden, as a whole or only its street, because another list withholds it.

    Attributes:
        record: its kind and id.
        since: when it was hidden.
        asked_by: the lists that withhold it; ``HAND_SOURCE`` for a person here.
        state: state of the decision about the street; None if the whole record is hidden.
        noted_group: the group of edits, or the import, that hid it.
    """

    record: Key
    since: datetime
    asked_by: tuple[str, ...]
    state: WithheldState | None
    noted_group: str


def hidden_streets_of(instance: Instance, service_id: str) -> tuple[HiddenForAnother, ...]:
    """Return a service's streets that are hidden because another source's list withholds them."""
    location_ids = select(ServiceAtLocationRow.location_id).where(
        ServiceAtLocationRow.service_id == service_id, ServiceAtLocationRow.retired_at.is_(None)
    )
    with instance.store.read() as session:
        return tuple(_hidden_streets(session, AddressRow.location_id.in_(location_ids)))


def waiting_hidden(instance: Instance) -> Waiting:
    """Return how many records are hidden because other lists withhold them.

    They count until a decision or for a week.
    """
    recently = instance.now() - _SHOWN_FOR
    waiting = [
        hidden
        for hidden in _all_hidden(instance)
        if hidden.state is WithheldState.WAITING
        or (hidden.state is None and hidden.since > recently)
    ]
    count = len({hidden.record for hidden in waiting})
    return Waiting(count, min((hidden.since for hidden in waiting), default=None))


def take_unreported(instance: Instance) -> int:
    """Count records hidden for other lists that were not reported to admins yet.

    They are marked as reported.

    They are marked as reported.
    """
    records_by_group: dict[str, set[Key]] = defaultdict(set)
    for found in _all_hidden(instance):
        records_by_group[found.noted_group].add(found.record)
    to_report = {
        batch: records
        for batch, records in records_by_group.items()
        if len(records) > MOST_UNREPORTED
    }
    if not to_report:
        return 0
    count = 0
    with instance.store.write() as session:
        for row in session.scalars(select(ImportBatchRow).where(ImportBatchRow.id.in_(to_report))):
            if not row.outcome.get(_REPORTED):
                row.outcome = {**row.outcome, _REPORTED: True}
                count += len(to_report[row.id])
    return count


def _all_hidden(instance: Instance) -> tuple[HiddenForAnother, ...]:
    """Return all records hidden because other lists withhold them; cached until a change."""
    with instance.store.read() as session:
        moment = instance.listings.catch_up(session)
        return instance.listings.count(
            "hidden for others",
            lambda reading: (*_hidden_streets(reading), *_withheld_records(reading)),
            session,
            moment,
        )


def _hidden_streets(session: Session, *conditions: Any) -> Iterator[HiddenForAnother]:
    keys = read_withheld_keys(session, Audience.PUBLIC)
    if not keys:
        return
    addresses = session.execute(
        select(AddressRow, LocationRow.source)
        .join(LocationRow, LocationRow.id == AddressRow.location_id)
        .where(AddressRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
        .where(~withheld_addresses(), *conditions)
    )
    for address, source in addresses:
        location_id = address.location_id or ""
        for group_id in keys.groups_of_address(address):
            group = session.get(WithheldGroupRow, group_id)
            if group is None or (group_id, location_id) in keys.exceptions:
                continue
            if group.askers != (source,):
                state = WithheldState(group.state)
                key = ("location", location_id)
                yield HiddenForAnother(key, group.noted_at, group.askers, state, group.noted_group)


def _withheld_records(session: Session) -> Iterator[HiddenForAnother]:
    """Yield the records of other sources that an imported list requests to withhold."""
    for request in session.scalars(
        select(WithholdingRequestRow).where(WithholdingRequestRow.ended_at.is_(None))
    ):
        record = session.get(ROWS[request.kind], request.record_id)
        if record is not None and record.visibility != Visibility.PUBLIC.value:
            key = (request.kind, request.record_id)
            since, source = request.asked_at, request.source
            yield HiddenForAnother(key, since, (source,), None, request.noted_group)
