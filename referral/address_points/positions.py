"""Positions of places from the library's own address points, where a list has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.address_points.points_file import read_address_points
from referral.directory.instance import Instance
from referral.errors import refused
from referral.fields.places.lookup import find_zip
from referral.formats.reading.items import Item
from referral.jobs.progress import OnProgress
from referral.records.accounts import COMMAND_LINE
from referral.records.edits import Author, MadeBy
from referral.records.hsds import Address, Location
from referral.records.kinds import SourcedRecord
from referral.records.visibility import Audience, Visibility
from referral.store.address_points import AddressPoints, build_address_points
from referral.store.base import in_batches
from referral.store.rows import AddressRow, LocationRow
from referral.store.rows_log import RecordEditRow
from referral.store.undo import undo
from referral.store.withheld_keys import WithheldKeys, keys_of_address, read_withheld_keys

BY_ADDRESS = "address"  # ``position_source`` of what is looked up here
_DERIVED = ("", "zip", BY_ADDRESS)
_PUBLIC = Visibility.PUBLIC
_GROUP = "positions-"  # of ids of groups, which have 36 characters
_LOCATIONS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class PositionCounts:
    """Where places get their positions from.

    Attributes:
        listed: from their list, or set here by hand.
        by_address: from an address point.
        by_zip: the middle of their ZIP code.
        unknown: none.
        points: how many address points there are.
    """

    listed: int
    by_address: int
    by_zip: int
    unknown: int
    points: int

    def as_dict(self) -> dict[str, int]:
        """The shape that ``referral positions --json`` prints."""
        return asdict(self)


def count_positions(instance: Instance) -> PositionCounts:
    """How many physical places have which position."""
    row = LocationRow
    statement = (
        select(row.position_source, row.latitude.is_(None), func.count())
        .where(row.retired_at.is_(None), row.location_type == "physical")
        .group_by(row.position_source, row.latitude.is_(None))
    )
    counts = {"listed": 0, "by_address": 0, "by_zip": 0, "unknown": 0}
    names = {"zip": "by_zip", BY_ADDRESS: "by_address"}
    with instance.store.read() as session:
        for source, is_empty, count in session.execute(statement):
            counts["unknown" if is_empty else names.get(source, "listed")] += count
    points = AddressPoints(instance.settings.instance_path)
    try:
        return PositionCounts(**counts, points=points.count())
    finally:
        points.close()


def load_address_points(instance: Instance, path: Path, progress: OnProgress) -> tuple[int, int]:
    """Take a file of address points in the place of the last one; see ``build_address_points``.

    Raises:
        RefusedError: it is no such file.
    """
    rows = (
        (each.line, each.city, each.zip_code, each.latitude, each.longitude) if each else None
        for each in read_address_points(path)
    )
    return build_address_points(
        instance.settings.instance_path, rows, lambda done: progress("Reading", done, 0)
    )


def place_locations(instance: Instance, progress: OnProgress) -> int:
    """Look up all places that have no position of their own; how many changed.

    All is one group of the history, which ``undo_positions`` takes back.
    """
    points = AddressPoints(instance.settings.instance_path)
    changed = 0
    author = Author(made_by=MadeBy.SYSTEM, group_id=f"{_GROUP}{uuid4().hex[:26]}")
    try:
        with instance.store.write(author) as session:
            keys = read_withheld_keys(session, Audience.PUBLIC)
            ids = session.scalars(select(LocationRow.id).where(*_without_own_position())).all()
            for some in in_batches(ids, _LOCATIONS_AT_A_TIME):
                changed += _place_some(session, some, points, keys)
                session.flush()
                session.expunge_all()
                progress("Placing", changed, len(ids))
            if changed:
                record_audit(
                    session, COMMAND_LINE, "positions-added", "position", "", records=changed
                )
    finally:
        points.close()
    instance.index.sync_after_commit()
    return changed


def refresh_positions(instance: Instance) -> None:
    """Look up the places whose address changed since, where there are address points."""
    if count_positions(instance).points:
        place_locations(instance, lambda _what, _done, _total: None)


def undo_positions(instance: Instance) -> int:
    """Take back the last ``place_locations``; how many places changed.

    Raises:
        RefusedError: there is nothing to take back.
    """
    edit = RecordEditRow
    with instance.store.write(Author(made_by=MadeBy.UNDO)) as session:
        last = select(edit.group_id).where(edit.group_id.startswith(_GROUP))
        group = session.scalar(last.order_by(edit.id.desc()).limit(1))
        if group is None:
            raise refused("No positions were added yet.")
        count = undo(session, group).count
        if not count:
            raise refused("The positions added last are taken back already.")
        record_audit(session, COMMAND_LINE, "positions-undone", "position", "", records=count)
    instance.index.sync_after_commit()
    return count


def _without_own_position() -> tuple[Any, ...]:
    row = LocationRow
    return (
        row.retired_at.is_(None),
        row.visibility == _PUBLIC.value,
        row.location_type == "physical",
        row.position_source.in_(_DERIVED),
    )


def _place_some(session: Session, ids: list[str], points: AddressPoints, keys: WithheldKeys) -> int:
    at = AddressRow
    rows = session.scalars(
        select(at)
        .where(at.location_id.in_(ids), at.retired_at.is_(None))
        .order_by(at.origin_line, at.id)
    )
    addresses = _public_streets(rows, keys)
    changed = 0
    for place in session.scalars(select(LocationRow).where(LocationRow.id.in_(ids))):
        address = addresses.get(place.id)
        found = points.find(address) if address is not None else None
        source = BY_ADDRESS if found else place.position_source
        if found is None and source == BY_ADDRESS:
            middle = find_zip(address.postal_code) if address is not None else None
            found = (middle.latitude, middle.longitude) if middle else None
            source = "zip" if middle else ""
        elif found is None:
            continue
        latitude, longitude = found or (None, None)
        if (place.latitude, place.longitude, place.position_source) != (
            latitude,
            longitude,
            source,
        ):
            place.latitude, place.longitude = latitude, longitude
            place.position_source = source
            changed += 1
    return changed


def _public_streets(addresses: Iterable[Any], keys: WithheldKeys) -> dict[str, Any]:
    """Location id → its first street address, of places whose address everybody may see."""
    found: dict[str, Any] = {}
    withheld: set[str] = set()
    for each in addresses:
        place = each.location_id or ""
        is_held = each.address_type != "postal" and keys.withholds_address(each)
        if is_held or each.visibility != _PUBLIC:
            withheld.add(place)
        elif each.address_type == "physical":
            found.setdefault(place, each)
    return {place: each for place, each in found.items() if place not in withheld}


def with_positions(
    items: Sequence[Item], points: AddressPoints, keys: WithheldKeys, own: Collection[str]
) -> Iterator[Item]:
    """Yield the items of a list, with positions of public addresses that have a ZIP code's at most.

    Args:
        own: the keys of the addresses that the list itself withholds.
    """
    streets = _public_streets(_records(items), keys)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(item, SourcedRecord) and isinstance(record, Location) and _lacks(record):
            address = streets.get(record.id)
            found = points.find(address) if address is not None else None
            if found and keys_of_address(address).lookup.isdisjoint(own):
                placed = replace(
                    record, latitude=found[0], longitude=found[1], position_source=BY_ADDRESS
                )
                yield replace(item, record=placed)
                continue
        yield item


def _records(items: Iterable[Item]) -> Iterator[Address]:
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Address):
            yield item.record


def _lacks(place: Location) -> bool:
    return (
        place.position_source in _DERIVED
        and place.visibility is _PUBLIC
        and place.location_type == "physical"
    )
