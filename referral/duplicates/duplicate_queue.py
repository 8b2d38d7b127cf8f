"""The queue of likely duplicates: pages, side-by-side comparison, decisions and merging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    """One record of a pair of likely duplicates, with the parts that a curator compares."""

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
    """The two records of a pair of likely duplicates, for the page that compares them.

    Attributes:
        kept: the record that would stay after a merge.
        fields: the fields in which the two differ, so that a value has to be chosen.
        choose_hours: both have hours of their own, and these differ.
        visibility: the visibility of the merged record.
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
    """Return a page of the duplicate queue, surest pairs first."""
    with instance.store.read() as session:
        by_status = session.execute(
            select(DuplicatePairRow.status, func.count()).group_by(DuplicatePairRow.status)
        )
        counts = {PairStatus(found): number for found, number in by_status}
        wanted = [
            DuplicatePairRow.status == status.value,
            *([DuplicatePairRow.kind == kind] if kind else []),
        ]
        statement = select(DuplicatePairRow).where(*wanted).order_by(*queue_order())
        rows = fetch_page(session, statement, page, PAIRS_PER_PAGE)
        return DuplicatesPage(
            pairs=rows.with_items(read_pairs(session, rows)),
            counts=counts,
            is_searched=session.get(CheckpointRow, SEARCH_CHECKPOINT) is not None,
        )


def queue_order() -> tuple[Any, ...]:
    """Return how the duplicate queue is sorted: by band, organizations first, then by score.

    A merge of two organizations brings their services together, so it is decided first.
    """
    is_part = case((DuplicatePairRow.kind == "organization", 0), else_=1)
    return DuplicatePairRow.band.desc(), is_part, DuplicatePairRow.score.desc(), DuplicatePairRow.id


def waiting_duplicates(instance: Instance) -> Waiting:
    """Count the pairs of likely duplicates that wait for a decision, and return since when."""
    with instance.store.read() as session:
        return fetch_waiting(
            session,
            DuplicatePairRow.id,
            DuplicatePairRow.found_at,
            DuplicatePairRow.status == "open",
        )


def read_duplicate(instance: Instance, pair_id: str, keep: str = "") -> SideBySide:
    """Return both records of a pair of likely duplicates, side by side.

    Args:
        keep: the id of the record that would stay; if empty, the one with more filled fields.

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
    """Store a curator's decision on likely duplicates: different, put off or open again.

    Raises:
        NotFoundError: there is no such pair.
        MergeRefusedError: the two are merged already.
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
    """Merge the two records of a pair of duplicates into the one to keep.

    ``keep`` is the id of that record.

    Returns:
        The id of the merge.

    Raises:
        NotFoundError: there is no such pair.
        MergeRefusedError: ``keep`` is not in the pair, or one of the two is retired.
    """
    with instance.store.read() as session:
        row = fetch_row(session, DuplicatePairRow, pair_id, "pair")
        kind, ids = row.kind, (row.first_id, row.second_id)
    if keep not in ids:
        raise MergeRefusedError(MergeRefusal.NOT_TWO)
    gone = ids[1] if keep == ids[0] else ids[0]
    return merge_records(instance, actor, kind, keep, gone, frozenset(take))


class _NameAndSource(NamedTuple):
    name: str
    source: str


def read_pairs(session: Session, rows: Sequence[DuplicatePairRow]) -> tuple[DuplicatePair, ...]:
    """Return pairs of likely duplicates with the names and source lists of their records."""
    names = {
        kind: _names_and_sources(
            session,
            kind,
            [each for row in rows if row.kind == kind for each in (row.first_id, row.second_id)],
        )
        for kind in {row.kind for row in rows}
    }
    groups = _merge_groups(session, [row.id for row in rows])
    return tuple(_pair_from(row, names[row.kind], groups) for row in rows)


def _pair_from(
    row: DuplicatePairRow, names: Mapping[str, _NameAndSource], groups: Mapping[str, str]
) -> DuplicatePair:
    gone = _NameAndSource("", "")
    first, second = names.get(row.first_id, gone), names.get(row.second_id, gone)
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
        first_name=first.name,
        second_name=second.name,
        first_source=first.source,
        second_source=second.source,
        group_id=groups.get(row.id, ""),
    )


def _names_and_sources(session: Session, kind: str, ids: list[str]) -> dict[str, _NameAndSource]:
    row_class = ROWS[kind]
    found: dict[str, _NameAndSource] = {}
    for some in in_batches(ids, 500):
        for row in session.scalars(select(row_class).where(row_class.id.in_(some))):
            found[row.id] = _NameAndSource(str(getattr(row, "name", "")), row.source)
    return found


def _merge_groups(session: Session, pair_ids: list[str]) -> dict[str, str]:
    found = session.execute(
        select(RecordMergeRow.pair_id, RecordMergeRow.group_id).where(
            RecordMergeRow.pair_id.in_(pair_ids), RecordMergeRow.undone_at.is_(None)
        )
    )
    return {pair_id: group_id for pair_id, group_id in found}  # noqa: C416  # rows are not tuples


def _read_side(session: Session, kind: str, record_id: str) -> RecordSide:
    row = session.get(ROWS[kind], record_id)
    if row is None:
        raise NotFoundError("One of the two records is gone.")
    organization_id = getattr(row, "organization_id", None)
    organization = session.get(ROWS["organization"], organization_id) if organization_id else None
    reader, field = ChildReader.of(session, Audience.CURATION), f"{kind}_id"

    def of(child: type) -> tuple[Record, ...]:
        return reader.parts_by(child, field, [record_id]).get(record_id, ())

    phones = [each for each in of(PhoneRow) if isinstance(each, Phone)]
    return RecordSide(
        record=record_from(row, Record),
        organization=str(getattr(organization, "name", "")),
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
    """Return the names of the services of an organization or at a location."""
    names = (
        select(ServiceRow.name)
        .where(ServiceRow.retired_at.is_(None))
        .order_by(ServiceRow.name)
        .distinct()
    )
    if kind == "organization":
        return tuple(session.scalars(names.where(ServiceRow.organization_id == record_id)))
    if kind == "location":
        there = names.join(ServiceAtLocationRow, ServiceAtLocationRow.service_id == ServiceRow.id)
        here = there.where(
            ServiceAtLocationRow.location_id == record_id, ServiceAtLocationRow.retired_at.is_(None)
        )
        return tuple(session.scalars(here))
    return ()


def _addresses(
    session: Session, kind: str, record_id: str, reader: ChildReader
) -> tuple[Address, ...]:
    if kind == "location":
        return reader.parts_by(AddressRow, "location_id", [record_id]).get(record_id, ())
    places = (
        select(ServiceAtLocationRow.location_id).where(
            ServiceAtLocationRow.service_id == record_id, ServiceAtLocationRow.retired_at.is_(None)
        )
        if kind == "service"
        else select(LocationRow.id).where(
            LocationRow.organization_id == record_id, LocationRow.retired_at.is_(None)
        )
    )
    ids = [each for each in session.scalars(places) if each]
    found = reader.parts_by(AddressRow, "location_id", ids)
    return tuple(address for each in ids for address in found.get(each, ()))


def _count_filled(compared: RecordSide) -> int:
    """Count a record's filled fields and parts: the fuller of two duplicates should be kept."""
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
