"""How many services are known to have room now, or none, by heading and topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from referral.directory.context import Directory
from referral.directory.current_capacities import read_current_capacities
from referral.records.current_capacity import has_room
from referral.records.listing import Listing
from referral.records.visibility import Audience


@dataclass(frozen=True, slots=True)
class RoomCounts:
    """Numbers of services by slug of a heading, and by code of a topic or one above it."""

    with_room: Counter[tuple[str, str]] = field(default_factory=Counter)
    full: Counter[tuple[str, str]] = field(default_factory=Counter)


def count_room(directory: Directory) -> RoomCounts:
    """Count the services of which it is known; of most services it is not."""
    current, counts = read_current_capacities(directory), RoomCounts()
    with directory.store.read() as session:
        listings = directory.listings.read(session, list(current), Audience.PUBLIC)
    for listing in listings:
        is_free = has_room(current[listing.service.id])
        (counts.with_room if is_free else counts.full).update(set(_places(listing)))
    return counts


def _places(listing: Listing) -> Iterator[tuple[str, str]]:
    for slug in listing.headings:
        yield "heading", slug
    for path in listing.term_paths:
        for term in path:
            yield "topic", term.key
