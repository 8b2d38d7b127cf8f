"""Takes the places and hours of a service over when it is merged into another.

Where both are given at one place, its phones and areas are united. A second record of the same
address is taken over only when it says more, so that no phone is lost and nothing stands twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.likeness_keys import place_key
from referral.duplicates.merge_parts import (
    Move,
    children,
    move_children,
    values_of,
)
from referral.duplicates.merge_rules import narrower, sameness
from referral.records.visibility import Visibility
from referral.store.base import RecordRow
from referral.store.rows import (
    AddressRow,
    LocationRow,
    ScheduleRow,
    ServiceAtLocationRow,
)

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
        row.visibility = narrower(row.visibility, move.visibility).value


def move_places(session: Session, move: Move) -> None:
    """Take the places over."""
    kept = _places(session, move.to_id)
    for place in _places(session, move.from_id):
        twin = next((each for each in kept if _is_same(each, place)), None)
        if twin is None:
            _move_link(place, move, move.visibility)
            continue
        visibility = narrower(place.visibility, twin.visibility, move.visibility)
        if place.location.id != twin.location.id and _says_more(session, place, twin):
            _move_link(place, move, visibility)
        else:
            _unite(session, place, twin, visibility)
        twin.link.visibility = narrower(twin.link.visibility, visibility).value


def _move_link(place: _Place, move: Move, visibility: Visibility) -> None:
    place.link.service_id = move.to_id
    place.link.visibility = narrower(place.link.visibility, visibility).value


def _unite(session: Session, place: _Place, twin: _Place, visibility: Visibility) -> None:
    has_hours = children(session, "schedule", f"{_AT}_id", twin.link.id, _AT)
    skip = ("schedule",) if has_hours else ()
    move_children(session, Move(_AT, place.link.id, twin.link.id, visibility), skip)
    if not twin.link.description:
        twin.link.description = place.link.description


def _is_same(one: _Place, other: _Place) -> bool:
    return one.location.id == other.location.id or bool(one.keys & other.keys)


def _says_more(session: Session, place: _Place, twin: _Place) -> bool:
    """Whether a location has a child that the other of the same address has not."""
    for kind in ("phone", "schedule", "language", "accessibility", "contact", "address"):
        have = {_told(kind, row) for row in _at(session, kind, twin)}
        if any(_told(kind, row) not in have for row in _at(session, kind, place)):
            return True
    return False


def _told(kind: str, row: RecordRow) -> object:
    if isinstance(row, AddressRow):
        return place_key(row.address_1, row.city, row.postal_code) or row.id
    return sameness(kind, values_of(row), "location_id")


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
    keys = (place_key(each.address_1, each.city, each.postal_code) for each in addresses)
    seen = (each.visibility for each in addresses)
    return _Place(
        link,
        location,
        frozenset(key for key in keys if key),
        narrower(link.visibility, location.visibility, *seen),
    )
