"""Keeping listings true: reports, checks, suggestions, and how far a listing can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

DUE_AFTER_DAYS = 300  # ten months: so that a check is done before a year is over
OVERDUE_AFTER_DAYS = 365
_NEVER_CHECKED_DAYS = 3 * OVERDUE_AFTER_DAYS
LONGEST_WORDS = 500
TRIES_BEFORE_INACTIVE = 3


class ReportKind(StrEnum):
    """What is wrong, as somebody says who was there or called."""

    PHONE = "phone"
    CLOSED = "closed"
    HOURS = "hours"
    PLACE = "place"
    RULES = "rules"
    REFUSED = "refused"
    OTHER = "other"


class ReportStatus(StrEnum):
    """Where a report or a suggestion stands."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


class TryHow(StrEnum):
    """How staff asked."""

    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    VISIT = "visit"


class TryResult(StrEnum):
    """What came of asking."""

    RIGHT = "right"
    CHANGED = "changed"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    ASKED_TO_WAIT = "asked-to-wait"
    GONE = "gone"


class Age(StrEnum):
    """How old the last check is."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """That something is wrong with a service; it says nothing about who found it."""

    id: str
    service_id: str
    kind: ReportKind
    words: str
    reported_on: date
    status: ReportStatus = ReportStatus.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationTry:
    """That staff asked whether a listing is right; ``by`` is a name."""

    tried_at: datetime
    how: TryHow
    result: TryResult
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A change that a provider asks for. ``field`` may be ``hours`` or ``phone``."""

    id: str
    answer_id: str
    kind: str
    record_id: str
    field: str
    before: str
    after: str
    status: ReportStatus
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLine:
    """A service in the queue of checks.

    Attributes:
        opened: how often its page was opened in the last three months.
        reports, suggestions: how many wait.
        tries: since it was last found right.
    """

    service_id: str
    name: str
    organization: str
    checked_on: date | None
    age: Age
    opened: int = 0
    reports: int = 0
    suggestions: int = 0
    tries: int = 0
    urgency: float = 0.0


def age_of(checked_on: date | None, today: date) -> Age:
    """How old a check is."""
    if checked_on is None:
        return Age.NEVER
    days = (today - checked_on).days
    if days > OVERDUE_AFTER_DAYS:
        return Age.OVERDUE
    return Age.DUE if days > DUE_AFTER_DAYS else Age.FRESH


def urgency(checked_on: date | None, today: date, opened: int, reports: int) -> float:
    """How much a check is needed: old × used × said to be wrong.

    A listing that nobody opens still comes up when it is old; twice as many people who open it
    count as much as one year more in ten. A report weighs as much as two years, and more when
    several say so.
    """
    days = _NEVER_CHECKED_DAYS if checked_on is None else max((today - checked_on).days, 0)
    stale = min(days, _NEVER_CHECKED_DAYS) / OVERDUE_AFTER_DAYS
    used = 1 + 0.3 * math.log2(1 + opened)
    return (stale + 2 * min(reports, 3)) * used
