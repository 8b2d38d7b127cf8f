"""Review of withheld addresses and phone numbers, each with the records that share it.

A curator withholds an address or number everywhere, or excepts records that may show it (such as
the office of a shelter). Decisions can be undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.curation.save import manual_author
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.imports.merged_twins import survivors
from referral.records.accounts import Actor
from referral.records.visibility import Audience, Visibility
from referral.records.waiting import Waiting
from referral.records.withheld import WithheldKind, WithheldState
from referral.store.change_log import log_changes
from referral.store.conversion import ROWS
from referral.store.fetching import fetch_waiting
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    PhoneRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_texts import (
    WithheldExceptionRow,
    WithheldGroupRow,
    WithholdingRequestRow,
)
from referral.store.undo import undo
from referral.store.withheld_groups import log_numbers, withheld_addresses
from referral.store.withheld_keys import (
    WithheldKeys,
    house_numbers,
    keys_of_address,
    read_withheld_keys,
)

_PUBLIC = Visibility.PUBLIC.value


class Shared(StrEnum):
    """The kind of value, such as a street address, that a record shares with a withheld record."""

    ADDRESS = "address"
    POINT = "point"
    NUMBER = "number"
    EXTENSION = "extension"  # and number


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldRecord:
    """A location or phone in a group of records that share a withheld address or number.

    Attributes:
        id: id of the location or phone, which decisions refer to.
        kind, record_id: the record on whose page the location or phone is edited.
        text: the address or number.
        names: names of the organization and services of a location; of the phone's owner.
        is_withheld: withheld in the record itself, not only because of another record.
        is_shown: a curator decided that this record may be shown.
        shared: the value in common with the withheld record.
    """

    id: str
    kind: str
    record_id: str
    source: str
    text: str
    names: tuple[str, ...]
    is_withheld: bool
    is_shown: bool
    shared: Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldGroup:
    """A withheld street address or phone number, and the records that have it.

    Attributes:
        asked_by: the source lists that withhold it; ``HAND_SOURCE`` for staff.
    """

    id: str
    kind: WithheldKind
    state: WithheldState
    noted_at: datetime
    decided_at: datetime | None
    asked_by: tuple[str, ...]
    records: tuple[WithheldRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdingRequest:
    """A request of a source list to withhold a record that another source leads.

    Attributes:
        name: name of the record; "" for kinds without names.
        leader: the source that leads the record.
        source: the source list that made the request.
        ended_at: when an import first found that the list no longer asks for this.
    """

    kind: str
    record_id: str
    name: str
    leader: str
    source: str
    asked_at: datetime
    ended_at: datetime | None


def waiting_groups(instance: Instance) -> Waiting:
    """Count the withheld groups and ended withholding requests that wait for a decision."""
    with instance.store.read() as session:
        groups = fetch_waiting(
            session,
            WithheldGroupRow.id,
            WithheldGroupRow.noted_at,
            WithheldGroupRow.state == WithheldState.WAITING,
        )
    ended = [
        request.ended_at for request in list_withholding_requests(instance) if request.ended_at
    ]
    return Waiting(groups.count + len(ended), groups.since or min(ended, default=None))


def list_withholding_requests(instance: Instance) -> tuple[WithholdingRequest, ...]:
    """Return the withholding requests for non-public records, ended requests first."""
    with instance.store.read() as session:
        found = [
            _request_from(request, record)
            for request, record in _iter_requests(
                session, select(WithholdingRequestRow).order_by(WithholdingRequestRow.asked_at)
            )
            if record.visibility != _PUBLIC and record.retired_at is None
        ]
    return tuple(sorted(found, key=lambda request: request.ended_at is None))


def _iter_requests(
    session: Session, query: Select[WithholdingRequestRow]
) -> Iterator[tuple[WithholdingRequestRow, Any]]:
    """Yield withholding requests, each with the row of its record or of the record's survivor.

    The survivor is the record into which the requested record was merged.
    """
    survivors_by_kind: dict[str, Mapping[str, str]] = {}
    for request in session.scalars(query).all():
        if request.kind not in survivors_by_kind:
            survivors_by_kind[request.kind] = survivors(session, request.kind)
        survivor_id = survivors_by_kind[request.kind].get(request.record_id, request.record_id)
        if (row := session.get(ROWS[request.kind], survivor_id)) is not None:
            yield request, row


def _request_from(request: WithholdingRequestRow, record: Any) -> WithholdingRequest:
    return WithholdingRequest(
        kind=request.kind,
        record_id=record.id,
        name=getattr(record, "name", ""),
        leader=record.source,
        source=request.source,
        asked_at=request.asked_at,
        ended_at=request.ended_at,
    )


def decide_withholding_request(
    instance: Instance, kind: str, record_id: str, actor: Actor, *, is_published: bool
) -> None:
    """Publish a record that one source list withheld but another leads, or keep it withheld.

    Raises:
        NotFoundError: no withholding request is open for this record.
    """
    statement = select(WithholdingRequestRow).where(WithholdingRequestRow.kind == kind)
    with instance.store.write(manual_author(actor)) as session:
        row = session.get(ROWS[kind], record_id)
        requests = [
            request for request, record in _iter_requests(session, statement) if record is row
        ]
        if row is None or not requests:
            raise NotFoundError("This was decided already.")
        if is_published:
            row.visibility = _PUBLIC
        for request in requests:
            session.delete(request)
        record_audit(session, actor, "withholding-decided", kind, record_id, shown=is_published)
    instance.index.sync_after_commit()


def list_withheld_groups(instance: Instance, *, decided: bool) -> tuple[WithheldGroup, ...]:
    """Return groups of records with a withheld address or number, waiting or decided."""
    states = (
        [WithheldState.WITHHELD, WithheldState.EXCEPTED] if decided else [WithheldState.WAITING]
    )
    order = WithheldGroupRow.decided_at.desc() if decided else WithheldGroupRow.noted_at
    with instance.store.read() as session:
        groups = session.scalars(
            select(WithheldGroupRow)
            .where(WithheldGroupRow.state.in_(states))
            .order_by(order, WithheldGroupRow.id)
        )
        wanted = list(groups)
        records = _read_records(session, {group.id for group in wanted}) if wanted else {}
        return tuple(_group_from(group, records.get(group.id, [])) for group in wanted)


def decide_withheld_group(
    instance: Instance, group_id: str, shown: Collection[str], actor: Actor
) -> None:
    """Withhold an address or phone number at all its records, or show it at some of them.

    Raises:
        NotFoundError: there is no such group.
        RefusedError: one of the records no longer has this address or number.
    """
    author = manual_author(actor)
    with instance.store.write(author) as session:
        group = _group_row(session, group_id)
        records = {
            record.id: record for record in _read_records(session, {group_id}).get(group_id, [])
        }
        if not records.keys() >= set(shown):
            raise refused("These records changed meanwhile. Load the page again.")
        _delete_exceptions(session, group_id)
        session.add_all(
            WithheldExceptionRow(group_id=group_id, record_id=record_id)
            for record_id in sorted(shown)
        )
        withheld = [record_id for record_id in shown if records[record_id].is_withheld]
        _make_public(session, group, withheld)
        group.state = (WithheldState.EXCEPTED if shown else WithheldState.WITHHELD).value
        group.decided_at, group.decided_by = instance.now(), actor.account_id
        group.decided_group = author.group_id
        _log_changes(session, records.values(), group_id)
        record_audit(
            session, actor, "withheld-decided", "withheld_group", group_id, shown=len(shown)
        )
    instance.index.sync_after_commit()


def undo_withheld_decision(instance: Instance, group_id: str, actor: Actor) -> None:
    """Undo the decision on a withheld address or number, so that it waits for review again.

    Raises:
        NotFoundError: there is no such group.
    """
    with instance.store.write(manual_author(actor)) as session:
        group = _group_row(session, group_id)
        if group.decided_at is None:
            return
        if group.decided_group:
            undo(session, group.decided_group)
            group = _group_row(session, group_id)
        _delete_exceptions(session, group_id)
        group.state, group.decided_at = WithheldState.WAITING.value, None
        group.decided_by = group.decided_group = ""
        _log_changes(session, _read_records(session, {group_id}).get(group_id, []), group_id)
        record_audit(session, actor, "withheld-decision-undone", "withheld_group", group_id)
    instance.index.sync_after_commit()


def _delete_exceptions(session: Session, group_id: str) -> None:
    session.execute(delete(WithheldExceptionRow).where(WithheldExceptionRow.group_id == group_id))


def _group_row(session: Session, group_id: str) -> WithheldGroupRow:
    group = session.get(WithheldGroupRow, group_id, with_for_update=True)
    if group is None:
        raise NotFoundError("There is no such address or number.")
    return group


def _make_public(session: Session, group: WithheldGroupRow, ids: Iterable[str]) -> None:
    """Make records public that share a withheld address or number.

    The edit history allows this to be undone.
    """
    keys = read_withheld_keys(session, Audience.PUBLIC)
    is_phone = group.kind == WithheldKind.PHONE
    for record_id in ids:
        row: Any = session.get_one(PhoneRow if is_phone else LocationRow, record_id)
        row.visibility = _PUBLIC
        for address in session.scalars(
            select(AddressRow).where(AddressRow.location_id == record_id)
        ):
            if group.id in keys.groups_of_address(address):
                address.visibility = _PUBLIC


def _log_changes(session: Session, records: Iterable[WithheldRecord], group_id: str) -> None:
    """Log changes for records that share a withheld address or number, or may name it."""
    records = list(records)
    log_changes(session, ((record.kind, record.record_id) for record in records))
    log_changes(session, [("withheld_group", group_id)])  # so that cached keys are reloaded
    ids = [record.id for record in records if record.kind == "location"]
    rows = session.scalars(select(AddressRow).where(AddressRow.location_id.in_(ids)))
    numbers = {number for row in rows for number in house_numbers(keys_of_address(row))}
    tels = session.scalars(
        select(PhoneRow.tel).where(PhoneRow.id.in_([record.id for record in records]))
    )
    log_numbers(session, numbers | {tel[-4:] for tel in tels})


def _group_from(row: WithheldGroupRow, records: Iterable[WithheldRecord]) -> WithheldGroup:
    return WithheldGroup(
        id=row.id,
        kind=WithheldKind(row.kind),
        state=WithheldState(row.state),
        noted_at=row.noted_at,
        decided_at=row.decided_at,
        asked_by=row.askers,
        records=tuple(sorted(records, key=lambda record: (not record.is_withheld, record.names))),
    )


def _read_records(session: Session, group_ids: Collection[str]) -> dict[str, list[WithheldRecord]]:
    """Return the locations and phones that share withheld addresses or numbers, by group."""
    keys = read_withheld_keys(session, Audience.PUBLIC)
    found: dict[str, list[WithheldRecord]] = defaultdict(list)
    for group_id, record in (
        *_matching_locations(session, keys, group_ids),
        *_matching_phones(session, keys, group_ids),
    ):
        found[group_id].append(record)
    return found


class _LocationMatch(NamedTuple):
    """A location that shares a street address or position with a withheld group."""

    group_id: str
    place: LocationRow
    text: str
    is_withheld: bool
    shared: Shared


def _address_matches(
    session: Session, keys: WithheldKeys, group_ids: Collection[str]
) -> Iterator[_LocationMatch]:
    rows = session.execute(
        select(AddressRow, LocationRow, withheld_addresses())
        .join(LocationRow, AddressRow.location_id == LocationRow.id)
        .where(AddressRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
    )
    for address, place, is_withheld in rows:
        for group_id in keys.groups_of_address(address) & set(group_ids):
            text = _address_text(address)
            yield _LocationMatch(group_id, place, text, bool(is_withheld), Shared.ADDRESS)


def _point_matches(
    session: Session, keys: WithheldKeys, group_ids: Collection[str]
) -> Iterator[_LocationMatch]:
    places = session.scalars(
        select(LocationRow).where(
            LocationRow.retired_at.is_(None), LocationRow.latitude.is_not(None)
        )
    )
    for place in places:
        is_withheld = place.visibility == Visibility.WITHHELD.value
        for group_id in keys.groups_of_point(place) & set(group_ids):
            yield _LocationMatch(group_id, place, place.name, is_withheld, Shared.POINT)


def _matching_locations(
    session: Session, keys: WithheldKeys, group_ids: Collection[str]
) -> list[tuple[str, WithheldRecord]]:
    matched = list(_address_matches(session, keys, group_ids))
    known = {(match.group_id, match.place.id) for match in matched}
    matched += (
        match
        for match in _point_matches(session, keys, group_ids)
        if (match.group_id, match.place.id) not in known
    )
    names = _read_names_at(session, [match.place for match in matched])
    return [
        (
            match.group_id,
            WithheldRecord(
                id=match.place.id,
                kind="location",
                record_id=match.place.id,
                source=match.place.source,
                text=match.text,
                names=names.get(match.place.id) or (match.place.name,),
                is_withheld=match.is_withheld,
                is_shown=(match.group_id, match.place.id) in keys.exceptions,
                shared=match.shared,
            ),
        )
        for match in matched
    ]


def _address_text(address: AddressRow) -> str:
    parts = (address.address_1, address.address_2, address.city, address.postal_code)
    return ", ".join(filter(None, parts))


def _read_names_at(
    session: Session, places: Iterable[LocationRow]
) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the organization and services of each location."""
    owners_by_place = {place.id: place.organization_id for place in places}
    found: dict[str, list[str]] = defaultdict(list)
    linked = (
        select(ServiceAtLocationRow.location_id, ServiceRow.name)
        .join(ServiceRow, ServiceAtLocationRow.service_id == ServiceRow.id)
        .where(
            ServiceAtLocationRow.location_id.in_(owners_by_place),
            ServiceAtLocationRow.retired_at.is_(None),
            ServiceRow.retired_at.is_(None),
        )
        .order_by(ServiceRow.name)
    )
    for location_id, name in session.execute(linked):
        found[location_id or ""].append(name)
    owner_names = select(OrganizationRow.id, OrganizationRow.name).where(
        OrganizationRow.id.in_([owner for owner in owners_by_place.values() if owner])
    )
    names = {row.id: row.name for row in session.execute(owner_names)}
    return {
        place_id: tuple(filter(None, (names.get(owner or ""), *found[place_id])))
        for place_id, owner in owners_by_place.items()
    }


