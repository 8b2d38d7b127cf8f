"""Merge of two records of one kind, and its undo.

The one that goes is retired with its history; what hangs on it moves; old links lead on. A merged
record is seen by no more people than either of the two was.
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

_MOVED_APART = ("service_at_location", "schedule")
_LINKED = ("attribute", "translation", "metadata")
# Two of these are never taken for one here: each may have children that the other has not.
_IN_THEIR_OWN_RIGHT = frozenset({"organization", "program", "service", "location"})


def merge_records(
    instance: Instance,
    actor: Actor,
    kind: str,
    survivor_id: str,
    loser_id: str,
    take: Collection[str] = (),
) -> str:
    """Merge one record into another.

    Args:
        take: the fields, and ``hours``, that are taken from the one that goes.

    Returns:
        The id of the merge, by which it can be taken back.

    Raises:
        MergeRefusedError: one of them is no longer on the list, or they are the same.
    """
    author = Author(made_by=MadeBy.MERGE, account_id=actor.account_id)
    with instance.store.write(author) as session:
        survivor, loser = _both(session, kind, survivor_id, loser_id)
        _take_fields(kind, survivor, loser, take)
        if isinstance(survivor, OrganizationRow):
            _untie(survivor, loser)
        session.flush()
        move = Move(kind, loser.id, survivor.id, strictest(loser.visibility))
        is_service = kind == "service"
        move_children(session, move, _MOVED_APART if is_service else ())
        if is_service:
            move_hours(session, move, instance.now(), replace=HOURS in take)
            move_places(session, move)
        survivor.visibility = strictest(survivor.visibility, loser.visibility).value
        loser.retired_at = instance.now()
        _record_merge(session, instance, actor, kind, survivor.id, loser.id)
        return author.group_id


def undo_merge(instance: Instance, actor: Actor, group_id: str) -> int:
    """Take a merge back; what somebody changed since then stays as it is.

    Returns:
        How many fields stay because they were changed since.

    Raises:
        NotFoundError: there is no such merge.
        MergeRefusedError: it was taken back already, or a later merge stands on it.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with instance.store.write(author) as session:
        merge = fetch_row(session, RecordMergeRow, group_id, "merge", locked=True)
        if merge.undone_at:
            raise MergeRefusedError(MergeRefusal.UNDONE)
        _refuse_under_another(session, merge)
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


def _both(session: Session, kind: str, survivor_id: str, loser_id: str) -> tuple[Any, Any]:
    if kind not in DUPLICATE_KINDS or survivor_id == loser_id:
        raise MergeRefusedError(MergeRefusal.NOT_TWO)
    ids = sorted((survivor_id, loser_id))  # locked in one order, so that nobody deadlocks
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


def _untie(survivor: OrganizationRow, loser: OrganizationRow) -> None:
    """A part merged with its whole is not part of itself."""
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
    """Ask no more about what is off the list; looking again finds it, should it come back."""
    row = DuplicatePairRow
    session.execute(
        delete(row).where(
            row.kind == kind,
            row.status.in_([PairStatus.OPEN.value, PairStatus.LATER.value]),
            or_(row.first_id == gone, row.second_id == gone),
            row.id != pair_id,
        )
    )


def _refuse_under_another(session: Session, merge: RecordMergeRow) -> None:
    """What a later merge left behind as a twin may be what this one brought."""
    row = RecordMergeRow
    later = session.scalar(
        select(row.group_id).where(
            row.kind == merge.kind,
            row.undone_at.is_(None),
            row.merged_at > merge.merged_at,
            or_(row.loser_id == merge.survivor_id, row.survivor_id == merge.survivor_id),
        )
    )
    if later:
        raise MergeRefusedError(MergeRefusal.MERGED_AGAIN)


@dataclass(frozen=True, slots=True)
class Move:
    """From which record to which, and how far what is moved may travel at most."""

    kind: str
    from_id: str
    to_id: str
    visibility: Visibility


def move_children(session: Session, move: Move, skip: Iterable[str] = ()) -> None:
    """Move every child but those of the kinds named; equal ones stay, and narrow their twin."""
    left_out = set(skip)
    for kind, field in _child_fields(move.kind):
        if kind in left_out:
            continue
        theirs = _children(session, kind, field, move.to_id, move.kind)
        twins = {duplicate_key(kind, _values_of(row), field): row for row in theirs}
        for row in _children(session, kind, field, move.from_id, move.kind):
            twin = twins.get(duplicate_key(kind, _values_of(row), field))
            visibility = strictest(row.visibility, move.visibility)
            if twin is None or kind in _IN_THEIR_OWN_RIGHT:
                setattr(row, field, move.to_id)
                row.visibility = visibility.value
            else:
                twin.visibility = strictest(twin.visibility, visibility).value
                move_children(session, Move(kind, row.id, twin.id, visibility))


