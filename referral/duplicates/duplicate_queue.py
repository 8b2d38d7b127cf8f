"""Queue of likely duplicates: list, comparison side by side, decisions, merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.duplicates.matching import Evidence, MatchBand
from referral.duplicates.merge import merge_records
from referral.duplicates.merge_rules import (
    FieldPair,
    MergeRefusal,
    MergeRefusedError,
    field_pairs,
)
from referral.duplicates.records import (
    SEARCH_CHECKPOINT,
    DuplicatePair,
    DuplicatesPage,
    PairStatus,
)
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.hsds import Address, Contact, Phone, Record, Schedule
from referral.records.visibility import Audience, Visibility, strictest
from referral.records.waiting import Waiting
from referral.store.base import in_batches
from referral.store.conversion import ROWS, record_from
from referral.store.fetching import fetch_page, fetch_row, fetch_waiting
from referral.store.listings import ChildReader
from referral.store.rows import (
    AddressRow,
    ContactRow,
    LocationRow,
    PhoneRow,
    ScheduleRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_log import CheckpointRow, RecordMergeRow
from referral.verification.rows import DuplicatePairRow

PAIRS_PER_PAGE = 9
_DECISIONS = {PairStatus.OPEN, PairStatus.LATER, PairStatus.DIFFERENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSide:
    """One of two records, with what a person compares."""

    record: Record
    organization: str
    source: str
    phones: tuple[Phone, ...]
    addresses: tuple[Address, ...]
    contacts: tuple[Contact, ...]
    schedules: tuple[Schedule, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """A pair as a person decides it; ``kept`` is the one that would stay.

    Attributes:
        fields: in which the two differ, so that one value has to be chosen.
        choose_hours: both have hours of their own, and other ones.
        visibility: how far the merged record may travel.
    """

    pair: DuplicatePair
    kept: RecordSide
    other: RecordSide
    fields: tuple[FieldPair, ...]
    choose_hours: bool
    visibility: Visibility


def list_duplicates(
    instance: Instance, status: PairStatus, kind: str = "", page: int = 1
) -> DuplicatesPage:
    """A page of the queue, the surest pairs first; a page past the end is the last one."""
    row = DuplicatePairRow
    with instance.store.read() as session:
        by_status = session.execute(select(row.status, func.count()).group_by(row.status))
        counts = {PairStatus(found): number for found, number in by_status}
        wanted = [row.status == status.value, *([row.kind == kind] if kind else [])]
        statement = select(row).where(*wanted).order_by(*queue_order())
        rows = fetch_page(session, statement, page, PAIRS_PER_PAGE)
        return DuplicatesPage(
            pairs=rows.with_items(read_pairs(session, rows)),
            counts=counts,
            is_searched=session.get(CheckpointRow, SEARCH_CHECKPOINT) is not None,
        )


def queue_order() -> tuple[Any, ...]:
    """The surest first; organizations before their services, which they bring together."""
    row = DuplicatePairRow
    is_part = case((row.kind == "organization", 0), else_=1)
    return row.band.desc(), is_part, row.score.desc(), row.id


def waiting_duplicates(instance: Instance) -> Waiting:
    """How many pairs wait for a decision."""
    row = DuplicatePairRow
    with instance.store.read() as session:
        return fetch_waiting(session, row.id, row.found_at, row.status == "open")


def read_duplicate(instance: Instance, pair_id: str, keep: str = "") -> SideBySide:
    """Both records of a pair, side by side.

    Args:
        keep: the id of the one that would stay; the one with more in it when not given.

    Raises:
        NotFoundError: there is no such pair, or one of its records is gone.
    """
    with instance.store.read() as session:
        row = fetch_row(session, DuplicatePairRow, pair_id, "pair")
        (pair,) = read_pairs(session, [row])
        both = [_read_side(session, pair.kind, each) for each in (pair.first_id, pair.second_id)]
    if keep == pair.second_id or (
        keep != pair.first_id and _count_filled(both[1]) > _count_filled(both[0])
    ):
        both.reverse()
    kept, other = both
    return SideBySide(
        pair=pair,
        kept=kept,
        other=other,
        fields=field_pairs(pair.kind, kept.record, other.record),
        choose_hours=bool(kept.schedules and other.schedules)
        and _hours(kept.schedules) != _hours(other.schedules),
        visibility=strictest(kept.record.visibility, other.record.visibility),
    )


def decide_duplicate(instance: Instance, actor: Actor, pair_id: str, status: PairStatus) -> None:
    """Note that two records are not the same, or that somebody decides later, or not yet.

    Raises:
        NotFoundError: there is no such pair.
        MergeRefusedError: the two are merged.
    """
    with instance.store.write() as session:
        row = fetch_row(session, DuplicatePairRow, pair_id, "pair", locked=True)
        if row.status == PairStatus.MERGED.value or status not in _DECISIONS:
            raise MergeRefusedError(MergeRefusal.MERGED)
        is_open = status is PairStatus.OPEN
        row.status, row.decided_by = status.value, actor.account_id
        row.decided_at = None if is_open else instance.now()
        record_audit(
            session, actor, f"duplicate-{status.value}", row.kind, row.first_id,
            other_id=row.second_id,
        )  # fmt: skip


def merge_pair(
    instance: Instance, actor: Actor, pair_id: str, keep: str, take: Iterable[str]
) -> str:
    """Merge the two records of a pair into the one with the id ``keep``.

    Returns:
        The id of the merge.

    Raises:
        NotFoundError: there is no such pair.
        MergeRefusedError: one of them is no longer on the list.
    """
    with instance.store.read() as session:
        row = fetch_row(session, DuplicatePairRow, pair_id, "pair")
        kind, ids = row.kind, (row.first_id, row.second_id)
    if keep not in ids:
        raise MergeRefusedError(MergeRefusal.NOT_TWO)
    gone = ids[1] if keep == ids[0] else ids[0]
    return merge_records(instance, actor, kind, keep, gone, frozenset(take))


def read_pairs(session: Session, rows: Sequence[DuplicatePairRow]) -> tuple[DuplicatePair, ...]:
    """Pairs as pages show them."""
    names = {
        kind: _names(
            session,
            kind,
            [each for row in rows if row.kind == kind for each in (row.first_id, row.second_id)],
        )
        for kind in {row.kind for row in rows}
    }
    groups = _groups(session, [row.id for row in rows])
    return tuple(_pair(row, names[row.kind], groups) for row in rows)


def _pair(
    row: DuplicatePairRow, names: Mapping[str, tuple[str, str]], groups: Mapping[str, str]
) -> DuplicatePair:
    first, second = names.get(row.first_id, ("", "")), names.get(row.second_id, ("", ""))
    return DuplicatePair(
        id=row.id,
        kind=row.kind,
        first_id=row.first_id,
        second_id=row.second_id,
        band=MatchBand(row.band),
        score=row.score,
        alike=tuple(Evidence(each) for each in row.alike),
        status=PairStatus(row.status),
        decided_at=row.decided_at,
        first_name=first[0],
        second_name=second[0],
        first_source=first[1],
        second_source=second[1],
        group_id=groups.get(row.id, ""),
    )


def _names(session: Session, kind: str, ids: list[str]) -> dict[str, tuple[str, str]]:
    row = ROWS[kind]
    found: dict[str, tuple[str, str]] = {}
    for some in in_batches(ids, 500):
        for each in session.scalars(select(row).where(row.id.in_(some))):
            found[each.id] = (str(getattr(each, "name", "")), each.source)
    return found


def _groups(session: Session, pair_ids: list[str]) -> dict[str, str]:
    row = RecordMergeRow
    found = session.execute(
        select(row.pair_id, row.group_id).where(row.pair_id.in_(pair_ids), row.undone_at.is_(None))
    )
    return {pair_id: group_id for pair_id, group_id in found}  # noqa: C416  # rows are not tuples


def _read_side(session: Session, kind: str, record_id: str) -> RecordSide:
    row = session.get(ROWS[kind], record_id)
    if row is None:
        raise NotFoundError("One of the two records is gone.")
    agency_id = getattr(row, "organization_id", None)
    agency = session.get(ROWS["organization"], agency_id) if agency_id else None
    reader, field = ChildReader.of(session, Audience.CURATION), f"{kind}_id"

    def of(child: type) -> tuple[Record, ...]:
        return reader.parts_by(child, field, [record_id]).get(record_id, ())

    phones = [each for each in of(PhoneRow) if isinstance(each, Phone)]
    return RecordSide(
        record=record_from(row, Record),
        organization=str(getattr(agency, "name", "")),
        source=row.source,
        phones=tuple(each for each in phones if kind == "service" or not each.service_id),
        addresses=_addresses(session, kind, record_id, reader),
        contacts=tuple(each for each in of(ContactRow) if isinstance(each, Contact)),
        schedules=tuple(
            each for each in (of(ScheduleRow) if kind == "service" else ())
            if isinstance(each, Schedule)
        ),
        services=_services(session, kind, record_id),
    )  # fmt: skip


def _services(session: Session, kind: str, record_id: str) -> tuple[str, ...]:
    """Names of the services of an organization, or at a location."""
    row, at = ServiceRow, ServiceAtLocationRow
    names = select(row.name).where(row.retired_at.is_(None)).order_by(row.name).distinct()
    if kind == "organization":
        return tuple(session.scalars(names.where(row.organization_id == record_id)))
    if kind == "location":
        there = names.join(at, at.service_id == row.id)
        here = there.where(at.location_id == record_id, at.retired_at.is_(None))
        return tuple(session.scalars(here))
    return ()


def _addresses(
    session: Session, kind: str, record_id: str, reader: ChildReader
) -> tuple[Address, ...]:
    if kind == "location":
        return reader.parts_by(AddressRow, "location_id", [record_id]).get(record_id, ())
    link = ServiceAtLocationRow
    places = (
        select(link.location_id).where(link.service_id == record_id, link.retired_at.is_(None))
        if kind == "service"
        else select(LocationRow.id).where(
            LocationRow.organization_id == record_id, LocationRow.retired_at.is_(None)
        )
    )
    ids = [each for each in session.scalars(places) if each]
    found = reader.parts_by(AddressRow, "location_id", ids)
    return tuple(address for each in ids for address in found.get(each, ()))


def _count_filled(compared: RecordSide) -> int:
    """How much there is: the fuller record is the better one to keep."""
    record = compared.record
    values = [getattr(record, name) for name in record.__dataclass_fields__]
    filled = sum(1 for value in values if value not in {"", None})
    parts = compared.phones, compared.addresses, compared.schedules, compared.services
    return filled + sum(map(len, parts))


def _hours(schedules: Iterable[Schedule]) -> set[tuple[object, ...]]:
    return {
        (each.freq, each.byday, each.opens_at, each.closes_at, each.closed, each.description)
        for each in schedules
    }
