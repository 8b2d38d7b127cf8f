"""Follow-up, only with permission: shapes and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ContactKind(StrEnum):
    """How a person wants to be reached."""

    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    AT_DESK = "at_desk"  # comes back: there is nothing to keep


class FollowUpStatus(StrEnum):
    """Where a follow-up stands."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"  # tried, not reached
    FORGOTTEN = "forgotten"  # the person asked, or its day came


class TryResult(StrEnum):
    """How one try to reach the person ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_WORD = "left_word"  # asked to call the library back, without saying why
    WRONG_CONTACT = "wrong_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpTry:
    """One try."""

    tried_at: datetime
    result: TryResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A follow-up that a person agreed to.

    Attributes:
        contact_kind: None once erased.
        erase_on: the day on which how to reach the person is erased.
    """

    id: str
    inquiry_id: str
    status: FollowUpStatus
    permitted_at: datetime
    due_on: date
    erase_on: date
    contact_kind: ContactKind | None = None
    tries: tuple[FollowUpTry, ...] = ()

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed and nobody has finished it."""
        return self.status is FollowUpStatus.WAITING and self.due_on < today
