"""Hours in effect for a service at a location: the rule about which schedules count.

The hours of the service at the location count, else the service's own, else those of the location,
which pages call the building's. Index, pages, print and readable exports all use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from referral.records.hsds import Schedule
from referral.records.schedules.recurrence import has_recurrence

# A schedule without any of these fields states nothing.
_STATING_FIELDS = (
    "valid_from", "valid_to", "dtstart", "until", "byday", "byweekno", "bymonthday", "byyearday",
    "opens_at", "closes_at", "closed", "description", "notes",
)  # fmt: skip


class HoursLevel(StrEnum):
    """The kind of record that a schedule belongs to, by its HSDS name."""

    SERVICE_AT_LOCATION = "service_at_location"
    SERVICE = "service"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class HoursInEffect:
    """The schedules that count for a service at a location.

    Attributes:
        level: the level that the hours are from; None when no level states any.
        events: events of the service, which are not opening hours.
    """

    schedules: tuple[Schedule, ...] = ()
    level: HoursLevel | None = None
    events: tuple[Schedule, ...] = ()

    @property
    def is_of_building(self) -> bool:
        """Return whether the hours are those of the location, as the service states none."""
        return self.level is HoursLevel.LOCATION


def level_of(schedule: Schedule) -> HoursLevel:
    """Return the level of a schedule; one with service and location is of the service there."""
    if schedule.service_at_location_id or (schedule.service_id and schedule.location_id):
        return HoursLevel.SERVICE_AT_LOCATION
    return HoursLevel.SERVICE if schedule.service_id else HoursLevel.LOCATION


def hours_in_effect(
    at_location: Sequence[Schedule], own: Sequence[Schedule], location: Sequence[Schedule]
) -> HoursInEffect:
    """Return the hours of the narrowest level that states any.

    Text that could not be parsed counts as a statement, and so do hours that have ended: the hours
    of the next level would contradict the list. A level with only closures restricts the hours of
    the next. Dated closures of wider levels count too, unless a narrower level has hours for these
    dates. Events are returned separately; those of a location are not events of its services.

    Args:
        at_location: schedules of the service at this location.
        own: schedules of the service itself.
        location: schedules of the location.
    """
    in_effect: list[Schedule] = []
    level: HoursLevel | None = None
    for own_level, schedules in zip(HoursLevel, (at_location, own, location), strict=True):
        statements = [
            schedule for schedule in schedules if _is_statement(schedule) and not schedule.is_event
        ]
        if level is None:
            in_effect += statements
            level = own_level if any(not _is_closure(schedule) for schedule in statements) else None
        else:
            in_effect += [
                schedule for schedule in statements if _adds_to_narrower(schedule, in_effect)
            ]
    events = tuple(schedule for schedule in (*at_location, *own) if schedule.is_event)
    return HoursInEffect(tuple(in_effect), level, events)


def states_hours(schedules: Iterable[Schedule]) -> bool:
    """Return whether there are schedules that are not events."""
    return any(not schedule.is_event for schedule in schedules)


def _is_statement(schedule: Schedule) -> bool:
    return any(getattr(schedule, name) for name in _STATING_FIELDS)


def _is_closure(schedule: Schedule) -> bool:
    """Return whether a schedule is closed on known days; without days it counts as text."""
    return schedule.closed and (has_recurrence(schedule) or _dates_of(schedule) is not None)


def _adds_to_narrower(closure: Schedule, narrower: Iterable[Schedule]) -> bool:
    """Return whether a closure of a wider level adds to the hours of narrower levels."""
    dates = _dates_of(closure) if closure.closed else None
    if dates is None:
        return False
    first, last = dates
    special_dates = filter(None, map(_dates_of, filter(_has_only_dates, narrower)))
    return not any(begins <= first and last <= ends for begins, ends in special_dates)


def _has_only_dates(schedule: Schedule) -> bool:
    """Return whether a schedule has hours for dates only, without a rule."""
    return bool(schedule.opens_at and not schedule.closed and not has_recurrence(schedule))


def _dates_of(schedule: Schedule) -> tuple[date, date] | None:
    """Return the first and last day of a schedule; None without a first day."""
    first_day = schedule.valid_from or schedule.dtstart
    last_day = schedule.valid_to or schedule.until
    return (first_day, last_day or date.max) if first_day else None
