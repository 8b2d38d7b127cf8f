"""Schedules as a page shows them at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from referral.directory.pages import HoursBlock
from referral.fields.places.lookup import find_zip
from referral.records.directory import Schedule
from referral.records.listing import ListingSite
from referral.records.schedules import opening


def hours_block(schedules: Sequence[Schedule], moment: datetime, zone: str) -> HoursBlock:
    """The hours of one place or service; ``moment`` is aware, ``zone`` an IANA name."""
    if not schedules:
        return HoursBlock()
    today = moment.astimezone(ZoneInfo(zone)).date()
    is_open, next_opening = opening.state_at(schedules, moment, zone)
    return HoursBlock(
        week=opening.usual_week(schedules, today),
        others=opening.other_rules(schedules, today),
        is_open=is_open,
        next_opening=next_opening,
        always=opening.is_always_open(schedules, today),
    )


def zone_of(site: ListingSite | None, default: str) -> str:
    """The time zone of a place, by its ZIP code."""
    place = find_zip(site.zip_code) if site else None
    return (place.timezone if place else "") or default
