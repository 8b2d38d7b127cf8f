"""Review items: the planned changes of a list, by listing and by meaning for readers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.list_changes import ListChange, pack
from referral.imports.plan import ImportPlan, PlannedChange
from referral.imports.plausibility import shrunk_kinds
from referral.imports.reconcile import leading_field
from referral.imports.records import LISTING_KINDS, TERM_KINDS, ChangeAction, ChangeGroup, Decision
from referral.imports.stored_records import records_of
from referral.records.hsds import Address, Record
from referral.records.kinds import KINDS, PARENT_FIELDS, SourcedRecord, kind_of, parents_of
from referral.records.odd_values import is_odd_value
from referral.records.ownership import Key, owner_of
from referral.records.visibility import Visibility
from referral.store.conversion import ROWS, columns_of, json_value
from referral.store.rows import AddressRow

# Parts that readers see as a number of lines, and the fields that they see of each.
_SEEN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "phone": ("number", "extension"),
    "address": ("address_1", "address_2", "city", "address_type"),
    "schedule": (
        "byday", "freq", "opens_at", "closes_at", "closed", "valid_from", "valid_to", "description",
    ),
}  # fmt: skip
_NUMBER_FIELDS = frozenset({"number", "extension", "type"})
_GROUPS_BY_KIND: Mapping[str, ChangeGroup] = {
    "phone": ChangeGroup.PHONE_CHANGED,
    "address": ChangeGroup.ADDRESS_CHANGED,
    "schedule": ChangeGroup.SCHEDULE_CHANGED,
    "contact": ChangeGroup.CONTACT,
    "service_at_location": ChangeGroup.PLACES,
    "attribute": ChangeGroup.TOPICS,
    "service_heading": ChangeGroup.TOPICS,
    "translation": ChangeGroup.DESCRIPTION,
    "service_area": ChangeGroup.CONDITIONS,
    "language": ChangeGroup.CONDITIONS,
    "accessibility": ChangeGroup.CONDITIONS,
    "cost_option": ChangeGroup.CONDITIONS,
    "required_document": ChangeGroup.CONDITIONS,
    "service_capacity": ChangeGroup.CONDITIONS,
    "url": ChangeGroup.CONTACT,
}
_GROUPS_BY_FIELD: Mapping[str, ChangeGroup] = {
    "visibility": ChangeGroup.VISIBILITY,
    "name": ChangeGroup.NAME,
    "alternate_name": ChangeGroup.NAME,
    "status": ChangeGroup.STATUS,
    "alert": ChangeGroup.STATUS,
    "latitude": ChangeGroup.ADDRESS_CHANGED,
    "location_type": ChangeGroup.ADDRESS_CHANGED,
    "transportation": ChangeGroup.ADDRESS_CHANGED,
    "url": ChangeGroup.CONTACT,
    "website": ChangeGroup.CONTACT,
    "email": ChangeGroup.CONTACT,
    "eligibility_description": ChangeGroup.CONDITIONS,
    "minimum_age": ChangeGroup.CONDITIONS,
    "maximum_age": ChangeGroup.CONDITIONS,
    "application_process": ChangeGroup.CONDITIONS,
    "fees_description": ChangeGroup.CONDITIONS,
    "wait_time": ChangeGroup.CONDITIONS,
    "interpretation_services": ChangeGroup.CONDITIONS,
    "description": ChangeGroup.DESCRIPTION,
    "keywords": ChangeGroup.DESCRIPTION,
    "assured_date": ChangeGroup.CHECKED,
    "assurer_email": ChangeGroup.CHECKED,
    "verified_by": ChangeGroup.CHECKED,
}
LEFT_AT_FIRST = frozenset(
    {ChangeGroup.ADDS_TO_OTHERS, ChangeGroup.EDITED, ChangeGroup.EDITED_GONE, ChangeGroup.ODD}
)
"""Groups of changes that are only written if a reviewer accepts them."""
# Kind → the group that is not accepted by default if a list lacks many records of the kind.
_GONE_GROUPS = {kind: ChangeGroup(f"{kind}-gone") for kind in ("phone", "address", "schedule")}
_REVIEWED_KINDS = TERM_KINDS.union(LISTING_KINDS)
_LINKING = frozenset({"service_at_location", "contact", "phone"})


def grouped_changes(
    listing: tuple[str, str], changes: Iterable[PlannedChange]
) -> dict[ChangeGroup, list[PlannedChange]]:
    """Group an import's changes of a listing by meaning, most consequential first.

    A new or gone listing is one group with all its parts, except parts that add to records of other
    sources, and fields that need a review. A changed record is in a group for each meaning of its
    fields, with these fields.

    Args:
        listing: its kind and id.
        changes: all changes of the listing and its parts.
    """
    changes = list(changes)
    own_changes = [change for change in changes if not change.adds_to]
    listing_group = _group_of_listing(listing, own_changes) if own_changes else None
    found: dict[ChangeGroup, list[PlannedChange]] = defaultdict(list)
    for change in changes:
        rest = change
        if listing_group and not change.adds_to:
            unreviewed = change.without_review
            if unreviewed.fields or change.action is not ChangeAction.CHANGED:
                found[listing_group].append(unreviewed)
            rest = change.of_fields(change.fields.keys() - unreviewed.fields.keys())
        if rest.fields or not listing_group or change.adds_to:
            for group, part in _parts_by_group(rest):
                found[group].append(part)
    narrowed: dict[ChangeGroup, list[PlannedChange]] = {}
    for group, parts in found.items():
        narrowed.setdefault(_narrowed_group(group, parts), []).extend(parts)
    return dict(sorted(narrowed.items(), key=lambda pair: pair[0].rank))


def _group_of_listing(
    listing: tuple[str, str], changes: Iterable[PlannedChange]
) -> ChangeGroup | None:
    """Return the review group of a listing that is new or gone as a whole, or of a term."""
    kind = listing[0]
    own_change = next((c for c in changes if (kind_of(c.record), c.record.id) == listing), None)
    if kind in TERM_KINDS and not (own_change and own_change.is_kept):
        return ChangeGroup(f"term-{own_change.action if own_change else ChangeAction.CHANGED}")
    if (
        own_change is None
        or own_change.action is ChangeAction.CHANGED
        or kind not in _REVIEWED_KINDS
    ):
        return None
    if own_change.action is ChangeAction.NEW and any(change.is_withheld for change in changes):
        return ChangeGroup.WITHHELD
    if own_change.action is ChangeAction.GONE and any(change.is_kept for change in changes):
        return ChangeGroup.EDITED_GONE
    return ChangeGroup(f"{kind}-{own_change.action}")


def _parts_by_group(change: PlannedChange) -> Iterator[tuple[ChangeGroup, PlannedChange]]:
    kind = kind_of(change.record)
    if change.adds_to:
        protection = change.without_review if change.action is ChangeAction.CHANGED else None
        if protection and protection.fields:
            yield ChangeGroup.VISIBILITY, protection
            change = change.of_fields(change.fields.keys() - protection.fields.keys())
        if change.fields or change.action is not ChangeAction.CHANGED:
            yield ChangeGroup.ADDS_TO_OTHERS, change
    elif change.is_withheld:
        yield ChangeGroup.WITHHELD, change
    elif change.is_kept:
        yield ChangeGroup.EDITED, change
    elif change.action is not ChangeAction.CHANGED:
        yield _GROUPS_BY_KIND.get(kind, ChangeGroup.OTHER), change
    else:
        by_group: dict[ChangeGroup, list[str]] = {}
        for name in change.fields:
            by_group.setdefault(_group_of_field(kind, name, change), []).append(name)
        for group, names in by_group.items():
            yield group, change.of_fields(names)


def _group_of_field(kind: str, name: str, change: PlannedChange) -> ChangeGroup:
    if name in change.conflicts:
        return ChangeGroup.EDITED
    if is_odd_value(name, change.fields[name][1]):
        return ChangeGroup.ODD
    if "retired_at" in change.fields:  # a record that comes back keeps its visibility
        return _GROUPS_BY_KIND.get(kind, ChangeGroup.BACK)
    if name in PARENT_FIELDS:
        return ChangeGroup.PLACES
    if kind in _GROUPS_BY_KIND and name != "visibility":
        is_label = kind == "phone" and leading_field(kind, name) not in _NUMBER_FIELDS
        return ChangeGroup.DESCRIPTION if is_label else _GROUPS_BY_KIND[kind]
    return _GROUPS_BY_FIELD.get(leading_field(kind, name), ChangeGroup.OTHER)


def _narrowed_group(group: ChangeGroup, changes: Sequence[PlannedChange]) -> ChangeGroup:
    """Return the narrower review group for phones, addresses or hours only added or removed.

    Equal parts that are removed and added under other ids change nothing that readers see.
    """
    kind = group.value.removesuffix("-changed")
    if kind not in _SEEN_FIELDS or any(kind_of(change.record) != kind for change in changes):
        return group  # a moved location is in the group of addresses
    seen: dict[ChangeAction, set[tuple[Any, ...]]] = {}
    for change in changes:
        action = ChangeAction.NEW if "retired_at" in change.fields else change.action
        values = tuple(getattr(change.record, name) for name in _SEEN_FIELDS[kind])
        seen.setdefault(action, set()).add(values)
    if len(seen) == 1 and ChangeAction.CHANGED not in seen:
        return ChangeGroup(f"{kind}-{next(iter(seen))}")
    is_same = seen.get(ChangeAction.NEW) == seen.get(ChangeAction.GONE)
    return ChangeGroup.OTHER if is_same and ChangeAction.CHANGED not in seen else group


class GroupTally(NamedTuple):
    """Number of an import's review items in a group, and of their organizations."""

    items: int
    organizations: int


