"""Values of followed sources: their kinds, settings, state and removals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from referral.message import NOTHING, Message

SHOWN_REMOVALS = timedelta(days=7)
"""How long staff see the services that lists removed without review."""


class SourceKind(StrEnum):
    """The way in which a followed source provides its lists: file, API, feed or folder."""

    REFERRAL = "referral"  # the feed of changes of another Referral
    HSDS_API = "hsds-api"  # HSDS 3, and Open Referral UK
    FILE = "file"  # one web address of the whole list
    FOLDER = "folder"  # where a partner puts files, on this server


def usual_hours(kind: SourceKind) -> int:
    """Return the default hours between pulls of a source.

    A feed is cheap, since it costs one request.
    """
    return 1 if kind is SourceKind.REFERRAL else 24


class PullOutcome(StrEnum):
    """The outcome of a followed source's last pull.

    The last three are derived from its import and never stored.
    """

    NONE = ""
    NOTHING_NEW = "nothing-new"
    STAGED = "staged"  # its list waits to be read or reviewed
    APPLIED = "applied"
    FAILED = "failed"
    READING = "reading"
    TAKEN = "taken"
    NOT_KEPT = "not-kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceForm:
    """The settings of a followed source that an admin enters.

    Attributes:
        name: name of the source list in imports.
        address: a web address; the name of a folder below the one of the settings.
        is_together: whether all files of the folder form one list, not only the newest.
        small_changes: groups of changes that apply without review.
        publisher, licence, contact: the credit on pages and in exports.
        is_handed_on: whether its records may be in our exports and API.
    """

    name: str
    kind: SourceKind
    address: str
    is_on: bool = False
    every_hours: int = 24
    format: str = "auto"
    is_together: bool = False
    small_changes: frozenset[str] = frozenset()
    publisher: str = ""
    licence: str = ""
    contact: str = ""
    is_handed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedSource:
    """A followed source and the state of its pulls.

    Attributes:
        batch_id: the import of the last pull; "" before the first.
        failures: pulls that failed in a row.
        is_looking: a pull is queued or running, or its list is being read.
    """

    id: str
    settings: SourceForm
    batch_id: str = ""
    outcome: PullOutcome = PullOutcome.NONE
    message: Message = NOTHING
    failures: int = 0
    pulled_at: datetime | None = None
    whole_at: datetime | None = None
    next_at: datetime | None = None
    is_looking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedService:
    """A service that a followed list removed; ``batch_id`` is the import that did it.

    Attributes:
        place: the removed location, if only it was removed; the service, of another list, stays.
    """

    service_id: str
    name: str
    organization: str
    source: str
    gone_at: datetime
    batch_id: str
    place: str = ""
