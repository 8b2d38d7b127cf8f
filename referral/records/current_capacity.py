"""Selection of capacities that are still current: each statement expires after 24 hours.

An expired capacity is unknown, and shown neither as room nor as full.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from referral.records.hsds import ServiceCapacity

UNITS = ("Places", "Beds", "Rooms", "Meals", "Appointments")
"""Names of the HSDS units in which staff and providers count capacity."""
CAPACITY_LASTS = timedelta(hours=24)
"""How long a statement of capacity is valid."""
_CLOCK_DIFFERENCE = timedelta(minutes=5)  # allowed between the sender's clock and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentCapacity:
    """The capacity of a service in one unit, by the latest statement.

    Attributes:
        unit: the name of what is counted, "" when not given.
        said_at: the aware instant of the statement.
    """

    unit: str
    available: float
    said_at: datetime
    maximum: float | None = None
    description: str = ""

    @property
    def has_room(self) -> bool:
        """Return whether the capacity has anything free."""
        return self.available > 0


def parse_updated(text: str, zone: str) -> datetime | None:
    """Parse ``ServiceCapacity.updated``, an ISO date or time, as an aware instant, or None.

    Args:
        zone: IANA time zone for text without an offset; a date is its first instant.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        return None


def current_capacities(
    capacities: Iterable[ServiceCapacity], now: datetime, zone: str
) -> tuple[CurrentCapacity, ...]:
    """Return the capacities that are current now, the latest for each unit, in given order."""
    latest_by_unit: dict[str, CurrentCapacity] = {}
    for capacity in capacities:
        moment = parse_updated(capacity.updated, zone)
        if capacity.available is None or moment is None:
            continue
        if not now - CAPACITY_LASTS < moment <= now + _CLOCK_DIFFERENCE:
            continue
        unit = capacity.unit.strip().casefold()
        latest = latest_by_unit.get(unit)
        if latest is None or latest.said_at <= moment:
            latest_by_unit[unit] = CurrentCapacity(
                unit=capacity.unit.strip(),
                available=capacity.available,
                said_at=moment,
                maximum=capacity.maximum,
                description=capacity.description,
            )
    return tuple(latest_by_unit.values())


def has_room(capacities: Iterable[CurrentCapacity]) -> bool:
    """Return whether any capacity has something free."""
    return any(capacity.has_room for capacity in capacities)
