"""How many services are known to have room now, or none, by heading and topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from referral.directory.context import Directory
from referral.directory.current_capacities import read_current_capacities
from referral.records.current_capacity import has_room
from referral.records.listing import Listing
from referral.records.topic_suggestions import topics_to_show
from referral.records.visibility import Audience


@dataclass(frozen=True, slots=True)
class RoomCounts:
    """Numbers of services by slug of a heading, and by code of a topic or one above it.

    A service to which nobody gave a topic counts where it is suggested, as it is found there.
    """

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
    suggested = topics_to_show(listing.suggested_topics)
    for slug in chain(listing.headings, *(topic.headings for topic in suggested)):
        yield "heading", slug
    for path in chain(listing.term_paths, (topic.path for topic in suggested)):
        for term in path:
            yield "topic", term.key
