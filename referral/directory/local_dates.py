"""The day and the month it is where the library is."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from referral.directory.directory import Directory


def local_today(directory: Directory) -> date:
    """The present day."""
    return directory.now().astimezone(ZoneInfo(directory.settings.timezone)).date()


def local_month(directory: Directory) -> str:
    """The present month, as in ``2026-11``."""
    return local_today(directory).strftime("%Y-%m")
