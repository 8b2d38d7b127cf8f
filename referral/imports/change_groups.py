"""Grouping of planned changes by what they mean to those who read the listings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from referral.imports.plan import PlannedChange
from referral.imports.reconcile import leading_field
from referral.imports.records import ChangeAction, ChangeGroup
from referral.records.kinds import PARENT_FIELDS, kind_of
from referral.records.odd_values import is_odd_value

_OWN_KINDS = ("organization", "program", "service", "location")
# Records of which people count how many there are, and what they see of each.
_SEEN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "phone": ("number", "extension"),
    "address": ("address_1", "address_2", "city", "address_type"),
    "schedule": (
        "byday", "freq", "opens_at", "closes_at", "closed", "valid_from", "valid_to", "description",
    ),
}  # fmt: skip
_DIALED = frozenset({"number", "extension", "type"})
_TERM_KINDS = frozenset({"taxonomy", "taxonomy_term"})
_OF_KIND: Mapping[str, ChangeGroup] = {
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
_OF_FIELD: Mapping[str, ChangeGroup] = {
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


def grouped_changes(
    listing: tuple[str, str], changes: Iterable[PlannedChange]
) -> dict[ChangeGroup, list[PlannedChange]]:
    """The changes of one listing by what they mean, the most consequential group first.

    A new or gone listing is one group with all its parts. A changed record whose fields mean
    different things is in several groups, in each with those fields.

    Args:
        listing: its kind and id.
        changes: all that happens to it and to its parts.
    """
    changes = list(changes)
    whole = _group_of_whole(listing, changes)
    if whole is not None:
        return {whole: changes}
    found: dict[ChangeGroup, list[PlannedChange]] = {}
    for change in changes:
        for group, part in _parts(change):
            found.setdefault(group, []).append(part)
    settled: dict[ChangeGroup, list[PlannedChange]] = {}
    for group, parts in found.items():
        settled.setdefault(_settled(group, parts), []).extend(parts)
    return dict(sorted(settled.items(), key=lambda pair: pair[0].rank))


def _group_of_whole(
    listing: tuple[str, str], changes: Iterable[PlannedChange]
) -> ChangeGroup | None:
    """The group of a listing that is new or gone; of a term always one."""
    kind = listing[0]
    own = next((c for c in changes if (kind_of(c.record), c.record.id) == listing), None)
    if kind in _TERM_KINDS:
        return ChangeGroup(f"term-{own.action if own else ChangeAction.CHANGED}")
    if own is None or own.action is ChangeAction.CHANGED or kind not in _OWN_KINDS:
        return None
    if own.action is ChangeAction.NEW and any(change.is_held for change in changes):
        return ChangeGroup.HELD
    if own.action is ChangeAction.GONE and any(change.is_edited for change in changes):
        return ChangeGroup.EDITED_GONE
    return ChangeGroup(f"{kind}-{own.action}")


def _parts(change: PlannedChange) -> Iterator[tuple[ChangeGroup, PlannedChange]]:
    kind = kind_of(change.record)
    if change.is_held:
        yield ChangeGroup.HELD, change
    elif change.action is not ChangeAction.CHANGED:
        yield _OF_KIND.get(kind, ChangeGroup.OTHER), change
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
    if "retired_at" in change.fields:  # what comes back takes its protection along
        return _OF_KIND.get(kind, ChangeGroup.BACK)
    if name in PARENT_FIELDS:
        return ChangeGroup.PLACES
    if kind in _OF_KIND and name != "visibility":
        is_label = kind == "phone" and leading_field(kind, name) not in _DIALED
        return ChangeGroup.DESCRIPTION if is_label else _OF_KIND[kind]
    return _OF_FIELD.get(leading_field(kind, name), ChangeGroup.OTHER)


def _settled(group: ChangeGroup, changes: Sequence[PlannedChange]) -> ChangeGroup:
    """Phones, addresses and hours that only went, or only came, are groups of their own.

    Those that went and came again the same, under other ids, change nothing that people see.
    """
    kind = group.value.removesuffix("-changed")
    if kind not in _SEEN_FIELDS or any(kind_of(change.record) != kind for change in changes):
        return group  # a location that moved is among the addresses
    seen: dict[ChangeAction, set[tuple[Any, ...]]] = {}
    for change in changes:
        action = ChangeAction.NEW if "retired_at" in change.fields else change.action
        values = tuple(getattr(change.record, name) for name in _SEEN_FIELDS[kind])
        seen.setdefault(action, set()).add(values)
    if len(seen) == 1 and ChangeAction.CHANGED not in seen:
        return ChangeGroup(f"{kind}-{next(iter(seen))}")
    is_same = seen.get(ChangeAction.NEW) == seen.get(ChangeAction.GONE)
    return ChangeGroup.OTHER if is_same and ChangeAction.CHANGED not in seen else group
