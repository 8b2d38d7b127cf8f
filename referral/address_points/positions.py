"""Positions of locations from the library's address points, where their source list has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
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

BY_ADDRESS = "address"  # ``position_source`` of a position from an address point
_DERIVED_SOURCES = ("", "zip", BY_ADDRESS)
_PUBLIC = Visibility.PUBLIC
_GROUP_PREFIX = "positions-"  # of ids of edit groups, which have 36 characters
_LOCATIONS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class PositionCounts:
    """Counts of physical locations by the source of their position.

    Attributes:
        listed: positions from the source list or set by staff.
        by_address: positions of address points.
        by_zip: positions in the middle of the ZIP code.
        unknown: locations without a position.
        points: number of address points.
    """

    listed: int
    by_address: int
    by_zip: int
    unknown: int
    points: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts of positions as ``referral positions --json`` prints them."""
        return asdict(self)


def count_positions(instance: Instance) -> PositionCounts:
    """Count the physical locations by the source of their position, and the address points."""
    statement = (
        select(LocationRow.position_source, LocationRow.latitude.is_(None), func.count())
        .where(LocationRow.retired_at.is_(None), LocationRow.location_type == "physical")
        .group_by(LocationRow.position_source, LocationRow.latitude.is_(None))
    )
    counts = {"listed": 0, "by_address": 0, "by_zip": 0, "unknown": 0}
    count_names = {"zip": "by_zip", BY_ADDRESS: "by_address"}
    with instance.store.read() as session:
        for source, is_unknown, count in session.execute(statement):
            counts["unknown" if is_unknown else count_names.get(source, "listed")] += count
    points = AddressPoints(instance.settings.instance_path)
    try:
        return PositionCounts(**counts, points=points.count())
    finally:
        points.close()


def load_address_points(instance: Instance, path: Path, progress: OnProgress) -> tuple[int, int]:
    """Replace the address points by those in a file; return the counts of points and skipped rows.

    Raises:
        RefusedError: the file is no valid file of address points.
    """
    rows = (
        (point.line, point.city, point.zip_code, point.latitude, point.longitude) if point else None
        for point in read_address_points(path)
    )
    return build_address_points(
        instance.settings.instance_path, rows, lambda done: progress("Reading", done, 0)
    )


def place_locations(instance: Instance, progress: OnProgress) -> int:
    """Look up positions for all locations without a listed one; return how many changed.

    The changes form one group of edits, which ``undo_positions`` can undo.
    """
    points = AddressPoints(instance.settings.instance_path)
    changed = 0
    author = Author(made_by=MadeBy.SYSTEM, group_id=f"{_GROUP_PREFIX}{uuid4().hex[:26]}")
    try:
        with instance.store.write(author) as session:
            keys = read_withheld_keys(session, Audience.PUBLIC)
            ids = session.scalars(select(LocationRow.id).where(*_lacks_listed_position())).all()
            for batch in in_batches(ids, _LOCATIONS_AT_A_TIME):
                changed += _place_batch(session, batch, points, keys)
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
    """Update the derived positions after changes of addresses, if there are address points."""
    if count_positions(instance).points:
        place_locations(instance, lambda _what, _done, _total: None)


def undo_positions(instance: Instance) -> int:
    """Undo the last ``place_locations`` that changed anything; return how many locations changed.

    Raises:
        RefusedError: there is nothing to undo.
    """
    with instance.store.write(Author(made_by=MadeBy.UNDO)) as session:
        group_ids = select(RecordEditRow.group_id).where(
            RecordEditRow.group_id.startswith(_GROUP_PREFIX)
        )
        last_group_id = session.scalar(group_ids.order_by(RecordEditRow.id.desc()).limit(1))
        if last_group_id is None:
            raise refused("No positions were added yet.")
        count = undo(session, last_group_id).count
        if not count:
            raise refused("The positions added last are taken back already.")
        record_audit(session, COMMAND_LINE, "positions-undone", "position", "", records=count)
    instance.index.sync_after_commit()
    return count


def _lacks_listed_position() -> tuple[Any, ...]:
    """Return SQL conditions: a public physical location, whose position may be looked up."""
    return (
        LocationRow.retired_at.is_(None),
        LocationRow.visibility == _PUBLIC.value,
        LocationRow.location_type == "physical",
        LocationRow.position_source.in_(_DERIVED_SOURCES),
    )


class _Position(NamedTuple):
    latitude: float | None
    longitude: float | None
    source: str


def _place_batch(
    session: Session, ids: list[str], points: AddressPoints, keys: WithheldKeys
) -> int:
    address_rows = session.scalars(
        select(AddressRow)
        .where(AddressRow.location_id.in_(ids), AddressRow.retired_at.is_(None))
        .order_by(AddressRow.origin_line, AddressRow.id)
    )
    addresses = _public_street_addresses(address_rows, keys)
    changed = 0
    for location in session.scalars(select(LocationRow).where(LocationRow.id.in_(ids))):
        before = _Position(location.latitude, location.longitude, location.position_source)
        after = _look_up(addresses.get(location.id), points, before)
        if after != before:
            location.latitude, location.longitude = after.latitude, after.longitude
            location.position_source = after.source
            changed += 1
    return changed


def _look_up(address: Any | None, points: AddressPoints, before: _Position) -> _Position:
    """Return a location's position from its address point, else its previous position.

    A previous position of an address point is outdated then: the middle of the ZIP code replaces
    it, or no position.
    """
    found = points.find(address) if address is not None else None
    if found:
        return _Position(*found, BY_ADDRESS)
    if before.source != BY_ADDRESS:
        return before
    middle = find_zip(address.postal_code) if address is not None else None
    if middle is None:
        return _Position(None, None, "")
    return _Position(middle.latitude, middle.longitude, "zip")


def _public_street_addresses(addresses: Iterable[Any], keys: WithheldKeys) -> dict[str, Any]:
    """Return the first street address of each location without withheld addresses, by location id.

    Args:
        addresses: records or rows.
    """
    first_addresses: dict[str, Any] = {}
    withheld: set[str] = set()
    for address in addresses:
        location_id = address.location_id or ""
        is_withheld = address.address_type != "postal" and keys.withholds_address(address)
        if is_withheld or address.visibility != _PUBLIC:
            withheld.add(location_id)
        elif address.address_type == "physical":
            first_addresses.setdefault(location_id, address)
    return {
        location_id: address
        for location_id, address in first_addresses.items()
        if location_id not in withheld
    }


def with_positions(
    items: Sequence[Item], points: AddressPoints, keys: WithheldKeys, own: Collection[str]
) -> Iterator[Item]:
    """Yield the items of a source list, with positions for public locations that list none.

    Args:
        own: keys of the addresses that the list itself withholds.
    """
    addresses = _public_street_addresses(_addresses(items), keys)
    for item in items:
        record = item.record if isinstance(item, SourcedRecord) else None
        if isinstance(item, SourcedRecord) and isinstance(record, Location) and _may_place(record):
            address = addresses.get(record.id)
            found = points.find(address) if address is not None else None
            if found and keys_of_address(address).lookup.isdisjoint(own):
                latitude, longitude = found
                placed = replace(
                    record, latitude=latitude, longitude=longitude, position_source=BY_ADDRESS
                )
                yield replace(item, record=placed)
                continue
        yield item


def _addresses(items: Iterable[Item]) -> Iterator[Address]:
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Address):
            yield item.record


def _may_place(location: Location) -> bool:
    """Return whether a location is public and physical, and its list gives no position for it."""
    return (
        location.position_source in _DERIVED_SOURCES
        and location.visibility is _PUBLIC
        and location.location_type == "physical"
    )
