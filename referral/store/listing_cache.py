"""Cache of listings, terms, headings, crosswalk and repeated names, invalidated by the change log.

Most pages show listings that other pages have just shown. Reading listings takes a dozen queries;
checking the log for changes takes one.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

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
        self._wholes: dict[str, object] = {}
        self._counts: dict[str, tuple[LogPoint, object]] = {}
        self._stale: set[str] = set()
        self._read_at: dict[str, float] = {}
        self._seen = LogPoint()
        self._seen_tick = 0

    def read(
        self,
        session: Session,
        service_ids: Sequence[str],
        audience: Audience,
        moment: LogPoint | None = None,
    ) -> list[Listing]:
        """Return the listings of services as ``load_listings`` does, cached ones without a query.

        Args:
            moment: result of ``catch_up`` for this session; by default it is called.
        """
        if moment is None:
            moment = self.catch_up(session)
        found = self._cached(service_ids, audience)
        missing = [service_id for service_id in service_ids if service_id not in found]
        if missing:
            loaded = load_listings(session, missing, audience, self.terms(session, moment))
            self._keep(loaded, audience, moment)
            found |= {listing.service.id: listing for listing in loaded}
        return [
            found[service_id] for service_id in dict.fromkeys(service_ids) if service_id in found
        ]

    def terms(self, session: Session, moment: LogPoint | None = None) -> TermTree:
        """Return all taxonomy terms."""
        return self._whole(_TERM, load_terms, session, moment)

    def headings(self, session: Session, moment: LogPoint | None = None) -> tuple[Heading, ...]:
        """Return the headings in their order."""
        return self._whole(HEADING, read_headings, session, moment)

    def repeated_names(self, session: Session, moment: LogPoint | None = None) -> RepeatedNames:
        """Return the public services whose name another one has too."""
        return self._whole(_SERVICE, read_repeated_names, session, moment)

    def crosswalk(self, session: Session, moment: LogPoint | None = None) -> Crosswalk:
        """Return the rules that place services under headings."""
        return self._whole(CROSSWALK_RULE, load_crosswalk, session, moment)

    def count(
        self, name: str, load: Callable[[Session], _Loaded], session: Session, moment: LogPoint
    ) -> _Loaded:
        """Return a count over all listings, kept until any change, or longer with many services."""
        with self._lock:
            known = self._counts.get(name)
        if known and (known[0] == moment or self._is_recent(name)):
            return cast(_Loaded, known[1])
        loaded = load(session)
        with self._lock:
            self._counts[name] = moment, loaded
            self._read_at[name] = time.monotonic()
        return loaded

    def _is_recent(self, name: str) -> bool:
        """Return whether a value over many services is young enough to be kept despite changes."""
        read_at, services = self._read_at.get(name), self._count_services()
        if read_at is None or services < _MANY_SERVICES:
            return False
        return time.monotonic() - read_at < min(services / 1_000, _MOST_SECONDS_KEPT)

    def _whole(
        self,
        kind: str,
        load: Callable[[Session], _Loaded],
        session: Session,
        moment: LogPoint | None,
    ) -> _Loaded:
        """Return a value that is loaded as a whole, and again when a record of its kind changes."""
        if moment is None:
            moment = self.catch_up(session)
        with self._lock:
            known = self._wholes.get(kind)
            is_kept = kind not in self._stale or (kind == _SERVICE and self._is_recent(kind))
            if known is not None and is_kept:
                return cast(_Loaded, known)
        loaded = load(session)
        with self._lock:
            if moment == self._seen:
                self._wholes[kind] = loaded
                self._read_at[kind] = time.monotonic()
                self._stale.discard(kind)
        return loaded

    def catch_up(self, session: Session) -> LogPoint:
        """Drop what changed since the last call; return the log position that a session sees.

        Everything is dropped where the log does not continue from the last position, as after a
        backup or a standby replaced the database.
        """
        state = store_state(session)
        moment = state.point
        with self._lock:
            seen, seen_tick = self._seen, self._seen_tick
        if moment == seen or (
            moment.store_id == seen.store_id
            and moment.sequence < seen.sequence
            and opened_tick(session) < seen_tick
        ):
            return moment  # nothing changed, or the cache is newer than this session
        changes: list[Change] = []
        everything = not follows_from(session, state, seen)
        if not everything:
            changes = changes_after(session, seen.sequence, _MOST_CHANGES)
            everything = len(changes) == _MOST_CHANGES
        touched = set() if everything else affected_services(session, changes)
        with self._lock:
            if everything or self._seen != seen:
                self._listings.clear()
                self._stale.update(self._wholes)
                self._read_at.clear()
            else:
                self._forget(touched)
                self._stale.update(change.kind for change in changes)
            self._seen, self._seen_tick = moment, next_tick()
        return moment

    def _forget(self, service_ids: Iterable[str]) -> None:
        for service_id in service_ids:
            for audience in Audience:
                self._listings.pop((audience, service_id), None)

    def _cached(self, service_ids: Iterable[str], audience: Audience) -> dict[str, Listing]:
        found: dict[str, Listing] = {}
        with self._lock:
            for service_id in service_ids:
                listing = self._listings.get((audience, service_id))
                if listing is not None:
                    self._listings.move_to_end((audience, service_id))
                    found[service_id] = listing
        return found

    def _keep(self, listings: Iterable[Listing], audience: Audience, moment: LogPoint) -> None:
        with self._lock:
            if moment != self._seen:
                return  # the cache has moved on: these listings may be outdated
            for listing in listings:
                self._listings[audience, listing.service.id] = listing
            while len(self._listings) > self._size:
                self._listings.popitem(last=False)