class ReviewTally(msgspec.Struct):
    """Counts of the changes of an imported list, stored with its import batch.

    Attributes:
        groups: change group → its counts.
        listings: numbers of services that are new, changed, gone and unchanged.
    """

    groups: dict[str, GroupTally] = msgspec.field(default_factory=dict)
    listings: dict[str, int] = msgspec.field(default_factory=dict)


def list_change(planned: PlannedChange, *, is_private: bool = False) -> ListChange:
    """Return an import's planned change in the form stored for review, with its record's values."""
    origin = planned.origin
    columns: dict[str, Any] = {}
    if planned.action is not ChangeAction.CHANGED:
        columns = {
            name: json_value(value)
            for name, value in columns_of(planned.record).items()
            if value is not None and value != ""
        }
    return ListChange(
        action=planned.action,
        kind=kind_of(planned.record),
        record_id=planned.record.id,
        origin=(origin.source, origin.key, origin.file, origin.line, dict(origin.unmapped)),
        columns=columns,
        fields={
            name: (json_value(old), json_value(new)) for name, (old, new) in planned.fields.items()
        },
        conflicts=sorted(planned.conflicts),
        is_private=is_private,
        is_withheld=planned.is_withheld,
        adds_to=planned.adds_to,
        asked_by=planned.asked_by,
    )