def _matching_phones(
    session: Session, keys: WithheldKeys, group_ids: Collection[str]
) -> list[tuple[str, WithheldRecord]]:
    rows = session.scalars(
        select(PhoneRow).where(PhoneRow.retired_at.is_(None), PhoneRow.tel != "")
    )
    found = []
    for phone in rows:
        matching_groups = keys.groups_of_phone(phone) & set(group_ids)
        if not matching_groups:
            continue
        kind, parent = _page_owner(session, phone)
        groups_of_number = keys.groups_of_number(phone)
        for group_id in matching_groups:
            record = WithheldRecord(
                id=phone.id,
                kind=kind,
                record_id=parent.id,
                source=phone.source,
                text=" ".join(filter(None, (phone.number, phone.extension, phone.description))),
                names=(parent.name,) if kind != "phone" else (),
                is_withheld=phone.visibility != _PUBLIC,
                is_shown=(group_id, phone.id) in keys.exceptions,
                shared=Shared.NUMBER if group_id in groups_of_number else Shared.EXTENSION,
            )
            found.append((group_id, record))
    return found


def _page_owner(session: Session, row: Any) -> tuple[str, Any]:
    """Return the record on whose page a phone is edited, or the phone itself."""
    for kind in ("service", "location", "organization", "service_at_location", "contact"):
        owner_id = getattr(row, f"{kind}_id", None)
        owner = session.get(ROWS[kind], owner_id) if owner_id else None
        if owner is not None:
            is_page = kind in {"service", "location", "organization"}
            return (kind, owner) if is_page else _page_owner(session, owner)
    return "phone", row