def _child_fields(kind: str) -> Iterator[tuple[str, str]]:
    """The kinds that hang on records of this kind, and by which field."""
    for child in ROWS:
        for field in field_names(child):
            if PARENT_FIELDS.get(field) == kind:
                yield child, field
        if child in _LINKED:
            yield child, "link_id"


def _children(
    session: Session, kind: str, field: str, parent_id: str, parent_kind: str
) -> list[RecordRow]:
    """The children of one kind that are not retired, in the order of their file."""
    row: Any = ROWS[kind]
    statement = select(row).where(getattr(row, field) == parent_id, row.retired_at.is_(None))
    if field == "link_id":
        statement = statement.where(row.link_entity == parent_kind)
    if kind == "service_heading":  # what rules placed is placed again
        statement = statement.where(row.set_by != SET_BY_RULE)
    return list(session.scalars(statement.order_by(row.origin_line, row.id)))


def _values_of(row: RecordRow) -> dict[str, Any]:
    """The fields of a row as its record has them."""
    return {name: getattr(row, name) for name in field_names(row.__tablename__)}


_AT = "service_at_location"


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of a service: the link, the location, its address key, how far it may travel."""

    link: ServiceAtLocationRow
    location: LocationRow
    keys: frozenset[str]
    visibility: Visibility


def move_hours(session: Session, move: Move, now: datetime, *, replace: bool) -> None:
    """Take the service's own hours over, where the other has none or they are chosen."""
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
    """Take the places over."""
    kept = _places(session, move.to_id)
    for place in _places(session, move.from_id):
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
        if place.location.id != twin.location.id and _has_more(session, place, twin):
            _move_link(place, move, visibility)
        else:
            _unite(session, place, twin, visibility)
        twin.link.visibility = strictest(twin.link.visibility, visibility).value


def _move_link(place: _Place, move: Move, visibility: Visibility) -> None:
    place.link.service_id = move.to_id
    place.link.visibility = strictest(place.link.visibility, visibility).value


def _unite(session: Session, place: _Place, twin: _Place, visibility: Visibility) -> None:
    has_hours = _children(session, "schedule", f"{_AT}_id", twin.link.id, _AT)
    skip = ("schedule",) if has_hours else ()
    move_children(session, Move(_AT, place.link.id, twin.link.id, visibility), skip)
    if not twin.link.description:
        twin.link.description = place.link.description


def _has_more(session: Session, place: _Place, twin: _Place) -> bool:
    """Whether a location has a child that the other of the same address has not."""
    for kind in ("phone", "schedule", "language", "accessibility", "contact", "address"):
        have = {_child_key(kind, row) for row in _parts_at(session, kind, twin)}
        if any(_child_key(kind, row) not in have for row in _parts_at(session, kind, place)):
            return True
    return False


def _child_key(kind: str, row: RecordRow) -> object:
    if isinstance(row, AddressRow):
        return address_key(row.address_1, row.city, row.postal_code) or row.id
    return duplicate_key(kind, _values_of(row), "location_id")


def _parts_at(session: Session, kind: str, place: _Place) -> list[RecordRow]:
    return _children(session, kind, "location_id", place.location.id, "location")


def _places(session: Session, service_id: str) -> list[_Place]:
    link = ServiceAtLocationRow
    found = session.execute(
        select(link, LocationRow)
        .join(LocationRow, link.location_id == LocationRow.id)
        .where(link.service_id == service_id)
        .where(link.retired_at.is_(None), LocationRow.retired_at.is_(None))
        .order_by(link.origin_line, link.id)
    ).all()
    return [_place(session, at, location) for at, location in found]


def _place(session: Session, link: ServiceAtLocationRow, location: LocationRow) -> _Place:
    addresses = session.scalars(
        select(AddressRow).where(
            AddressRow.location_id == location.id, AddressRow.retired_at.is_(None)
        )
    ).all()
    keys = (address_key(each.address_1, each.city, each.postal_code) for each in addresses)
    seen = (each.visibility for each in addresses)
    return _Place(
        link,
        location,
        frozenset(key for key in keys if key),
        strictest(link.visibility, location.visibility, *seen),
    )
