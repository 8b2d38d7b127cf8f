"""Children of a merge: moves parts, places and hours from one record to the other.

What the other has already stays behind with its history. Nothing that was withheld on either side
is shown afterwards: of two that are the same, the narrower visibility holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.match_keys import address_key
from referral.duplicates.merge_rules import duplicate_key
from referral.records.classification import SET_BY_RULE
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.visibility import Visibility, strictest
from referral.store.base import RecordRow
from referral.store.conversion import ROWS
from referral.store.rows import AddressRow, LocationRow, ScheduleRow, ServiceAtLocationRow

_LINKED = ("attribute", "translation", "metadata")
# Two of these are never taken for one here: each may have children that the other has not.
_IN_THEIR_OWN_RIGHT = frozenset({"organization", "program", "service", "location"})


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
    for kind, field in child_fields(move.kind):
        if kind in left_out:
            continue
        theirs = children(session, kind, field, move.to_id, move.kind)
        twins = {duplicate_key(kind, values_of(row), field): row for row in theirs}
        for row in children(session, kind, field, move.from_id, move.kind):
            twin = twins.get(duplicate_key(kind, values_of(row), field))
            visibility = strictest(row.visibility, move.visibility)
            if twin is None or kind in _IN_THEIR_OWN_RIGHT:
                setattr(row, field, move.to_id)
                row.visibility = visibility.value
            else:
                twin.visibility = strictest(twin.visibility, visibility).value
                move_children(session, Move(kind, row.id, twin.id, visibility))


def child_fields(kind: str) -> Iterator[tuple[str, str]]:
    """The kinds that hang on records of this kind, and by which field."""
    for child in ROWS:
        for field in field_names(child):
            if PARENT_FIELDS.get(field) == kind:
                yield child, field
        if child in _LINKED:
            yield child, "link_id"


def children(
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


def values_of(row: RecordRow) -> dict[str, Any]:
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
    kept = children(session, "schedule", "service_id", move.to_id, "service")
    if kept and not replace:
        return
    others = children(session, "schedule", "service_id", move.from_id, "service")
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
        twin = next((each for each in kept if _is_same(each, place)), None)
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
    has_hours = children(session, "schedule", f"{_AT}_id", twin.link.id, _AT)
    skip = ("schedule",) if has_hours else ()
    move_children(session, Move(_AT, place.link.id, twin.link.id, visibility), skip)
    if not twin.link.description:
        twin.link.description = place.link.description


def _is_same(one: _Place, other: _Place) -> bool:
    return one.location.id == other.location.id or bool(one.keys & other.keys)


def _has_more(session: Session, place: _Place, twin: _Place) -> bool:
    """Whether a location has a child that the other of the same address has not."""
    for kind in ("phone", "schedule", "language", "accessibility", "contact", "address"):
        have = {_child_key(kind, row) for row in _at(session, kind, twin)}
        if any(_child_key(kind, row) not in have for row in _at(session, kind, place)):
            return True
    return False


def _child_key(kind: str, row: RecordRow) -> object:
    if isinstance(row, AddressRow):
        return address_key(row.address_1, row.city, row.postal_code) or row.id
    return duplicate_key(kind, values_of(row), "location_id")


def _at(session: Session, kind: str, place: _Place) -> list[RecordRow]:
    return children(session, kind, "location_id", place.location.id, "location")


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
