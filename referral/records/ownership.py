"""Ownership of records: which are independent, and to which records a part belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from referral.records.hsds import Record
from referral.records.kinds import kind_of, parents_of

Key = tuple[str, str]
"""Kind and id."""
INDEPENDENT_KINDS = frozenset(
    {"taxonomy", "taxonomy_term", "organization", "program", "service", "location"}
)
"""Kinds of independent records; records of all other kinds are parts of these."""
OWNER_FIELDS = (
    "phone_id", "contact_id", "service_at_location_id", "service_id", "location_id", "program_id",
    "organization_id",
)  # fmt: skip
"""Parent fields from the narrowest; the first one that is set is the owner, else the link."""


def owner_of(record: Record) -> Key:
    """Return the record that a part belongs to; ("", "") for an independent record."""
    parents = {name: (kind, parent_id) for name, kind, parent_id in parents_of(record)}
    return next((parents[name] for name in (*OWNER_FIELDS, "link_id") if name in parents), ("", ""))


def subjects_of(record: Record) -> list[Key]:
    """Return all records that a part refers to, except its taxonomy term.

    The phone of a service at a location is shown with the service and with the location.
    """
    return [
        (kind, parent_id)
        for name, kind, parent_id in parents_of(record)
        if name != "taxonomy_term_id"
    ]


def records_to_keep(kept: Iterable[Key], gone: Iterable[Record]) -> set[Key]:
    """Return which of the records to be deleted must stay: the kept ones, their parts and parents.

    A kept service stays with its phones, hours, location and organization. A kept organization
    keeps its phones, but not its other services.

    Args:
        kept: keys of the records that stay.
        gone: the records that would be deleted.

    Returns:
        The keys of all that stay, ``kept`` included.
    """
    connected: dict[Key, set[Key]] = defaultdict(set)
    for record in gone:
        kind, key = kind_of(record), (kind_of(record), record.id)
        connected[key].update((kind, parent) for _, kind, parent in parents_of(record))
        if kind not in INDEPENDENT_KINDS:
            connected[owner_of(record)].add(key)
    found, to_visit = set[Key](), set(kept)
    while to_visit:
        found |= to_visit
        to_visit = set[Key]().union(*(connected[key] for key in to_visit)) - found
    return found
