"""What the library says itself on top of what a list says: a note, hours, hidden here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum

from referral.fields.typed_hours import read_typed_hours
from referral.records.directory import Schedule
from referral.records.listing import Listing
from referral.records.schedules.hours_formatter import format_hours


class LocalField(StrEnum):
    """What can be said on top of a list."""

    NOTE = "note"
    HOURS = "hours"
    HIDDEN = "hidden"


def typed_schedules(text: str, service_id: str, today: date) -> tuple[Schedule, ...]:
    """Hours as typed, as schedules of the service; nothing where not all of them can be read."""
    typed = read_typed_hours(text, today)
    if not typed.is_whole:
        return ()
    return tuple(
        Schedule(id=f"{service_id}/{number}", service_id=service_id, **part.values())
        for number, part in enumerate(typed.parts)
    )


def with_local_hours(listing: Listing, schedules: tuple[Schedule, ...]) -> Listing:
    """The listing with these hours, at all of its places."""
    return replace(
        listing,
        schedules=schedules,
        sites=tuple(replace(site, schedules=(), location_schedules=()) for site in listing.sites),
        has_local_hours=True,
    )


def hours_text(listing: Listing) -> str:
    """The hours of a listing as text, a line for each rule, to be compared and to be read."""
    lines: dict[str, None] = {}
    for site in listing.sites or (None,):
        lines.update(dict.fromkeys(_lines(listing.hours_at(site).schedules)))
    return "\n".join(lines)


def _lines(schedules: Iterable[Schedule]) -> Iterable[str]:
    said, others = format_hours(schedules)
    yield from filter(None, said.splitlines())
    for each in others:
        yield each.description or each.notes or f"{each.byday} {each.opens_at}-{each.closes_at}"
