"""The opened instance: its settings, store, index, caches and clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock_time
from functools import partial
from threading import Event
from typing import NamedTuple
from zoneinfo import ZoneInfo

from referral.directory.gathered_counts import GatheredCounts
from referral.directory.help_lines import topics_of_lines
from referral.directory.site_texts import SiteTexts
from referral.directory.view_counts import ViewCounts
from referral.errors import DatabaseDamagedError, DiskFullError, InstanceError
from referral.fields.places.gazetteer import GAZETTEER
from referral.search import Index, has_index
from referral.settings import Settings
from referral.store import Store
from referral.store.listing_cache import ListingCache
from referral.store.listing_day import move_to_day

CLOCK_SKEW_SECONDS = 60
"""Largest difference between the clocks of two nodes at which one accepts the other's times."""
_LOG_SECONDS = 60.0
_log = logging.getLogger("referral.database")


class MissedSearch(NamedTuple):
    """The counted facts of a search without a result; "" where one is unknown.

    Attributes:
        topic: code of the topic that the words match.
        county: name of the county in question, with its state.
        zip_code: five digits.
    """

    topic: str
    county: str = ""
    zip_code: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """An opened instance: its settings, store, index and caches.

    Counts of views and searches, and the times of sessions, stay in memory until a background
    thread writes them.

    Attributes:
        given: settings of the environment; ``settings`` includes the library's own.
        unnamed_proxy: set when a request came through a proxy that the settings do not name.
    """

    given: Settings
    store: Store
    index: Index
    texts: SiteTexts
    listings: ListingCache = field(default_factory=ListingCache)
    view_counts: ViewCounts = field(default_factory=ViewCounts)
    missed_searches: GatheredCounts[MissedSearch] = field(default_factory=GatheredCounts)
    sessions_seen: dict[str, datetime] = field(default_factory=dict)
    unnamed_proxy: Event = field(default_factory=Event)

    @property
    def settings(self) -> Settings:
        """Return the current settings: those of the environment with the library's own."""
        return self.texts.settings(self.given)

    def now(self) -> datetime:
        """Return the current time in UTC; tests change it with the clock."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Close the index and the database connections."""
        self.index.close()
        self.store.close()


def open_instance(settings: Settings) -> Instance:
    """Open the directory of an instance, upgrading its tables and setting the listing day."""
    instance = _assemble(settings)
    instance.store.migrate()
    list_by_today(instance)
    return instance


def _assemble(settings: Settings) -> Instance:
    GAZETTEER.use_folder(settings.instance_path)
    store = store_of(settings)
    texts = SiteTexts(store)
    index = Index(
        settings.index_path,
        store,
        lambda: texts.settings(settings).timezone,
        topics_of_lines=partial(topics_of_lines, settings),
    )
    listings = ListingCache(count_services=index.count_services)
    return Instance(settings, store, index, texts, listings)


def store_of(settings: Settings) -> Store:
    """Return the store of an instance.

    An empty database file beside an index counts as damaged.
    """
    store = Store(settings.database_url)
    store.availability.has_tables = has_index(settings.index_path)
    return store


def wait_for_database(settings: Settings, pause_seconds: float = 1.0) -> None:
    """Wait until the database answers, logging once a minute why it does not.

    Raises:
        DatabaseDamagedError: the database is damaged, so that waiting would not help.
    """
    store = store_of(settings)
    try:
        logged_at = -_LOG_SECONDS
        while failure := store.availability.failure():
            if isinstance(failure, DatabaseDamagedError):
                raise failure
            is_logged = store.availability.is_away or isinstance(failure, DiskFullError)
            if not is_logged and time.monotonic() - logged_at >= _LOG_SECONDS:
                logged_at = time.monotonic()
                is_explained = isinstance(failure, InstanceError)
                _log.warning("%s", failure if is_explained else type(failure).__name__)
            time.sleep(pause_seconds)
    finally:
        store.close()


@contextmanager
def opened_instance(settings: Settings) -> Iterator[Instance]:
    """Open the directory of an instance, and close it at the end of the ``with`` block."""
    instance = open_instance(settings)
    try:
        yield instance
    finally:
        instance.close()


@contextmanager
def instance_without_upgrade(settings: Settings) -> Iterator[Instance]:
    """Open a directory for reading, without upgrading its tables, which may be older."""
    instance = _assemble(settings)
    try:
        yield instance
    finally:
        instance.close()


def local_today(instance: Instance) -> date:
    """Return the current date in the library's time zone."""
    return instance.now().astimezone(ZoneInfo(instance.settings.timezone)).date()


def list_by_today(instance: Instance) -> int:
    """Set the listing day to today; return how many listings appeared or ended by it."""
    return move_to_day(instance.store, local_today(instance))


def start_of_day(instance: Instance, instant: datetime) -> datetime:
    """Return the start of the day of an instant in the library's time zone."""
    zone = ZoneInfo(instance.settings.timezone)
    return datetime.combine(instant.astimezone(zone).date(), clock_time(), tzinfo=zone)


def local_month(instance: Instance) -> str:
    """Return the current month in the library's time zone, as ``2026-11``."""
    return local_today(instance).strftime("%Y-%m")
