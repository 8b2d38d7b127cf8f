"""Priority of checks: reported wrong, never checked and opened, then age of the check and use."""

from __future__ import annotations

import math
from datetime import date

from referral.verification.records import CheckAge, CheckLine

DUE_AFTER_DAYS = 300  # ten months: so that a check is done before a year is over
OVERDUE_AFTER_DAYS = 365
_NEVER_CHECKED_DAYS = 3 * OVERDUE_AFTER_DAYS


def check_age(checked_on: date | None, today: date) -> CheckAge:
    """Age class of the last check."""
    if checked_on is None:
        return CheckAge.NEVER
    days = (today - checked_on).days
    if days > OVERDUE_AFTER_DAYS:
        return CheckAge.OVERDUE
    return CheckAge.DUE if days > DUE_AFTER_DAYS else CheckAge.FRESH


def urgency(checked_on: date | None, today: date, opened: int, reports: int) -> float:
    """Priority of a check: age × use × reports.

    A listing that nobody opens still comes up when it is old; twice as many people who open it
    count as much as one year more in ten. A report weighs as much as two years, and more when
    several say so.
    """
    days = _NEVER_CHECKED_DAYS if checked_on is None else max((today - checked_on).days, 0)
    stale = min(days, _NEVER_CHECKED_DAYS) / OVERDUE_AFTER_DAYS
    used = 1 + 0.3 * math.log2(1 + opened)
    return (stale + 2 * min(reports, 3)) * used


def check_order(line: CheckLine) -> tuple[int, float, int, str, str]:
    """Place in the queue: reported or answered, never checked but opened, the rest by urgency."""
    said = line.reports + min(line.suggestions, 1)
    if said:
        rank, weight = 0, float(said)
    elif line.age is CheckAge.NEVER and line.opened:
        rank, weight = 1, float(line.opened)
    else:
        rank, weight = 2, line.urgency
    return (rank, -weight, -line.opened, line.name.casefold(), line.service_id)
