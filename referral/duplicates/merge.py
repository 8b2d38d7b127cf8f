"""Merging of two records of one kind, and its undo.

The loser is retired with its history, its children move to the survivor, and its old links lead
there. The survivor gets the stricter visibility of the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.duplicates.match_keys import address_key
from referral.duplicates.merge_rules import (
    HOURS,
    MergeRefusal,
    MergeRefusedError,
    duplicate_key,
    linked_fields,
    merge_keywords,
    merge_names,
    selectable_fields,
)
from referral.duplicates.records import DUPLICATE_KINDS, PairStatus
from referral.records.accounts import Actor
from referral.records.classification import SET_BY_RULE
from referral.records.edits import Author, MadeBy
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.visibility import Visibility, strictest
from referral.store.base import RecordRow
from referral.store.conversion import ROWS
from referral.store.fetching import fetch_row
from referral.store.history import author_of
from referral.store.rows import (
    AddressRow,
    LocationRow,
    OrganizationRow,
    ScheduleRow,
    ServiceAtLocationRow,
    ServiceRow,
)
from referral.store.rows_log import RecordMergeRow
from referral.store.undo import undo
from referral.verification.rows import DuplicatePairRow

_MOVED_SEPARATELY = ("service_at_location", "schedule")
_LINKED_KINDS = ("attribute", "translation", "metadata")
# Children of these kinds are moved, never merged: each may have children that the other lacks.
_NEVER_MERGED = frozenset({"organization", "program", "service", "location"})
_AT = "service_at_location"


def merge_records(
    instance: Instance,
    actor: Actor,
    kind: str,
    survivor_id: str,
    loser_id: str,
    take: Collection[str] = (),
) -> str:
    """Merge one duplicate record into another.

    Args:
        take: names of the fields, and ``hours``, whose values are taken from the loser.

    Returns:
        The id of the merge, for ``undo_merge``.

    Raises:
        MergeRefusedError: one of the records is missing or retired, or both ids are the same.
    """
    author = Author(made_by=MadeBy.MERGE, account_id=actor.account_id)
    with instance.store.write(author) as session:
        survivor, loser = _lock_both(session, kind, survivor_id, loser_id)
        _take_fields(kind, survivor, loser, take)
        if isinstance(survivor, OrganizationRow):
            _avoid_own_parent(survivor, loser)
        session.flush()
        move = Move(kind, loser.id, survivor.id, strictest(loser.visibility))
        is_service = kind == "service"
        move_children(session, move, _MOVED_SEPARATELY if is_service else ())
        if is_service:
            move_hours(session, move, instance.now(), replace=HOURS in take)
            move_places(session, move)
        survivor.visibility = strictest(survivor.visibility, loser.visibility).value
        loser.retired_at = instance.now()
        _record_merge(session, instance, actor, kind, survivor.id, loser.id)
        return author.group_id


def undo_merge(instance: Instance, actor: Actor, group_id: str) -> int:
    """Undo a merge of duplicates, except for fields that were changed since.

    Returns:
        How many fields keep their value because they were changed since.

    Raises:
        NotFoundError: there is no such merge.
        MergeRefusedError: the merge was undone already, or a later merge builds on it.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with instance.store.write(author) as session:
        merge = fetch_row(session, RecordMergeRow, group_id, "merge", locked=True)
        if merge.undone_at:
            raise MergeRefusedError(MergeRefusal.UNDONE)
        _refuse_if_merged_later(session, merge)
        done = undo(session, group_id)
        merge = fetch_row(session, RecordMergeRow, group_id, "merge")
        merge.undone_at = instance.now()
        pair = session.get(DuplicatePairRow, merge.pair_id) if merge.pair_id else None
        if pair is not None:
            pair.status, pair.decided_at = PairStatus.OPEN.value, None
        record_audit(
            session, actor, "merge-undone", merge.kind, merge.survivor_id, from_id=merge.loser_id
        )
        return sum(len(kept.fields) or 1 for kept in done.kept)


def _lock_both(session: Session, kind: str, survivor_id: str, loser_id: str) -> tuple[Any, Any]:
    if kind not in DUPLICATE_KINDS or survivor_id == loser_id:
        raise MergeRefusedError(MergeRefusal.NOT_TWO)
    ids = sorted((survivor_id, loser_id))  # locked in a fixed order, which prevents deadlocks
    found = {each: session.get(ROWS[kind], each, with_for_update=True) for each in ids}
    rows = found[survivor_id], found[loser_id]
    if any(row is None or row.retired_at for row in rows):
        raise MergeRefusedError(MergeRefusal.GONE)
    return rows


