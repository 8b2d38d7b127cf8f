"""Events of a service: dated schedules that are not opening hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from referral.records.hsds import Schedule
from referral.records.schedules.recurrence import has_recurrence


def days_of_event(event: Schedule) -> tuple[date | None, date | None]:
    """Return the first and last day of an event; None where unknown or open-ended."""
    first = event.dtstart or event.valid_from
    last = event.until or event.valid_to
    return first, last or (None if has_recurrence(event) else first)


def upcoming_events(events: Iterable[Schedule], day: date) -> tuple[Schedule, ...]:
    """Return the events that are not over on a day, the earliest first."""
    dated = [(*days_of_event(event), event) for event in events]
    upcoming = [(first, event) for first, last, event in dated if last is None or last >= day]
    upcoming.sort(key=lambda pair: pair[0] or date.max)
    return tuple(event for _, event in upcoming)
