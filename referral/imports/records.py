"""Values of imports: batch states, source rules, decisions, and what the review pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from referral.fields.text_diff import Piece
from referral.formats import FORMATS
from referral.imports.fidelity import Fidelity
from referral.jobs.job_queue import Job
from referral.jobs.progress import Progress
from referral.message import Message
from referral.records.page import Page
from referral.store.undo import KeptChange

FORMAT_NAMES = tuple(FORMATS)
"""Formats that can be read, as ``--format`` names them."""
PUT_ASIDE = "put-aside"
"""The format of an import of cells that an earlier one put aside."""


class BatchState(StrEnum):
    """How far an import has come."""

    UPLOADED = "uploaded"  # waits to be read
    READING = "reading"
    MAPPING = "mapping"  # waits for somebody to say what its columns hold
    READY = "ready"  # waits for somebody to decide
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"
    FAILED = "failed"  # cannot be read


# A later list of the same source waits while one of these is before it.
OPEN_STATES = frozenset(
    {
        BatchState.UPLOADED,
        BatchState.READING,
        BatchState.MAPPING,
        BatchState.READY,
        BatchState.APPLYING,
    }
)


class ChangeAction(StrEnum):
    """What an import does to a record."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


class Tab(StrEnum):
    """What a listing of the review is shown under; ``HELD`` and ``CONFLICTS`` cut across."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNCHANGED = "unchanged"
    HELD = "held"
    CONFLICTS = "conflicts"


class Decision(StrEnum):
    """What somebody says to a change. To a conflict: accept takes the list's, leave keeps ours."""

    ACCEPT = "accept"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """How lists of one source are taken.

    Attributes:
        name: the source.
        is_authority: a blank cell empties a field that is filled; else it leaves it.
        trusted_kinds: kinds of records in which the list wins over edits by hand, unasked.
        mapping: which column is which field, as ``importing`` keeps it; empty for known formats.
        contact_note: whom to ask about the list.
    """

    name: str
    is_authority: bool = False
    trusted_kinds: frozenset[str] = frozenset()
    mapping: Mapping[str, Any] = field(default_factory=dict)
    contact_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """One line in the list of imports."""

    id: str
    source: str
    list_name: str
    state: BatchState
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about a list that a person confirms or not, by its code."""

    code: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """The page of one import.

    Attributes:
        tallies: how many listings are under each tab.
        accepted: how many listings would change if it were applied now.
        problems: severity → how many.
        job: the last work on it; None for what the command line imported.
        waits_for: the list of the same source that must be settled first.
        doubts: why the list as a whole may be read wrongly or cut short.
        fidelity: what became of its cells; empty when its upload was erased.
        kept: records that applying or undoing left as they were edited.
    """

    line: BatchSummary
    format: str
    why: Message
    message: Message
    tallies: Mapping[Tab, int]
    accepted: int
    problems: Mapping[str, int]
    job: Job | None
    progress: Progress
    waits_for: BatchSummary | None
    doubts: tuple[Doubt, ...]
    fidelity: Fidelity
    has_upload: bool
    kept: tuple[KeptRecord, ...]

    @property
    def state(self) -> BatchState:
        """How far it has come."""
        return self.line.state

    @property
    def is_working(self) -> bool:
        """Whether the page changes by itself."""
        return self.job is not None and self.job.is_open and not self.job.is_stalled


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record kept as it was edited, with its name; "" where that may not be shown."""

    change: KeptChange
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field of a changed record, old and new side by side."""

    name: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    is_conflict: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A changed record of a listing; without values where they may not be shown."""

    key: str
    kind: str
    action: ChangeAction
    file: str
    line: int
    is_masked: bool
    is_held: bool
    comes_back: bool
    is_accepted: bool
    values: tuple[tuple[str, Any], ...]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """A listing with all that the list changes about it; no title where it may not be shown."""

    number: int
    kind: str
    title: str
    subtitle: str
    tab: Tab
    is_held: bool
    is_accepted: bool
    conflicts: int
    takes_conflicts: bool
    changes: tuple[RecordChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A page of the listings under one tab."""

    tab: Tab
    listings: Page[ReviewItem]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Problems of one kind, with one of them to read."""

    code: str
    severity: str
    count: int
    example: Message
