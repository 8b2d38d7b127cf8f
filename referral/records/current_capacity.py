"""Which capacities count now: what was said of them ends by itself.

``ServiceCapacity.available`` is true for a few hours only. After that nobody knows: it is neither
shown as room nor as full.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from referral.records.directory import ServiceCapacity

UNITS = ("Places", "Beds", "Rooms", "Meals", "Appointments")
"""What staff and providers count here, as the name of the HSDS unit."""
CAPACITY_LASTS = timedelta(hours=24)
"""How long what was said holds."""
_CLOCK_DIFFERENCE = timedelta(minutes=5)  # between the machine that said it and this one


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentCapacity:
    """How much of something is free now, by what was said last.

    Attributes:
        unit: the name of what is counted, "" when that was not said.
        said_at: aware.
    """

    unit: str
    available: float
    said_at: datetime
    maximum: float | None = None
    description: str = ""

    @property
    def has_room(self) -> bool:
        """Whether any is free."""
        return self.available > 0


def said_at(text: str, zone: str) -> datetime | None:
    """The instant of ``updated``, an ISO instant or the beginning of an ISO day; else None.

    Args:
        zone: IANA zone of a time without an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        return None


def current_capacities(
    capacities: Iterable[ServiceCapacity], now: datetime, zone: str
) -> tuple[CurrentCapacity, ...]:
    """What holds now, the latest of each unit, in the order of the capacities."""
    found: dict[str, CurrentCapacity] = {}
    for each in capacities:
        moment = said_at(each.updated, zone)
        if each.available is None or moment is None:
            continue
        if not now - CAPACITY_LASTS < moment <= now + _CLOCK_DIFFERENCE:
            continue
        unit = each.unit.strip().casefold()
        known = found.get(unit)
        if known is None or known.said_at <= moment:
            found[unit] = CurrentCapacity(
                unit=each.unit.strip(),
                available=each.available,
                said_at=moment,
                maximum=each.maximum,
                description=each.description,
            )
    return tuple(found.values())


def has_room(capacities: Iterable[CurrentCapacity]) -> bool:
    """Whether anything is free."""
    return any(each.has_room for each in capacities)
