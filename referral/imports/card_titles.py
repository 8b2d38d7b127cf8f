"""Under which listing a record is read, what that is called, and whether it may be shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.plan import PlannedChange
from referral.imports.stored_records import records_of
from referral.records.directory import Address, Record
from referral.records.kinds import KINDS, SourcedRecord, kind_of, parents_of
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS
from referral.store.rows import AddressRow

Key = tuple[str, str]  # kind, id

_LISTINGS = ("organization", "program", "service", "location")
_HEADS = frozenset({*_LISTINGS, "taxonomy", "taxonomy_term"})
# A part is read under the first of these that it hangs on.
_UNDER = (
    "service_id", "service_at_location_id", "location_id", "organization_id", "contact_id",
    "phone_id", "link_id",
)  # fmt: skip
_BETWEEN = frozenset({"service_at_location", "contact", "phone"})


@dataclass(frozen=True, slots=True)
class Head:
    """A listing; ``subtitle`` is its organization."""

    key: Key
    title: str
    subtitle: str
    is_private: bool


class Heads:
    """Finds the head of each record of a plan.

    Args:
        items: the whole list.
        changes: what it changes; what is gone is only here.
    """

    def __init__(
        self, session: Session, items: Iterable[Item], changes: Iterable[PlannedChange]
    ) -> None:
        self._session = session
        self._known: dict[Key, Record] = {}
        self._private = _stored_private(session)
        gone = (change.record for change in changes)
        listed = (item.record for item in items if isinstance(item, SourcedRecord))
        for records in (listed, gone):
            for record in records:
                self._learn(record)
        self._follow_private()

    def head_of(self, record: Record) -> Key:
        """The listing that a record is read under; itself, where it hangs on nothing known."""
        key = (kind_of(record), record.id)
        if key[0] in _HEADS:
            return key
        parents = {name: (kind, parent) for name, kind, parent in parents_of(record)}
        for name in _UNDER:
            if name in parents and parents[name][0] in KINDS:
                return self._head_at(parents[name])
        return key

    def is_private(self, record: Record) -> bool:
        """Whether the record, or what it hangs on, is not for everybody."""
        return (
            record.visibility is not Visibility.PUBLIC
            or record.id in self._private
            or any(parent in self._private for _, _, parent in parents_of(record))
        )

    def in_order(self, changed: Collection[Key]) -> list[Head]:
        """The heads of the list and of what changed, organization by organization."""
        listings = (key for key in self._known if key[0] in _LISTINGS)
        keys = dict.fromkeys([*listings, *changed])
        self._fetch(key for key in keys if key not in self._known)
        parents = {
            ("organization", org): None
            for key in keys
            if (org := getattr(self._known.get(key), "organization_id", ""))
        }
        self._fetch(key for key in parents if key not in self._known)
        return sorted(map(self._head, keys), key=_order)

    def _learn(self, record: Record) -> None:
        kind = kind_of(record)
        if kind in _HEADS or kind in _BETWEEN:
            self._known[kind, record.id] = record
        if record.visibility is not Visibility.PUBLIC:
            self._private.add(record.id)
            if isinstance(record, Address):
                self._private.add(record.location_id)

    def _follow_private(self) -> None:
        """What hangs on something private is private; parents come before children."""
        for (_, record_id), record in self._known.items():
            if any(parent in self._private for _, _, parent in parents_of(record)):
                self._private.add(record_id)

    def _head_at(self, key: Key) -> Key:
        if key[0] in _HEADS:
            return key
        if key not in self._known:
            self._fetch([key])
        record = self._known.get(key)
        return self.head_of(record) if record is not None else key

    def _fetch(self, keys: Iterable[Key]) -> None:
        self._known.update(records_of(self._session, keys))

    def _head(self, key: Key) -> Head:
        record = self._known.get(key)
        organization = self._known.get(("organization", getattr(record, "organization_id", "")))
        subtitle = getattr(organization, "name", "")
        title = getattr(record, "name", "") or subtitle
        is_private = record is not None and self.is_private(record)
        return Head(key, title, subtitle if key[0] != "organization" else "", is_private)


def _order(head: Head) -> tuple[Any, ...]:
    kind = head.key[0]
    position = _LISTINGS.index(kind) if kind in _LISTINGS else len(_LISTINGS)
    return ((head.subtitle or head.title).casefold(), position, head.title.casefold(), head.key)


def _stored_private(session: Session) -> set[str]:
    """Ids of what is stored and not for everybody, and of places with such an address."""
    found: set[str] = set()
    rows: Mapping[str, Any] = ROWS
    for kind in (*_LISTINGS, *_BETWEEN):
        row = rows[kind]
        found.update(session.scalars(select(row.id).where(row.visibility != Visibility.PUBLIC)))
    places = select(AddressRow.location_id).where(AddressRow.visibility != Visibility.PUBLIC)
    found.update(place for place in session.scalars(places) if place)
    return found
