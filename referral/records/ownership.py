"""Which records stand by themselves, which record a part belongs to, and which it is told of."""

from __future__ import annotations

from referral.records.directory import Record
from referral.records.kinds import parents_of

Key = tuple[str, str]
"""Kind and id."""
INDEPENDENT_KINDS = frozenset(
    {"taxonomy", "taxonomy_term", "organization", "program", "service", "location"}
)
"""Kinds of records that stand by themselves; records of other kinds are parts of them."""
# A part belongs to the first of these parents that it has.
_OWNER_ORDER = (
    "service_id", "service_at_location_id", "location_id", "organization_id", "contact_id",
    "phone_id", "link_id",
)  # fmt: skip


def owner_of(record: Record) -> Key:
    """Return the record of which this one is a part; ("", "") for one that stands by itself."""
    parents = {name: (kind, parent) for name, kind, parent in parents_of(record)}
    return next((parents[name] for name in _OWNER_ORDER if name in parents), ("", ""))


def subjects_of(record: Record) -> list[Key]:
    """Return the records that a part says something of: all that it names, but for its term.

    The phone of a service at a location is on the page of each of them.
    """
    return [
        (kind, parent) for name, kind, parent in parents_of(record) if name != "taxonomy_term_id"
    ]
