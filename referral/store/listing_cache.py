"""Cache of listings, terms, headings, crosswalk and repeated names, invalidated by the change log.

Most pages show listings that other pages have just shown. Reading listings takes a dozen queries;
checking the log for changes takes one.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar, cast

from sqlalchemy.orm import Session

from referral.records.headings import Crosswalk, Heading
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.store.change_log import (
    Change,
    LogPoint,
    affected_services,
    changes_after,
    follows_from,
    next_tick,
    opened_tick,
    store_state,
)
from referral.store.listed_services import RepeatedNames, read_repeated_names
from referral.store.listings import load_listings
from referral.store.terms import (
    CROSSWALK_RULE,
    HEADING,
    TermTree,
    load_crosswalk,
    load_terms,
    read_headings,
)

_TERM = "taxonomy_term"
_SERVICE = "service"
_MOST_CHANGES = 1_000  # after so many, everything is read again
_MANY_SERVICES = 50_000
_MOST_SECONDS_KEPT = 15 * 60.0

_Loaded = TypeVar("_Loaded")


class _CountAtPoint(NamedTuple):
    point: LogPoint
    value: object


class ListingCache:
    """LRU cache of listings, with terms, headings and crosswalk. Safe to share between threads.

    A session sees one snapshot. Cached values are never older than the position in the change log
    that the cache has caught up with, so a page may show a listing slightly newer than its
    session, never an older one.

    Args:
        size: maximum number of listings; one takes about 7 kB (405 of the demo, by tracemalloc).
        count_services: returns the number of services. From 50,000 on, counts and repeated names
            are kept for a second per thousand services, 15 minutes at most, whatever changes.
    """

    def __init__(self, size: int = 8_000, count_services: Callable[[], int] = lambda: 0) -> None:
        self._size = size
        self._count_services = count_services
        self._lock = threading.Lock()
        self._listings: OrderedDict[tuple[Audience, str], Listing] = OrderedDict()
        self._values: dict[str, object] = {}
        self._counts: dict[str, _CountAtPoint] = {}
        self._stale_kinds: set[str] = set()
        self._loaded_at: dict[str, float] = {}
        self._caught_up_point = LogPoint()
        self._caught_up_tick = 0

    def read(
        self,
        session: Session,
        service_ids: Sequence[str],
        audience: Audience,
        point: LogPoint | None = None,
    ) -> list[Listing]:
        """Return the listings of services as ``load_listings`` does, cached ones without a query.

        Args:
            point: result of ``catch_up`` for this session; by default it is called.
        """
        if point is None:
            point = self.catch_up(session)
        listings = self._cached_listings(service_ids, audience)
        missing = [service_id for service_id in service_ids if service_id not in listings]
        if missing:
            loaded = load_listings(session, missing, audience, self.terms(session, point))
            self._store_listings(loaded, audience, point)
            listings |= {listing.service.id: listing for listing in loaded}
        return [
            listings[service_id]
            for service_id in dict.fromkeys(service_ids)
            if service_id in listings
        ]

    def terms(self, session: Session, point: LogPoint | None = None) -> TermTree:
        """Return all taxonomy terms."""
        return self._load_or_reuse(_TERM, load_terms, session, point)

    def headings(self, session: Session, point: LogPoint | None = None) -> tuple[Heading, ...]:
        """Return the headings in their order."""
        return self._load_or_reuse(HEADING, read_headings, session, point)

    def repeated_names(self, session: Session, point: LogPoint | None = None) -> RepeatedNames:
        """Return the public services whose name another one has too."""
        return self._load_or_reuse(_SERVICE, read_repeated_names, session, point)

    def crosswalk(self, session: Session, point: LogPoint | None = None) -> Crosswalk:
        """Return the rules that place services under headings."""
        return self._load_or_reuse(CROSSWALK_RULE, load_crosswalk, session, point)

    def count(
        self, name: str, load: Callable[[Session], _Loaded], session: Session, point: LogPoint
    ) -> _Loaded:
        """Return a count over all listings, kept until any change, or longer with many services."""
        with self._lock:
            cached = self._counts.get(name)
        if cached and (cached.point == point or self._is_recent(name)):
            return cast(_Loaded, cached.value)
        value = load(session)
        with self._lock:
            self._counts[name] = _CountAtPoint(point, value)
            self._loaded_at[name] = time.monotonic()
        return value

    def _is_recent(self, name: str) -> bool:
        """Return whether a value over many services is young enough to be kept despite changes."""
        loaded_at, services = self._loaded_at.get(name), self._count_services()
        if loaded_at is None or services < _MANY_SERVICES:
            return False
        return time.monotonic() - loaded_at < min(services / 1_000, _MOST_SECONDS_KEPT)

    def _load_or_reuse(
        self,
        kind: str,
        load: Callable[[Session], _Loaded],
        session: Session,
        point: LogPoint | None,
    ) -> _Loaded:
        """Return a value that is loaded as a whole, and again when a record of its kind changes."""
        if point is None:
            point = self.catch_up(session)
        with self._lock:
            cached = self._values.get(kind)
            is_current = kind not in self._stale_kinds or (
                kind == _SERVICE and self._is_recent(kind)
            )
            if cached is not None and is_current:
                return cast(_Loaded, cached)
        value = load(session)
        with self._lock:
            if point == self._caught_up_point:
                self._values[kind] = value
                self._loaded_at[kind] = time.monotonic()
                self._stale_kinds.discard(kind)
        return value

    def catch_up(self, session: Session) -> LogPoint:
        """Drop what changed since the last call; return the log position that a session sees.

        Everything is dropped where the log does not continue from the last position, as after a
        backup or a standby replaced the database.
        """
        state = store_state(session)
        point = state.point
        with self._lock:
            previous, previous_tick = self._caught_up_point, self._caught_up_tick
        if point == previous or (
            point.store_id == previous.store_id
            and point.sequence < previous.sequence
            and opened_tick(session) < previous_tick
        ):
            return point  # nothing changed, or the cache is newer than this session
        changes: list[Change] = []
        must_drop_all = not follows_from(session, state, previous)
        if not must_drop_all:
            changes = changes_after(session, previous.sequence, _MOST_CHANGES)
            must_drop_all = len(changes) == _MOST_CHANGES
        service_ids = set() if must_drop_all else affected_services(session, changes)
        with self._lock:
            if must_drop_all or self._caught_up_point != previous:
                self._listings.clear()
                self._stale_kinds.update(self._values)
                self._loaded_at.clear()
            else:
                self._drop_listings(service_ids)
                self._stale_kinds.update(change.kind for change in changes)
            self._caught_up_point, self._caught_up_tick = point, next_tick()
        return point

    def _drop_listings(self, service_ids: Iterable[str]) -> None:
        for service_id in service_ids:
            for audience in Audience:
                self._listings.pop((audience, service_id), None)

    def _cached_listings(
        self, service_ids: Iterable[str], audience: Audience
    ) -> dict[str, Listing]:
        listings: dict[str, Listing] = {}
        with self._lock:
            for service_id in service_ids:
                listing = self._listings.get((audience, service_id))
                if listing is not None:
                    self._listings.move_to_end((audience, service_id))
                    listings[service_id] = listing
        return listings

    def _store_listings(
        self, listings: Iterable[Listing], audience: Audience, point: LogPoint
    ) -> None:
        with self._lock:
            if point != self._caught_up_point:
                return  # the cache has moved on: these listings may be outdated
            for listing in listings:
                self._listings[audience, listing.service.id] = listing
            while len(self._listings) > self._size:
                self._listings.popitem(last=False)
