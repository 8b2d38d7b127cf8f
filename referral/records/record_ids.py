"""Stable record ids: UUIDs made from source, kind and key, equal in each import."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

HAND_SOURCE = "by hand"
"""Source of records that staff created."""
CATEGORY_SOURCE = "by category"
"""Source of topics that services have because staff accepted them for a category of a list."""
CAPACITY_SOURCE = "said today"
"""Source of stated capacities, which expire (``referral.capacity``)."""

_NAMESPACE = UUID("5f6f2a52-2c0b-5f0e-9a39-6d5d6a3c8a11")
_DIGITS = 32  # of a UUID


@lru_cache(maxsize=16_384)  # the parts of a record refer to its key soon after
def record_id(source: str, kind: str, key: str) -> str:
    """Return the id of the record with a key in a source.

    A key that is a UUID, as HSDS requires, is the id itself, so that our own exports are imported
    as the same records. For other keys the id depends on the source, because two lists may both
    number their records 1, 2, 3.
    """
    if len(key) >= _DIGITS:
        try:
            return str(UUID(key))
        except ValueError:
            pass
    return str(uuid5(_NAMESPACE, f"{source}\n{kind}\n{key}"))


def topic_link_id(source: str, service_id: str, term_id: str) -> str:
    """Return the id of a link of a service to a topic, made by staff or an accepted category."""
    return record_id(source, "attribute", f"{service_id}/{term_id}")


def category_link_id(service_id: str, term_id: str) -> str:
    """Return the id of a link of a service to a topic that an accepted category made."""
    return topic_link_id(CATEGORY_SOURCE, service_id, term_id)


def stated_capacity_id(service_id: str, unit: str) -> str:
    """Return the id of the last stated capacity of a service in one unit."""
    return record_id(CAPACITY_SOURCE, "service_capacity", f"{service_id}/{unit}")
