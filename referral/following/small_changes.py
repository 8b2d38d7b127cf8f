"""Small changes: the changes of a list that apply without review, as set for each source.

A change in no group of ``SMALL_CHANGES`` always waits for review, such as a new listing or another
address. So do changes that conflict with edits by staff and, except for removals, all changes of
withheld services and locations. For services that staff verified or added notes to, only removals
and the publisher's date of verification apply. The form proposes that removals apply, because they
only show less: a list may have begun to withhold a shelter. An exception is the removal of a
listing's last hours, since the list may only have reworded them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.imports.list_changes import ListChange, unpack
from referral.imports.records import ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.store.base import in_batches
from referral.store.rows import LocationRow, ScheduleRow, ServiceAtLocationRow, ServiceRow
from referral.verification.rows import VerificationTryRow

GONE, PHONES, HOURS, TEXTS, CONDITIONS, CONTACTS, TOPICS, CHECKED = (
    "gone", "phones", "hours", "texts", "conditions", "contacts", "topics", "checked",
)  # fmt: skip
SMALL_CHANGES: Mapping[str, frozenset[ChangeGroup]] = {
    GONE: frozenset(
        {
            ChangeGroup.EDITED_GONE,
            ChangeGroup.SERVICE_GONE,
            ChangeGroup.LOCATION_GONE,
            ChangeGroup.ORGANIZATION_GONE,
            ChangeGroup.PROGRAM_GONE,
            ChangeGroup.PHONE_GONE,
            ChangeGroup.ADDRESS_GONE,
            ChangeGroup.SCHEDULE_GONE,
            ChangeGroup.VISIBILITY,
        }
    ),
    CHECKED: frozenset({ChangeGroup.CHECKED}),
    PHONES: frozenset({ChangeGroup.PHONE_NEW, ChangeGroup.PHONE_CHANGED}),
    HOURS: frozenset({ChangeGroup.SCHEDULE_NEW, ChangeGroup.SCHEDULE_CHANGED}),
    TEXTS: frozenset({ChangeGroup.DESCRIPTION}),
    CONDITIONS: frozenset({ChangeGroup.CONDITIONS}),
    CONTACTS: frozenset({ChangeGroup.CONTACT}),
    TOPICS: frozenset({ChangeGroup.TOPICS}),
}
"""Option that an admin can allow → the groups of changes in it. Addresses are in none."""
MOST_SHARE = 0.05
"""If a list changes a larger share of its listings, only removals apply without review."""
_FEWEST = 20  # changed listings; up to this number the share is ignored
_BATCH = 500

HasLocalNotes = Callable[[Session, Collection[str]], Collection[str]]
"""A function that returns those of the given service ids that have local notes."""


@dataclass(frozen=True, slots=True)
class SmallChangeRules:
    """The options of changes that one followed source may make without review."""

    allowed: frozenset[str]
    local_notes: HasLocalNotes

    @property
    def groups(self) -> frozenset[ChangeGroup]:
        """Return the groups of changes that a followed source may make without review."""
        return frozenset().union(*(SMALL_CHANGES[each] for each in self.allowed))


def decide_small_changes(
    session: Session,
    batch_id: str,
    listing_count: int,
    rules: SmallChangeRules,
    listed_as_gone: Collection[tuple[str, str]] = (),
) -> tuple[int, int]:
    """Accept the small changes of a followed source's list, and leave all others for review.

    Args:
        listing_count: how many listings the source has.
        listed_as_gone: kind and id of the records that the source lists as removed.

    If no change is small, nothing is decided. If the list changes many listings at once, only
    removals that the source lists and stricter visibility count as small.

    Returns:
        The number of accepted changes, and the number of those left.
    """
    items = session.scalars(select(ReviewItemRow).where(ReviewItemRow.batch_id == batch_id)).all()
    listings = {(item.kind, item.record_id) for item in items}
    small = _small_items(session, items, rules)
    if len(listings) > max(_FEWEST, MOST_SHARE * listing_count):
        small = {
            item.number
            for item in items
            if item.number in small
            and (
                item.change_group == ChangeGroup.VISIBILITY
                or (item.kind, item.record_id) in listed_as_gone
            )
        }
    if not small:
        return 0, len(items)
    for item in items:
        is_small = item.number in small
        item.decision, item.choices = (Decision.ACCEPT if is_small else Decision.LEAVE).value, {}
    return len(small), len(items) - len(small)


def _small_items(
    session: Session, items: Collection[ReviewItemRow], rules: SmallChangeRules
) -> set[int]:
    candidates = [
        item
        for item in items
        if ChangeGroup(item.change_group) in rules.groups
        and not item.is_private
        and not _takes_last_hours(session, item, items)
        and not any(_is_never_small(item, change) for change in unpack(item.changes))
    ]
    services = {
        item.number: _services_in_listing(session, item.kind, item.record_id) for item in candidates
    }
    all_ids = {each for ids in services.values() for each in ids}
    with_local_work = verified_services(session, all_ids) | set(rules.local_notes(session, all_ids))
    withheld = _withheld_services(session, all_ids)
    always_small_kinds = SMALL_CHANGES[CHECKED] | SMALL_CHANGES[GONE]
    return {
        item.number
        for item in candidates
        if ChangeGroup(item.change_group) in SMALL_CHANGES[GONE]
        or (
            services[item.number].isdisjoint(withheld)
            and (
                ChangeGroup(item.change_group) in always_small_kinds
                or services[item.number].isdisjoint(with_local_work)
            )
        )
    }


def _takes_last_hours(
    session: Session, item: ReviewItemRow, items: Collection[ReviewItemRow]
) -> bool:
    """Return whether a change removes all hours of a listing and the list contains no new ones."""
    if item.change_group != ChangeGroup.SCHEDULE_GONE:
        return False
    has_new_hours = any(
        other.change_group == ChangeGroup.SCHEDULE_NEW
        and (other.kind, other.record_id) == (item.kind, item.record_id)
        for other in items
    )
    owner = {"service": ScheduleRow.service_id, "location": ScheduleRow.location_id}.get(item.kind)
    if has_new_hours or owner is None:
        return False
    gone = [change.record_id for change in unpack(item.changes)]
    left = select(ScheduleRow.id).where(
        owner == item.record_id, ScheduleRow.retired_at.is_(None), ScheduleRow.id.not_in(gone)
    )
    return session.scalar(left.limit(1)) is None


def _is_never_small(item: ReviewItemRow, change: ListChange) -> bool:
    """Return whether a change always needs review: it is private or conflicts with staff's edit.

    A removal or a stricter visibility within another group is protected too.
    """
    if change.is_private or change.conflicts:
        return True
    is_gone = change.action is ChangeAction.GONE or "visibility" in change.fields
    return is_gone and ChangeGroup(item.change_group) not in SMALL_CHANGES[GONE]


def _services_in_listing(session: Session, kind: str, record_id: str) -> frozenset[str]:
    """Return the ids of the services of a service, organization, program or location."""
    statements = {
        "service": select(ServiceRow.id).where(ServiceRow.id == record_id),
        "organization": select(ServiceRow.id).where(ServiceRow.organization_id == record_id),
        "program": select(ServiceRow.id).where(ServiceRow.program_id == record_id),
        "location": select(ServiceAtLocationRow.service_id).where(
            ServiceAtLocationRow.location_id == record_id
        ),
    }
    if kind not in statements:
        return frozenset()
    return frozenset(filter(None, session.scalars(statements[kind])))


def verified_services(session: Session, service_ids: Collection[str]) -> set[str]:
    """Return the services that staff tried to verify, of those given."""
    found = set[str]()
    for some in in_batches(sorted(service_ids), _BATCH):
        found.update(
            session.scalars(
                select(VerificationTryRow.service_id).where(VerificationTryRow.service_id.in_(some))
            )
        )
    return found


def _withheld_services(session: Session, service_ids: Collection[str]) -> set[str]:
    """Return the services that are withheld or have a withheld location, of those given."""
    found = set[str]()
    for some in in_batches(sorted(service_ids), _BATCH):
        found.update(
            each
            for each in session.scalars(
                select(ServiceAtLocationRow.service_id)
                .join(LocationRow, ServiceAtLocationRow.location_id == LocationRow.id)
                .where(
                    ServiceAtLocationRow.service_id.in_(some), LocationRow.visibility != "public"
                )
            )
            if each
        )
        found.update(
            session.scalars(
                select(ServiceRow.id).where(
                    ServiceRow.id.in_(some), ServiceRow.visibility != "public"
                )
            )
        )
    return found
