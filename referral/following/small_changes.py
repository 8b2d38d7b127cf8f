"""Small changes: which changes of a list may apply without review, as an admin says per source.

A change that is not in the table below always waits for a person: what is new, moved or edited
here, and any change of a place that is withheld. Of what somebody here has checked, or noted
something, only what is gone and the date of their check applies. What is gone shows less, so an
admin is asked to let it apply: it may be a shelter that its list withholds from now on. The last
hours of a listing are an exception: its list may only write them in another way now.
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
"""What an admin can allow → the groups of changes that it means. Addresses are in none."""
MOST_SHARE = 0.05
"""With more of its listings changed, only what shows less applies by itself."""
_FEWEST = 20  # of fewer listings no share says anything
_BATCH = 500

HasLocalNotes = Callable[[Session, Collection[str]], Collection[str]]
"""Of these ids of services, those with notes of our own."""


@dataclass(frozen=True, slots=True)
class SmallChangeRules:
    """What may apply by itself: groups of changes, for a source."""

    allowed: frozenset[str]
    local_notes: HasLocalNotes

    @property
    def groups(self) -> frozenset[ChangeGroup]:
        """The groups that it means."""
        return frozenset().union(*(SMALL_CHANGES[each] for each in self.allowed))


def decide_small_changes(
    session: Session,
    batch_id: str,
    listing_count: int,
    rules: SmallChangeRules,
    said_gone: Collection[tuple[str, str]] = (),
) -> tuple[int, int]:
    """Accept the small changes of a list and leave all others; how many of each.

    Args:
        listing_count: how many listings the source has.
        said_gone: kind and id of the records that the source says are gone.

    Nothing is decided where none is small. Where much is changed at once, only what shows less is:
    what the source says is gone, as it does of a place that it withholds, and what it protects.
    """
    row = ReviewItemRow
    items = session.scalars(select(row).where(row.batch_id == batch_id)).all()
    listings = {(item.kind, item.record_id) for item in items}
    small = _small(session, items, rules)
    if len(listings) > max(_FEWEST, MOST_SHARE * listing_count):
        small = {
            item.number
            for item in items
            if item.number in small
            and (
                item.change_group == ChangeGroup.VISIBILITY
                or (item.kind, item.record_id) in said_gone
            )
        }
    if not small:
        return 0, len(items)
    for item in items:
        is_small = item.number in small
        item.decision, item.choices = (Decision.ACCEPT if is_small else Decision.LEAVE).value, {}
    return len(small), len(items) - len(small)


def _small(session: Session, items: Collection[ReviewItemRow], rules: SmallChangeRules) -> set[int]:
    wanted = [
        item
        for item in items
        if ChangeGroup(item.change_group) in rules.groups
        and not item.is_private
        and not _takes_last_hours(session, item, items)
        and not any(_is_protected(item, change) for change in unpack(item.changes))
    ]
    services = {item.number: _services_of(session, item.kind, item.record_id) for item in wanted}
    all_ids = {each for ids in services.values() for each in ids}
    ours = checked_here(session, all_ids) | set(rules.local_notes(session, all_ids))
    withheld = _with_withheld_places(session, all_ids)
    freely = SMALL_CHANGES[CHECKED] | SMALL_CHANGES[GONE]
    return {
        item.number
        for item in wanted
        if ChangeGroup(item.change_group) in SMALL_CHANGES[GONE]
        or (
            services[item.number].isdisjoint(withheld)
            and (ChangeGroup(item.change_group) in freely or services[item.number].isdisjoint(ours))
        )
    }


def _takes_last_hours(
    session: Session, item: ReviewItemRow, items: Collection[ReviewItemRow]
) -> bool:
    """Whether a listing has no hours left without what is gone, and the list gives it no others."""
    if item.change_group != ChangeGroup.SCHEDULE_GONE:
        return False
    gives_hours = any(
        other.change_group == ChangeGroup.SCHEDULE_NEW
        and (other.kind, other.record_id) == (item.kind, item.record_id)
        for other in items
    )
    row = ScheduleRow
    owner = {"service": row.service_id, "location": row.location_id}.get(item.kind)
    if gives_hours or owner is None:
        return False
    gone = [change.record_id for change in unpack(item.changes)]
    left = select(row.id).where(
        owner == item.record_id, row.retired_at.is_(None), row.id.not_in(gone)
    )
    return session.scalar(left.limit(1)) is None


def _is_protected(item: ReviewItemRow, change: ListChange) -> bool:
    """A change that a person's edit stands against is never small, nor a part that goes with one.

    What an import changes of visibility only ever shows less.
    """
    if change.is_private or change.conflicts:
        return True
    is_gone = change.action is ChangeAction.GONE or "visibility" in change.fields
    return is_gone and ChangeGroup(item.change_group) not in SMALL_CHANGES[GONE]


def _services_of(session: Session, kind: str, record_id: str) -> frozenset[str]:
    """The services that a listing is, or is told of."""
    service, link = ServiceRow, ServiceAtLocationRow
    statements = {
        "service": select(service.id).where(service.id == record_id),
        "organization": select(service.id).where(service.organization_id == record_id),
        "program": select(service.id).where(service.program_id == record_id),
        "location": select(link.service_id).where(link.location_id == record_id),
    }
    if kind not in statements:
        return frozenset()
    return frozenset(filter(None, session.scalars(statements[kind])))


def checked_here(session: Session, service_ids: Collection[str]) -> set[str]:
    """Those of these services that somebody here has checked."""
    row, found = VerificationTryRow, set[str]()
    for some in in_batches(sorted(service_ids), _BATCH):
        found.update(session.scalars(select(row.service_id).where(row.service_id.in_(some))))
    return found


def _with_withheld_places(session: Session, service_ids: Collection[str]) -> set[str]:
    """Those of these services that have a place, or anything else, that is withheld."""
    link, place, found = ServiceAtLocationRow, LocationRow, set[str]()
    for some in in_batches(sorted(service_ids), _BATCH):
        found.update(
            each
            for each in session.scalars(
                select(link.service_id)
                .join(place, link.location_id == place.id)
                .where(link.service_id.in_(some), place.visibility != "public")
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
