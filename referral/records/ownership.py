"""Which records stand by themselves, which record a part belongs to, and which it is told of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from referral.records.directory import Record
from referral.records.kinds import kind_of, parents_of

Key = tuple[str, str]
"""Kind and id."""
INDEPENDENT_KINDS = frozenset(
    {"taxonomy", "taxonomy_term", "organization", "program", "service", "location"}
)
"""Kinds of records that stand by themselves; records of other kinds are parts of them."""
OWNER_FIELDS = (
    "phone_id", "contact_id", "service_at_location_id", "service_id", "location_id", "program_id",
    "organization_id",
)  # fmt: skip
"""A part belongs to the first, the narrowest, of these parents that it has; else to its link."""


def owner_of(record: Record) -> Key:
    """Return the record of which this one is a part; ("", "") for one that stands by itself."""
    parents = {name: (kind, parent) for name, kind, parent in parents_of(record)}
    return next((parents[name] for name in (*OWNER_FIELDS, "link_id") if name in parents), ("", ""))


def subjects_of(record: Record) -> list[Key]:
    """Return the records that a part says something of: all that it names, but for its term.

    The phone of a service at a location is on the page of each of them.
    """
    return [
        (kind, parent) for name, kind, parent in parents_of(record) if name != "taxonomy_term_id"
    ]


def kept_whole(kept: Iterable[Key], gone: Iterable[Record]) -> set[Key]:
    """Return what stays of records that would go: the kept ones, their parts, what they hang on.

    A kept service stays with its phones, its hours, its place and its organization. A kept
    organization keeps its phones, but no services that nobody keeps.

    Returns:
        Also those of the kept ones that would not go.
    """
    near: dict[Key, set[Key]] = defaultdict(set)
    for record in gone:
        key = (kind_of(record), record.id)
        near[key].update((kind, parent) for _, kind, parent in parents_of(record))
        if key[0] not in INDEPENDENT_KINDS:
            near[owner_of(record)].add(key)
    stays, waiting = set[Key](), set(kept)
    while waiting:
        stays |= waiting
        waiting = set[Key]().union(*(near[key] for key in waiting)) - stays
    return stays
