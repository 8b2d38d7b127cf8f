"""Values of verification: reports, contacts, check ages, suggestions, lines of the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

MAX_REPORT_LENGTH = 500
TRIES_BEFORE_INACTIVE = 3


class ReportKind(StrEnum):
    """What is wrong with a listing, as reported."""

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


class ContactMethod(StrEnum):
    """How staff contacted the provider."""

    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    VISIT = "visit"


class ContactResult(StrEnum):
    """Result of a contact."""

    RIGHT = "right"
    CHANGED = "changed"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    ASKED_TO_WAIT = "asked-to-wait"
    GONE = "gone"


class MailStatus(StrEnum):
    """Where a mail to a provider stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"
    SKIPPED = "skipped"
    NO_ADDRESS = "no-address"


class WebsiteResult(StrEnum):
    """What came of asking a website."""

    ANSWERS = "answers"
    GONE = "gone"
    FAULT = "fault"
    NO_ANSWER = "no-answer"
    NO_NAME = "no-name"
    BAD_CERTIFICATE = "bad-certificate"
    NOT_ASKED = "not-asked"


class CheckAge(StrEnum):
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
    how: ContactMethod
    result: ContactResult
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
class CheckLine:
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
    age: CheckAge
    opened: int = 0
    reports: int = 0
    suggestions: int = 0
    tries: int = 0
    urgency: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteState:
    """What is known of a website that did not answer, several times in a row.

    Attributes:
        since: the day on which it first did not answer.
    """

    result: WebsiteResult
    since: date
