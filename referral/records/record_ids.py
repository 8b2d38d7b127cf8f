"""Stable record ids: UUIDs from source, kind and key, so that an import finds them again."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

HAND_SOURCE = "by hand"
"""Source of records that staff made."""
CATEGORY_SOURCE = "by category"
"""Source of topics that a service has since staff accepted them for a category of its list."""
CAPACITY_SOURCE = "said today"
"""Source of capacities that somebody stated and that end by themselves (``referral.capacity``)."""

_NAMESPACE = UUID("5f6f2a52-2c0b-5f0e-9a39-6d5d6a3c8a11")
_DIGITS = 32  # of a UUID


@lru_cache(maxsize=16_384)  # what hangs on a record names it again soon
def record_id(source: str, kind: str, key: str) -> str:
    """The id of the record that ``source`` knows as ``key``.

    A key that already is a UUID (as HSDS asks) is kept, so that our own exports come back as the
    same records. The id of any other key depends on the source: two lists may both count 1, 2, 3.
    """
    if len(key) >= _DIGITS:
        try:
            return str(UUID(key))
        except ValueError:
            pass
    return str(uuid5(_NAMESPACE, f"{source}\n{kind}\n{key}"))


def topic_link_id(source: str, service_id: str, term_id: str) -> str:
    """The id of the link of a service to a topic, as staff or an accepted category makes it."""
    return record_id(source, "attribute", f"{service_id}/{term_id}")


def category_link_id(service_id: str, term_id: str) -> str:
    """The id of a link that an accepted category made."""
    return topic_link_id(CATEGORY_SOURCE, service_id, term_id)


def stated_capacity_id(service_id: str, unit: str) -> str:
    """The id of what was stated last of a service in one unit."""
    return record_id(CAPACITY_SOURCE, "service_capacity", f"{service_id}/{unit}")
