"""Texts about room: how much is free, and when somebody said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext, lazy_gettext, ngettext

from referral.directory.context import local_today
from referral.records.current_capacity import CurrentCapacity
from referral.web.current import current_directory, current_settings
from referral.web.formatting import format_clock, format_date

_COUNTED: Mapping[str, Callable[[int], str]] = {
    "place": lambda count: ngettext("%(num)s place", "%(num)s places", count),
    "bed": lambda count: ngettext("%(num)s bed", "%(num)s beds", count),
    "room": lambda count: ngettext("%(num)s room", "%(num)s rooms", count),
    "meal": lambda count: ngettext("%(num)s meal", "%(num)s meals", count),
    "appointment": lambda count: ngettext("%(num)s appointment", "%(num)s appointments", count),
}
_NONE_FREE = {
    "place": lazy_gettext("Full"),
    "bed": lazy_gettext("No beds free"),
    "room": lazy_gettext("No rooms free"),
    "meal": lazy_gettext("No meals left"),
    "appointment": lazy_gettext("No appointments free"),
}
UNIT_LABELS = {
    "Places": lazy_gettext("Places"),
    "Beds": lazy_gettext("Beds"),
    "Rooms": lazy_gettext("Rooms"),
    "Meals": lazy_gettext("Meals"),
    "Appointments": lazy_gettext("Appointments"),
}


def init_app(app: Flask) -> None:
    """Offer these words to the templates."""
    app.jinja_env.filters.update(
        free_now=free_now, is_counted_here=is_counted_here, said_when=said_when
    )


def is_counted_here(capacity: CurrentCapacity) -> bool:
    """Whether the unit is one for which there are words of ours."""
    return _key(capacity.unit) in _COUNTED


def free_now(capacity: CurrentCapacity) -> str:
    """``4 beds``, ``No beds free``; ``3 of 12 free`` for a unit of somebody else."""
    free, most, key = capacity.available, capacity.maximum, _key(capacity.unit)
    if not capacity.has_room:
        return str(_NONE_FREE.get(key) or gettext("None free"))
    if key in _COUNTED and free == int(free):
        return str(_COUNTED[key](int(free)))
    if most is not None and free <= most:
        return str(gettext("%(free)s of %(most)s free", free=f"{free:g}", most=f"{most:g}"))
    return str(gettext("%(free)s free", free=f"{free:g}"))


def said_when(instant: datetime) -> str:
    """``said at 4 pm today``, by the clock of the library."""
    local = instant.astimezone(ZoneInfo(current_settings().timezone))
    clock, day = format_clock(local.strftime("%H:%M")), local.date()
    today = local_today(current_directory())
    if day == today:
        return str(gettext("said at %(time)s today", time=clock))
    if day == today - timedelta(days=1):
        return str(gettext("said at %(time)s yesterday", time=clock))
    return str(gettext("said at %(time)s on %(day)s", time=clock, day=format_date(day)))


def _key(unit: str) -> str:
    return unit.strip().casefold().removesuffix("s")
