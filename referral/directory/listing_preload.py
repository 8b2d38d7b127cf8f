"""Public listings read ahead, so that patrons can read on while the database is away.

A thread looks at the change log every second, forgets what changed, and reads what is missing in
small batches: all public listings, or as many as the listing cache keeps.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from referral.directory.browse import count_services_by_topic, list_headings, read_heading
from referral.directory.context import Directory
from referral.records.visibility import Audience
from referral.store.connections.availability import log_failure
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services

_log = logging.getLogger(__name__)
_BATCH = 50
_PAUSE_SECONDS = 0.05  # between two batches people are answered


def preload_listings_until(
    directory: Directory, stop: threading.Event, seconds: float = 1.0
) -> None:
    """Keep the listing cache filled until told to stop; for a thread of its own."""
    filled_at = None
    while not stop.is_set():
        try:
            with directory.store.read() as session:
                moment = directory.listings.catch_up(session)
            if moment != filled_at and not directory.store.availability.is_away:
                preload_listings(directory, lambda: stop.wait(_PAUSE_SECONDS))
                filled_at = moment
        except SQLAlchemyError as error:
            log_failure(_log, "Listings are not read ahead: %s", error)
        stop.wait(seconds)


def preload_listings(directory: Directory, pause: Callable[[], bool] = lambda: False) -> None:
    """Read what the pages of listings, headings and results need and is not kept.

    Args:
        pause: called between two batches; whether to stop.
    """
    count_services_by_topic(directory)
    for heading, _ in list_headings(directory, Audience.PUBLIC):
        read_heading(directory, heading.slug, Audience.PUBLIC)
    cache, last = directory.listings, ""
    while not cache.is_full and not pause():
        ids = _ids_after(directory, last)
        if not ids:
            return
        last = ids[-1]
        if missing := cache.missing(ids, Audience.PUBLIC):
            with directory.store.read() as session:
                moment = cache.catch_up(session)
                cache.repeated_names(session, moment)
                cache.read(session, missing, Audience.PUBLIC, moment)


def _ids_after(directory: Directory, last: str) -> Sequence[str]:
    row = ServiceRow
    statement = select(row.id).where(row.id > last, shown_services(Audience.PUBLIC))
    with directory.store.read() as session:
        return session.scalars(statement.order_by(row.id).limit(_BATCH)).all()