def _take_fields(kind: str, survivor: Any, loser: Any, take: Collection[str]) -> None:
    names = survivor.name, loser.name, survivor.alternate_name, loser.alternate_name
    for name in selectable_fields(kind):
        if name in take:
            for each in linked_fields(name):
                setattr(survivor, each, getattr(loser, each))
    survivor.alternate_name = merge_names(survivor.name, *names)
    if isinstance(survivor, ServiceRow):
        survivor.keywords = merge_keywords(survivor.keywords, loser.keywords)


def _avoid_own_parent(survivor: OrganizationRow, loser: OrganizationRow) -> None:
    """Prevent the kept record of a merge from becoming its own parent."""
    if survivor.parent_organization_id == loser.id:
        above = loser.parent_organization_id
        survivor.parent_organization_id = None if above == survivor.id else above


def _record_merge(
    session: Session, instance: Instance, actor: Actor, kind: str, kept: str, gone: str
) -> None:
    first, second = sorted((kept, gone))
    pair = session.scalars(
        select(DuplicatePairRow).where(
            DuplicatePairRow.kind == kind,
            DuplicatePairRow.first_id == first,
            DuplicatePairRow.second_id == second,
        )
    ).first()
    now = instance.now()
    if pair is not None:
        pair.status, pair.decided_at = PairStatus.MERGED.value, now
        pair.decided_by = actor.account_id
    _drop_other_pairs(session, kind, gone, pair.id if pair else "")
    session.add(
        RecordMergeRow(
            group_id=author_of(session).group_id,
            kind=kind,
            loser_id=gone,
            survivor_id=kept,
            pair_id=pair.id if pair else "",
            merged_at=now,
            merged_by=actor.account_id,
        )
    )
    record_audit(session, actor, "records-merged", kind, kept, from_id=gone)


def _drop_other_pairs(session: Session, kind: str, gone: str, pair_id: str) -> None:
    """Delete the undecided duplicate pairs of a record that was merged into another."""
    session.execute(
        delete(DuplicatePairRow).where(
            DuplicatePairRow.kind == kind,
            DuplicatePairRow.status.in_([PairStatus.OPEN.value, PairStatus.LATER.value]),
            or_(DuplicatePairRow.first_id == gone, DuplicatePairRow.second_id == gone),
            DuplicatePairRow.id != pair_id,
        )
    )


def _refuse_if_merged_later(session: Session, merge: RecordMergeRow) -> None:
    """Refuse to undo a merge whose survivor is in a later merge that is not undone.

    A child that the later merge left behind as a duplicate may have come with this merge.
    """
    later = session.scalar(
        select(RecordMergeRow.group_id).where(
            RecordMergeRow.kind == merge.kind,
            RecordMergeRow.undone_at.is_(None),
            RecordMergeRow.merged_at > merge.merged_at,
            or_(
                RecordMergeRow.loser_id == merge.survivor_id,
                RecordMergeRow.survivor_id == merge.survivor_id,
            ),
        )
    )
    if later:
        raise MergeRefusedError(MergeRefusal.MERGED_AGAIN)


@dataclass(frozen=True, slots=True)
class Move:
    """A move of child records from a merged record to the one that is kept."""

    kind: str
    from_id: str
    to_id: str
    visibility: Visibility


def move_children(session: Session, move: Move, skip: Iterable[str] = ()) -> None:
    """Move the child records of a merged record to the one that is kept.

    Kinds in ``skip`` stay. A child that the target has already stays behind, and its twin gets the
    stricter visibility.
    """
    left_out = set(skip)
    for kind, field in _child_fields(move.kind):
        if kind in left_out:
            continue
        theirs = _children(session, kind, field, move.to_id, move.kind)
        twins = {duplicate_key(kind, _values_of(row), field): row for row in theirs}
        for row in _children(session, kind, field, move.from_id, move.kind):
            twin = twins.get(duplicate_key(kind, _values_of(row), field))
            visibility = strictest(row.visibility, move.visibility)
            if twin is None or kind in _NEVER_MERGED:
                setattr(row, field, move.to_id)
                row.visibility = visibility.value
            else:
                twin.visibility = strictest(twin.visibility, visibility).value
                move_children(session, Move(kind, row.id, twin.id, visibility))


