"""What is hidden of listings since another list withholds it, or a place at their street."""

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

MOST_UNTOLD = 5
"""Above so many listings hidden by one import, admins get a mail."""
_TOLD = "told of hidden streets"
_SHOWN = timedelta(days=7)  # what is hidden whole, on the start page


@dataclass(frozen=True, slots=True)
class HiddenForAnother:
    """A record of which the street is hidden, or all of it, for another list.

    Attributes:
        record: its kind and id.
        since: when it was hidden.
        asked_by: the lists that asked for it; ``HAND_SOURCE`` for a person here.
        state: whether somebody has decided of the street; None for what is hidden whole.
        noted_group: the group of edits, or the import, that hid it.
    """

    record: Key
    since: datetime
    asked_by: tuple[str, ...]
    state: WithheldState | None
    noted_group: str


def hidden_streets_of(instance: Instance, service_id: str) -> tuple[HiddenForAnother, ...]:
    """Return the streets of a service that are hidden for a record of another list."""
    link = ServiceAtLocationRow
    at = select(link.location_id).where(link.service_id == service_id, link.retired_at.is_(None))
    with instance.store.read() as session:
        return tuple(_hidden(session, AddressRow.location_id.in_(at)))


def waiting_hidden(instance: Instance) -> Waiting:
    """Return how many records another list hides, until somebody decides, or for a week."""
    recently = instance.now() - _SHOWN
    waiting = [
        each
        for each in _all_hidden(instance)
        if each.state is WithheldState.WAITING or (each.state is None and each.since > recently)
    ]
    count = len({each.record for each in waiting})
    return Waiting(count, min((each.since for each in waiting), default=None))


def take_untold(instance: Instance) -> int:
    """Return how many records imports hid of which admins were told nothing, and note it."""
    hidden: dict[str, set[Key]] = defaultdict(set)
    for each in _all_hidden(instance):
        hidden[each.noted_group].add(each.record)
    many = {batch: places for batch, places in hidden.items() if len(places) > MOST_UNTOLD}
    if not many:
        return 0
    batch, count = ImportBatchRow, 0
    with instance.store.write() as session:
        for row in session.scalars(select(batch).where(batch.id.in_(many))):
            if not row.outcome.get(_TOLD):
                row.outcome = {**row.outcome, _TOLD: True}
                count += len(many[row.id])
    return count


def _all_hidden(instance: Instance) -> tuple[HiddenForAnother, ...]:
    """Return them all; they are read anew after each change only."""
    with instance.store.read() as session:
        moment = instance.listings.catch_up(session)
        return instance.listings.count(
            "hidden for others",
            lambda reading: (*_hidden(reading), *_asked_for(reading)),
            session,
            moment,
        )


def _hidden(session: Session, *conditions: Any) -> Iterator[HiddenForAnother]:
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
        place = address.location_id or ""
        for group_id in keys.groups_of_address(address):
            group = session.get(WithheldGroupRow, group_id)
            if group is None or (group_id, place) in keys.exceptions:
                continue
            if group.askers != (source,):
                state = WithheldState(group.state)
                at = ("location", place)
                yield HiddenForAnother(at, group.noted_at, group.askers, state, group.noted_group)


def _asked_for(session: Session) -> Iterator[HiddenForAnother]:
    """Yield the records that lists withhold which another source leads."""
    row = WithholdingRequestRow
    for asked in session.scalars(select(row).where(row.ended_at.is_(None))):
        record = session.get(ROWS[asked.kind], asked.record_id)
        if record is not None and record.visibility != Visibility.PUBLIC.value:
            key = (asked.kind, asked.record_id)
            since, source = asked.asked_at, asked.source
            yield HiddenForAnother(key, since, (source,), None, asked.noted_group)
