"""Times at which a person may call: the first hour of opening on each of the next days."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from referral.directory.view_models import HoursBlock, ServicePage
from referral.records.schedules.opening_hours import (
    is_open_all_day,
    may_differ_on,
    minutes_open_from,
)

_DAYS_AHEAD = 35  # a day of the month comes back within five weeks
_ONE_DAY = timedelta(days=1)
_EARLIEST = 8 * 60  # minutes after midnight; nobody wants an alarm earlier
_OPEN_ALWAYS = 9 * 60


def call_times(
    listing: ServicePage, now: datetime, own_holidays: Container[date] = ()
) -> Iterator[datetime]:
    """When to call, on each open day from now on, as aware local times.

    None where there is no number, the hours are not known, or it is closed for now; days on which
    hours are not sure are left out.

    Args:
        listing: the service.
        now: an aware moment.
        own_holidays: days of the library's own list, beside the federal holidays.
    """
    hours = listing.hours
    if listing.phone is None or listing.service.status == "temporarily closed" or not hours.zone:
        return
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD):
        day = today + ahead * _ONE_DAY
        minute = _minute_to_call(hours, day, own_holidays)
        if minute is None:
            continue
        moment = datetime.combine(day, time(*divmod(minute, 60)), zone)
        if moment > now:
            yield moment


def _minute_to_call(hours: HoursBlock, day: date, own_holidays: Container[date]) -> int | None:
    """Minutes after midnight; None where it is closed on that day, or that is not sure."""
    if hours.always and is_open_all_day(hours.schedules, day):
        return _OPEN_ALWAYS
    if may_differ_on(hours.schedules, day, own_holidays):
        return None
    for opens, closes in minutes_open_from(hours.schedules, day):
        if closes > _EARLIEST:
            return max(opens, _EARLIEST)
    return None