def make_review_items(
    session: Session,
    batch_id: str,
    items: Iterable[Item],
    plan: ImportPlan,
    tally: ReviewTally,
    left: Collection[ChangeGroup],
) -> Iterator[dict[str, Any]]:
    """Yield an import's review items by organization, one per group of each listing.

    An item is the columns of a ``ReviewItemRow``: a list has too many for objects in a session.

    Args:
        tally: filled when the last item is made.
        left: the groups that are not accepted by default.
    """
    titles = ReviewTitles(session, items, plan.changes)
    by_listing: dict[tuple[str, str], list[PlannedChange]] = defaultdict(list)
    for change in plan.changes:
        by_listing[titles.listing_of(change.record)].append(change)
    organizations: dict[str, set[str]] = defaultdict(set)
    counts, listings = Counter[str](), Counter[str](unchanged=titles.unchanged(by_listing))
    number = 0
    for title in titles.in_order(by_listing):
        grouped = grouped_changes(title.key, by_listing.pop(title.key))
        if title.key[0] == "service":
            actions = {group.action for group in grouped} - {ChangeAction.CHANGED}
            listings[next(iter(actions), ChangeAction.CHANGED)] += 1
        for group, changes in grouped.items():
            decision = Decision.LEAVE if group in left else Decision.ACCEPT
            row = _item_columns(batch_id, number, title, group, changes, titles)
            yield {**row, "decision": decision.value}
            number += 1
            counts[group] += 1
            if title.subtitle:
                organizations[group].add(title.subtitle)
    tally.groups = {
        group: GroupTally(count, len(organizations[group])) for group, count in counts.items()
    }
    tally.listings = dict(listings)


