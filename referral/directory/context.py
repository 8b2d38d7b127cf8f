"""The opened directory: settings, store, index and clock, handed to every operation."""

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
from referral.errors import DatabaseDamagedError, DirectoryError, DiskFullError
from referral.fields.places.gazetteer import GAZETTEER
from referral.search import Index, has_index
from referral.settings import Settings
from referral.store import Store
from referral.store.listing_cache import ListingCache
from referral.store.listing_day import move_to_day

CLOCK_SKEW_SECONDS = 60
"""By how much the clocks of two nodes may differ before what one dates is refused by the other."""
_LOG_SECONDS = 60.0
_log = logging.getLogger("referral.database")


class MissedSearch(NamedTuple):
    """What is counted of a search that found nothing; "" where something is not known.

    Attributes:
        topic: the code of the topic that its words stand for.
        county: asked about, with its state.
        zip_code: asked about, five digits.
    """

    topic: str
    county: str = ""
    zip_code: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """What every operation works on.

    What pages count, and when they saw a session of staff, stays in memory until a background
    thread writes it.

    Attributes:
        given: the settings of the environment; ``settings`` has the library's own too.
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
        """How this library runs Referral at this moment."""
        return self.texts.settings(self.given)

    def now(self) -> datetime:
        """The present instant (UTC); tests move it with the clock."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Let go of files and connections."""
        self.index.close()
        self.store.close()


def open_directory(settings: Settings) -> Directory:
    """Open the directory of this instance; the tables are brought up to date first."""
    directory = _directory_of(settings)
    directory.store.migrate()
    list_by_today(directory)
    return directory


def _directory_of(settings: Settings) -> Directory:
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
    return Directory(settings, store, index, texts, listings)


def store_of(settings: Settings) -> Store:
    """Return the store of an instance. An empty file beside an index is a damaged database."""
    store = Store(settings.database_url)
    store.availability.has_tables = has_index(settings.index_path)
    return store


def wait_for_database(settings: Settings, pause_seconds: float = 1.0) -> None:
    """Return when the database answers; the log says once a minute why it does not.

    Raises:
        DatabaseDamagedError: waiting does not help.
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
                known = isinstance(failure, DirectoryError)
                _log.warning("%s", failure if known else type(failure).__name__)
            time.sleep(pause_seconds)
    finally:
        store.close()


@contextmanager
def opened_directory(settings: Settings) -> Iterator[Directory]:
    """A directory that is closed at the end of the ``with`` block."""
    directory = open_directory(settings)
    try:
        yield directory
    finally:
        directory.close()


@contextmanager
def as_it_is(settings: Settings) -> Iterator[Directory]:
    """A directory to look at and not to change: its tables may be older than this release."""
    directory = _directory_of(settings)
    try:
        yield directory
    finally:
        directory.close()


def local_today(directory: Directory) -> date:
    """The present day."""
    return directory.now().astimezone(ZoneInfo(directory.settings.timezone)).date()


def list_by_today(directory: Directory) -> int:
    """Let listings appear and end by the present day; gives how many did."""
    return move_to_day(directory.store, local_today(directory))


def start_of_day(directory: Directory, instant: datetime) -> datetime:
    """The beginning of the day of an instant, where the library is: when, to the day."""
    zone = ZoneInfo(directory.settings.timezone)
    return datetime.combine(instant.astimezone(zone).date(), clock_time(), tzinfo=zone)


def local_month(directory: Directory) -> str:
    """The present month, as in ``2026-11``."""
    return local_today(directory).strftime("%Y-%m")
