"""Values of webhooks: what is known of one, how a call ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CallOutcome(StrEnum):
    """How a call ended."""

    NONE = ""
    TAKEN = "taken"
    REFUSED_ADDRESS = "refused-address"  # in a private network, or without https
    BAD_CERTIFICATE = "bad-certificate"
    NO_ANSWER = "no-answer"
    MOVED = "moved"  # redirects are not followed
    FAULT = "fault"  # any other status
    GONE = "gone"  # 410: they do not want it any more


@dataclass(frozen=True, slots=True)
class CallResult:
    """How a call ended, with the status of HTTP; 0 where there was none."""

    outcome: CallOutcome
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is called.

    Attributes:
        last: how the last call ended.
        tried_at: when that was.
        told_at: when a call was last taken.
        failing_since: since when none was.
        next_at: when the next call may come; ``None`` for at once.
        ended_at: when it was turned off by itself.
    """

    id: str
    name: str
    url: str
    is_on: bool
    last: CallResult
    tried_at: datetime | None
    told_at: datetime | None
    failing_since: datetime | None
    next_at: datetime | None
    ended_at: datetime | None