def left_at_first(plan: ImportPlan) -> frozenset[ChangeGroup]:
    """Return the groups of import changes that are written only when a person accepts them."""
    shrunk = shrunk_kinds(plan.counts)
    return LEFT_AT_FIRST.union(group for kind, group in _GONE_GROUPS.items() if kind in shrunk)


def _item_columns(
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


@dataclass(frozen=True, slots=True)
class ReviewTitle:
    """Title of a listing in an import's review; ``subtitle`` is its organization."""

    key: Key
    title: str
    subtitle: str
    is_private: bool


class ReviewTitles:
    """Finder of the listing under which each imported record is reviewed, and of its title.

    Args:
        items: all items of the list.
        changes: its changes; records that are gone are only here.
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
                self._add_record(record)
        self._mark_children_private()

    def listing_of(self, record: Record) -> Key:
        """Return the listing that an imported record belongs to.

        It is the record itself without a known parent.
        """
        key = (kind_of(record), record.id)
        if key[0] in _REVIEWED_KINDS:
            return key
        owner = owner_of(record)
        return self._listing_at(owner) if owner[0] in KINDS else key

    def is_private(self, record: Record) -> bool:
        """Return whether an imported record, or a parent of it, is not public."""
        return (
            record.visibility is not Visibility.PUBLIC
            or record.id in self._private
            or any(parent in self._private for _, _, parent in parents_of(record))
        )

    def unchanged(self, changed: Collection[Key]) -> int:
        """Count the listings that the import does not change."""
        return sum(key[0] == "service" and key not in changed for key in self._known)

    def in_order(self, keys: Collection[Key]) -> list[ReviewTitle]:
        """Return titles of reviewed listings and terms, in the order of their organizations."""
        self._fetch(key for key in keys if key not in self._known)
        parents = {
            ("organization", org): None
            for key in keys
            if (org := getattr(self._known.get(key), "organization_id", ""))
        }
        self._fetch(key for key in parents if key not in self._known)
        return sorted(map(self._title, keys), key=_order)

    def _add_record(self, record: Record) -> None:
        kind = kind_of(record)
        if kind in _REVIEWED_KINDS or kind in _LINKING:
            self._known[kind, record.id] = record
        if record.visibility is not Visibility.PUBLIC:
            self._private.add(record.id)
            if isinstance(record, Address):
                self._private.add(record.location_id)

    def _mark_children_private(self) -> None:
        """Mark the children of private imported records as private.

        Parents must come first.
        """
        for (_, record_id), record in self._known.items():
            if any(parent in self._private for _, _, parent in parents_of(record)):
                self._private.add(record_id)

    def _listing_at(self, key: Key) -> Key:
        if key[0] in _REVIEWED_KINDS:
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
    """Return the ids of stored records that are not public, or have an address that is not."""
    ids: set[str] = set()
    rows: Mapping[str, Any] = ROWS
    for kind in (*LISTING_KINDS, *_LINKING):
        row_class = rows[kind]
        ids.update(
            session.scalars(select(row_class.id).where(row_class.visibility != Visibility.PUBLIC))
        )
    places = select(AddressRow.location_id).where(AddressRow.visibility != Visibility.PUBLIC)
    ids.update(place for place in session.scalars(places) if place)
    return ids
