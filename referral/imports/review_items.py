"""Review items: the planned changes by listing and group, with a title and what was decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.change_groups import grouped_changes
from referral.imports.list_changes import ListChange, list_change, pack
from referral.imports.plan import ImportPlan, PlannedChange
from referral.imports.plausibility import shrunk_kinds
from referral.imports.reconcile import leading_field
from referral.imports.records import ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.imports.stored_records import records_of
from referral.records.directory import Address, Record
from referral.records.kinds import KINDS, SourcedRecord, kind_of, parents_of
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS
from referral.store.rows import AddressRow


class ReviewTally(msgspec.Struct):
    """How much a list changes: kept with its batch.

    Attributes:
        groups: group → how many review items, and of how many organizations.
        listings: how many listings are new, changed, gone and unchanged.
    """

    groups: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    listings: dict[str, int] = msgspec.field(default_factory=dict)


def make_review_items(
    session: Session, batch_id: str, items: Iterable[Item], plan: ImportPlan, tally: ReviewTally
) -> Iterator[dict[str, Any]]:
    """The review items of a plan by organization, an item for each group that a listing is in.

    Columns of ``ReviewItemRow``: a list has more items than a session should make objects of.

    Args:
        tally: complete when the last item is made.
    """
    titles = ReviewTitles(session, items, plan.changes)
    by_listing: dict[tuple[str, str], list[PlannedChange]] = defaultdict(list)
    for change in plan.changes:
        by_listing[titles.listing_of(change.record)].append(change)
    organizations: dict[str, set[str]] = defaultdict(set)
    counts, listings = Counter[str](), Counter[str](unchanged=titles.unchanged(by_listing))
    number, left = 0, _left_at_first(plan)
    for title in titles.in_order(by_listing):
        grouped = grouped_changes(title.key, by_listing.pop(title.key))
        if title.key[0] in LISTING_KINDS:
            listings[next(iter(grouped)).action] += 1
        for group, changes in grouped.items():
            decision = Decision.LEAVE if group in left else Decision.ACCEPT
            row = _columns(batch_id, number, title, group, changes, titles)
            yield {**row, "decision": decision.value}
            number += 1
            counts[group] += 1
            if title.subtitle:
                organizations[group].add(title.subtitle)
    tally.groups = {group: (count, len(organizations[group])) for group, count in counts.items()}
    tally.listings = dict(listings)


_WANTED = (ChangeGroup.EDITED, ChangeGroup.EDITED_GONE, ChangeGroup.ODD)


def _left_at_first(plan: ImportPlan) -> frozenset[ChangeGroup]:
    """The groups that somebody must want.

    These are edits by hand, odd values, and phones, addresses or hours where a list lacks most.
    """
    shrunk = shrunk_kinds(plan.counts)
    lost = {kind: ChangeGroup(f"{kind}-gone") for kind in ("phone", "address", "schedule")}
    return frozenset({*_WANTED, *(group for kind, group in lost.items() if kind in shrunk)})


def _columns(
    batch_id: str,
    number: int,
    title: ReviewTitle,
    group: ChangeGroup,
    changes: Sequence[PlannedChange],
    titles: ReviewTitles,
) -> dict[str, Any]:
    packed = [
        list_change(change, is_private=titles.is_private(change.record)) for change in changes
    ]
    return {
        "batch_id": batch_id,
        "number": number,
        "kind": title.key[0],
        "record_id": title.key[1],
        "title": title.title[:255],
        "subtitle": title.subtitle[:255],
        "is_private": title.is_private,
        "change_group": group.value,
        "changes": pack(packed),
        "choices": {},
    }


def accepted_fields(item: ReviewItemRow, change: ListChange) -> list[str]:
    """The fields of a changed record that are taken from the list."""
    of_record = item.choices.get(change.key, item.decision)
    return [
        name
        for name in change.fields
        if item.choices.get(f"{change.key}/{leading_field(change.kind, name)}", of_record)
        == Decision.ACCEPT
    ]


def is_accepted(item: ReviewItemRow, change: ListChange) -> bool:
    """Whether a new record is taken, or a gone one retired."""
    return item.choices.get(change.key, item.decision) == Decision.ACCEPT


def accepted(item: ReviewItemRow, change: ListChange) -> ListChange | None:
    """What is taken of a change, after what was decided."""
    if change.action is ChangeAction.CHANGED:
        taken = accepted_fields(item, change)
        return change.without(change.fields.keys() - taken) if taken else None
    if not is_accepted(item, change):
        return None
    is_held = item.change_group == ChangeGroup.HELD
    return msgspec.structs.replace(change, is_held=is_held)


Key = tuple[str, str]  # kind, id

LISTING_KINDS = ("organization", "program", "service", "location")
_OWN_ITEM = frozenset({*LISTING_KINDS, "taxonomy", "taxonomy_term"})
# A part belongs to the first of these parents that it has.
_PARENT_ORDER = (
    "service_id", "service_at_location_id", "location_id", "organization_id", "contact_id",
    "phone_id", "link_id",
)  # fmt: skip
_LINKING = frozenset({"service_at_location", "contact", "phone"})


@dataclass(frozen=True, slots=True)
class ReviewTitle:
    """A listing; ``subtitle`` is its organization."""

    key: Key
    title: str
    subtitle: str
    is_private: bool


class ReviewTitles:
    """Finds the listing under which each record of a plan is reviewed, and its title.

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

    def listing_of(self, record: Record) -> Key:
        """The listing that a record belongs to; itself, where it has no known parent."""
        key = (kind_of(record), record.id)
        if key[0] in _OWN_ITEM:
            return key
        parents = {name: (kind, parent) for name, kind, parent in parents_of(record)}
        for name in _PARENT_ORDER:
            if name in parents and parents[name][0] in KINDS:
                return self._listing_at(parents[name])
        return key

    def is_private(self, record: Record) -> bool:
        """Whether the record, or what it hangs on, is not foreverybody."""
        return (
            record.visibility is not Visibility.PUBLIC
            or record.id in self._private
            or any(parent in self._private for _, _, parent in parents_of(record))
        )

    def unchanged(self, changed: Collection[Key]) -> int:
        """How many listings of the list are as they are stored."""
        return sum(key[0] in LISTING_KINDS and key not in changed for key in self._known)

    def in_order(self, keys: Collection[Key]) -> list[ReviewTitle]:
        """The titles of these listings and terms, by organization."""
        self._fetch(key for key in keys if key not in self._known)
        parents = {
            ("organization", org): None
            for key in keys
            if (org := getattr(self._known.get(key), "organization_id", ""))
        }
        self._fetch(key for key in parents if key not in self._known)
        return sorted(map(self._title, keys), key=_order)

    def _learn(self, record: Record) -> None:
        kind = kind_of(record)
        if kind in _OWN_ITEM or kind in _LINKING:
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

    def _listing_at(self, key: Key) -> Key:
        if key[0] in _OWN_ITEM:
            return key
        if key not in self._known:
            self._fetch([key])
        record = self._known.get(key)
        return self.listing_of(record) if record is not None else key

    def _fetch(self, keys: Iterable[Key]) -> None:
        self._known.update(records_of(self._session, keys))

    def _title(self, key: Key) -> ReviewTitle:
        record = self._known.get(key)
        organization = self._known.get(("organization", getattr(record, "organization_id", "")))
        subtitle = getattr(organization, "name", "")
        title = getattr(record, "name", "") or subtitle
        is_private = record is not None and self.is_private(record)
        return ReviewTitle(key, title, subtitle if key[0] != "organization" else "", is_private)


def _order(title: ReviewTitle) -> tuple[Any, ...]:
    kind = title.key[0]
    position = LISTING_KINDS.index(kind) if kind in LISTING_KINDS else len(LISTING_KINDS)
    return ((title.subtitle or title.title).casefold(), position, title.title.casefold(), title.key)


def _stored_private(session: Session) -> set[str]:
    """Ids of what is stored and not foreverybody, and of places with such an address."""
    found: set[str] = set()
    rows: Mapping[str, Any] = ROWS
    for kind in (*LISTING_KINDS, *_LINKING):
        row = rows[kind]
        found.update(session.scalars(select(row.id).where(row.visibility != Visibility.PUBLIC)))
    places = select(AddressRow.location_id).where(AddressRow.visibility != Visibility.PUBLIC)
    found.update(place for place in session.scalars(places) if place)
    return found