def _child_fields(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the kinds of child records of a kind, each with the field for the parent."""
    for child in ROWS:
        for field in field_names(child):
            if PARENT_FIELDS.get(field) == kind:
                yield child, field
        if child in _LINKED_KINDS:
            yield child, "link_id"


def _children(
    session: Session, kind: str, field: str, parent_id: str, parent_kind: str
) -> list[RecordRow]:
    """Return a record's child records of one kind that a merge moves, in file order."""
    row: Any = ROWS[kind]
    statement = select(row).where(getattr(row, field) == parent_id, row.retired_at.is_(None))
    if field == "link_id":
        statement = statement.where(row.link_entity == parent_kind)
    if kind == "service_heading":  # rules file services again later
        statement = statement.where(row.set_by != SET_BY_RULE)
    return list(session.scalars(statement.order_by(row.origin_line, row.id)))


def _values_of(row: RecordRow) -> dict[str, Any]:
    """Return the values of a record's database row by field name."""
    return {name: getattr(row, name) for name in field_names(row.__tablename__)}


@dataclass(frozen=True, slots=True)
class _LinkedLocation:
    """A location of a service that is being merged, with its address match keys.

    ``visibility`` is the strictest.
    """

    link: ServiceAtLocationRow
    location: LocationRow
    keys: frozenset[str]
    visibility: Visibility


def move_hours(session: Session, move: Move, now: datetime, *, replace: bool) -> None:
    """Move the schedules of a merged service if the kept one has none.

    ``replace`` moves them in any case, and retires those of the kept one.
    """
    kept = _children(session, "schedule", "service_id", move.to_id, "service")
    if kept and not replace:
        return
    others = _children(session, "schedule", "service_id", move.from_id, "service")
    if not others:
        return
    for row in kept:
        row.retired_at = now
    for row in others:
        assert isinstance(row, ScheduleRow)  # noqa: S101  # the kind says so
        row.service_id = move.to_id
        row.visibility = strictest(row.visibility, move.visibility).value


def move_places(session: Session, move: Move) -> None:
    """Move the locations of a merged service, uniting those that the kept one has already."""
    kept = _linked_locations(session, move.to_id)
    for place in _linked_locations(session, move.from_id):
        twin = next(
            (
                each
                for each in kept
                if each.location.id == place.location.id or each.keys & place.keys
            ),
            None,
        )
        if twin is None:
            _move_link(place, move, move.visibility)
            continue
        visibility = strictest(place.visibility, twin.visibility, move.visibility)
        if place.location.id != twin.location.id and _has_other_children(session, place, twin):
            _move_link(place, move, visibility)
        else:
            _merge_links(session, place, twin, visibility)
        twin.link.visibility = strictest(twin.link.visibility, visibility).value


def _move_link(place: _LinkedLocation, move: Move, visibility: Visibility) -> None:
    place.link.service_id = move.to_id
    place.link.visibility = strictest(place.link.visibility, visibility).value


def _merge_links(
    session: Session, place: _LinkedLocation, twin: _LinkedLocation, visibility: Visibility
) -> None:
    has_hours = _children(session, "schedule", f"{_AT}_id", twin.link.id, _AT)
    skip = ("schedule",) if has_hours else ()
    move_children(session, Move(_AT, place.link.id, twin.link.id, visibility), skip)
    if not twin.link.description:
        twin.link.description = place.link.description


def _has_other_children(session: Session, place: _LinkedLocation, twin: _LinkedLocation) -> bool:
    """Return whether a location has child records that its twin at the same address lacks."""
    for kind in ("phone", "schedule", "language", "accessibility", "contact", "address"):
        have = {_child_key(kind, row) for row in _children_at(session, kind, twin)}
        if any(_child_key(kind, row) not in have for row in _children_at(session, kind, place)):
            return True
    return False


def _child_key(kind: str, row: RecordRow) -> object:
    if isinstance(row, AddressRow):
        return address_key(row.address_1, row.city, row.postal_code) or row.id
    return duplicate_key(kind, _values_of(row), "location_id")


def _children_at(session: Session, kind: str, place: _LinkedLocation) -> list[RecordRow]:
    return _children(session, kind, "location_id", place.location.id, "location")


def _linked_locations(session: Session, service_id: str) -> list[_LinkedLocation]:
    found = session.execute(
        select(ServiceAtLocationRow, LocationRow)
        .join(LocationRow, ServiceAtLocationRow.location_id == LocationRow.id)
        .where(ServiceAtLocationRow.service_id == service_id)
        .where(ServiceAtLocationRow.retired_at.is_(None), LocationRow.retired_at.is_(None))
        .order_by(ServiceAtLocationRow.origin_line, ServiceAtLocationRow.id)
    ).all()
    return [_linked_location(session, at, location) for at, location in found]


def _linked_location(
    session: Session, link: ServiceAtLocationRow, location: LocationRow
) -> _LinkedLocation:
    addresses = session.scalars(
        select(AddressRow).where(
            AddressRow.location_id == location.id, AddressRow.retired_at.is_(None)
        )
    ).all()
    keys = (address_key(each.address_1, each.city, each.postal_code) for each in addresses)
    seen = (each.visibility for each in addresses)
    return _LinkedLocation(
        link,
        location,
        frozenset(key for key in keys if key),
        strictest(link.visibility, location.visibility, *seen),
    )
