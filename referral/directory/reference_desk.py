"""The library's reference desk: how to reach a librarian, from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from referral.directory.cards import hours_block
from referral.directory.view_models import HoursBlock
from referral.fields.hours_parser import parse_hours
from referral.fields.phones import parse_phone
from referral.records.hsds import Phone, Schedule
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.settings import Settings

_ID = "reference-desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDesk:
    """The ways to reach a librarian; ``place`` and ``email`` are "", ``phone`` None if not set."""

    phone: Phone | None = None
    email: str = ""
    place: str = ""
    hours: HoursBlock = field(default_factory=HoursBlock)


def reference_desk(settings: Settings, moment: datetime) -> ReferenceDesk | None:
    """Return the reference desk with its hours at an aware moment; None if it cannot be reached."""
    number = parse_phone(settings.ask_phone, settings.area_code)
    if not (number or settings.ask_email or settings.ask_place):
        return None
    phone = (
        Phone(id=_ID, number=number.number, extension=number.extension, tel=number.tel)
        if number
        else None
    )
    hours = HoursInEffect(_schedules_of(settings.ask_hours))
    return ReferenceDesk(
        phone=phone,
        email=settings.ask_email,
        place=settings.ask_place,
        hours=hours_block(hours, moment, settings.timezone),
    )


@lru_cache(maxsize=4)
def _schedules_of(text: str) -> tuple[Schedule, ...]:
    """Parse the hours of the desk; hours that cannot be parsed become a schedule in words."""
    if not text:
        return ()
    parts = parse_hours(text)
    if parts is None:
        return (Schedule(id=_ID, description=text),)
    return tuple(
        Schedule(
            id=f"{_ID}-{number}",
            freq=part.freq,
            byday=part.byday,
            opens_at=part.opens_at,
            closes_at=part.closes_at,
            closed=part.closed,
        )
        for number, part in enumerate(parts)
    )
