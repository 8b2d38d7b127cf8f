"""The library's reference desk: how to ask a librarian, as the settings say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from referral.directory.cards import hours_block
from referral.directory.view_models import HoursBlock
from referral.fields.hours_parser import parse_hours
from referral.fields.phones import parse_phone
from referral.records.directory import Phone, Schedule
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.settings import Settings

_ID = "reference-desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDesk:
    """How to reach a librarian; ``place`` and ``email`` are "" and ``phone`` None where not set."""

    phone: Phone | None = None
    email: str = ""
    place: str = ""
    hours: HoursBlock = field(default_factory=HoursBlock)


def reference_desk(settings: Settings, moment: datetime) -> ReferenceDesk | None:
    """The desk with its hours as of an aware moment; None where no way to reach it is set."""
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
    """Hours that are understood as rules, others as the words they are."""
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
