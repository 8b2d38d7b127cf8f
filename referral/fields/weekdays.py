"""Weekday codes of RFC 5545 and English names, Monday first."""

from __future__ import annotations

from collections.abc import Mapping

WEEKDAYS: Mapping[str, str] = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
    "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip
WEEKDAY_NAMES = tuple(WEEKDAYS.values())
