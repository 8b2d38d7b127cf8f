"""Values of verification: reports, contacts, check ages, suggestions, lines of the check queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

MAX_REPORT_LENGTH = 500
TRIES_BEFORE_INACTIVE = 3


class ReportKind(StrEnum):
    """The kind of problem in a listing that a patron's report names."""

    PHONE = "phone"
    CLOSED = "closed"
    HOURS = "hours"
    PLACE = "place"
    RULES = "rules"
    REFUSED = "refused"
    OTHER = "other"


class ReportStatus(StrEnum):
    """The status of a problem report or of a provider's suggestion."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


class ContactMethod(StrEnum):
    """How staff contacted a provider to check its listing."""

    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    VISIT = "visit"


class ContactResult(StrEnum):
    """The result of contacting a provider to check its listing."""

    RIGHT = "right"
    CHANGED = "changed"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    ASKED_TO_WAIT = "asked-to-wait"
    GONE = "gone"


class MailStatus(StrEnum):
    """The status of a mail that requests confirmation from a provider."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"
    SKIPPED = "skipped"
    NO_ADDRESS = "no-address"


class WebsiteResult(StrEnum):
    """The result of checking whether the website of a listing answers."""

    ANSWERS = "answers"
    GONE = "gone"
    FAULT = "fault"
    NO_ANSWER = "no-answer"
    NO_NAME = "no-name"
    BAD_CERTIFICATE = "bad-certificate"
    NOT_ASKED = "not-asked"


class CheckAge(StrEnum):
    """A class of how long ago the listing of a service was last checked."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that something is wrong with a service's listing, without its sender."""

    id: str
    service_id: str
    kind: ReportKind
    words: str
    reported_on: date
    status: ReportStatus = ReportStatus.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationTry:
    """A contact with a provider to verify a listing. ``by`` is the name of the staff member."""

    tried_at: datetime
    how: ContactMethod
    result: ContactResult
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A change to one field of a record that its provider suggested.

    Attributes:
        kind: kind of the record.
        field: a column of the record, ``hours``, ``phone`` for a new phone, or ``confirmed`` if
            the provider changed nothing.
    """

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
    """A service in the queue of listings to check.

    Attributes:
        opened: page views in this month and the two before.
        reports: count of open problem reports.
        suggestions: count of open suggestions of the organization.
        tries: count of contacts since the listing was last confirmed or corrected.
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
    """The last result of a website whose checks failed several times in a row.

    Attributes:
        since: the day of the first of these failures.
    """

    result: WebsiteResult
    since: date
