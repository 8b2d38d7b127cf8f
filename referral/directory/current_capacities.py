"""Which services have room now: kept until a listing changes, ended by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from referral.directory.context import Directory
from referral.records.current_capacity import CurrentCapacity, current_capacities
from referral.store.capacities import read_said_capacities


def read_current_capacities(directory: Directory) -> Mapping[str, tuple[CurrentCapacity, ...]]:
    """Service id → how much room everybody may know that there is; only where something is known.

    Raises:
        DatabaseUnavailableError: it is away, and nothing is kept.
    """
    now, settings = directory.now(), directory.settings
    lasts = timedelta(hours=settings.capacity_hours)
    since = (now - lasts - timedelta(days=1)).date().isoformat()  # in every time zone
    load = partial(read_said_capacities, since=since)
    with directory.store.read() as session:
        moment = directory.listings.catch_up(session)
        said = directory.listings.count("capacities", load, session, moment)
    current = {
        service_id: current_capacities(capacities, now, lasts, settings.timezone)
        for service_id, capacities in said.items()
    }
    return {service_id: known for service_id, known in current.items() if known}
