"""Calendar files (iCalendar, RFC 5545): opening hours.

Times carry the zone of the place (``TZID`` with a ``VTIMEZONE``), as on the sign at the door: a
floating time would move with a person who crosses into another zone. Events end after half a year,
since nobody tells a calendar that a list has changed, and skip the days on which hours are not
sure. They are private and do not make anybody busy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from flask_babel import gettext

from referral.directory.view_models import HoursBlock, ServicePage, Site
from referral.patron.web.listing_texts import (
    checked_line,
    phone_text,
    place_text,
    service_link,
    source_line,
)
from referral.records.schedules.opening_hours import may_differ_on
from referral.records.schedules.opening_series import OpeningSeries, opening_series
from referral.web.current import current_directory, current_settings, public_address
from referral.web.translated_text import full_name_text

AHEAD = timedelta(days=182)
_PRODUCT = "-//Referral//Referral//EN"


def hours_calendar(listings: Iterable[ServicePage]) -> bytes:
    """The opening hours of services for half a year, as recurring events."""
    # Imported here: it takes a tenth of a second, and only a download asks.
    from icalendar import Calendar  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for listing in listings:
        for event in _hours_events(listing):
            calendar.add_component(event)
    today = current_directory().now().date()
    calendar.add_missing_timezones(today - timedelta(days=366), today + 2 * AHEAD)
    return bytes(calendar.to_ical())


def timetables(listing: ServicePage) -> Iterator[tuple[HoursBlock, Site | None]]:
    """The known hours of a service, with their place; those of a chosen place only.

    What is open day and night needs no calendar, and what is closed for now has no hours.
    """
    if listing.service.status == "temporarily closed":
        return
    is_one = len(listing.sites) == 1 or listing.is_place_chosen
    only = listing.sites[0] if is_one else None
    pairs: list[tuple[HoursBlock, Site | None]] = [(listing.hours, only)]
    if not (is_one or listing.has_same_hours):
        pairs = [(site.hours, site) for site in listing.sites]
    yield from ((hours, site) for hours, site in pairs if hours.schedules and not hours.always)


def _hours_events(listing: ServicePage) -> Iterator[Any]:
    own_holidays = current_settings().holidays
    for hours, site in timetables(listing):
        today = current_directory().now().astimezone(ZoneInfo(hours.zone)).date()

        def is_unsure(day: date, hours: HoursBlock = hours) -> bool:
            return may_differ_on(hours.schedules, day, own_holidays)

        for series in opening_series(hours.schedules, today, today + AHEAD, is_unsure):
            yield _hours_event(listing, hours, site, series)


def _hours_event(
    listing: ServicePage, hours: HoursBlock, site: Site | None, series: OpeningSeries
) -> Any:
    """An event whose ``uid`` is that of an earlier download, which it replaces."""
    from icalendar import Event  # noqa: PLC0415  # as above

    opens, closes = series.span
    zone = ZoneInfo(hours.zone)
    place = site.location.id if site else ""
    kind = f"{place} {series.span} {series.freq} {series.byday} {series.days[0]}"
    of_building = gettext("The building’s hours. Ask if this service has the same.")
    lines = [
        phone_text(listing),
        of_building if hours.is_of_building else "",
        gettext("Hours may differ on a holiday. Call first."),
        checked_line(listing),
        service_link(listing),
        source_line(),
    ]
    event = Event()
    host = urlsplit(public_address()).hostname or "localhost"
    event.add("uid", f"{uuid5(UUID(listing.service.id), kind)}@{host}")
    event.add("dtstamp", current_directory().now())
    event.add("summary", gettext("Open: %(name)s", name=full_name_text(listing)))
    event.add("description", "\n".join(filter(None, lines)))
    event.add("url", service_link(listing))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", _wall_time(series.days[0], opens, zone))
    event.add("dtend", _wall_time(series.days[0], closes, zone))
    if site:
        event.add("location", place_text(site))
    if series.freq:
        until = _wall_time(series.days[-1], opens, zone).astimezone(ZoneInfo("UTC"))
        rule = {"freq": series.freq, "byday": list(series.byday), "until": until}
        event.add("rrule", rule | ({"interval": series.interval} if series.interval > 1 else {}))
    if series.skipped:
        event.add("exdate", [_wall_time(day, opens, zone) for day in series.skipped])
    return event


def _wall_time(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes after midnight on the clock, which may be on the next day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone)
