"""What pages about imports are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referral.fields.text_diff import Piece
from referral.imports.records import BatchState, ChangeAction, Tab
from referral.jobs.job_queue import Job
from referral.jobs.progress import Progress
from referral.message import Message
from referral.records.page import Page
from referral.store.undo import KeptChange


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """An import in a list of imports."""

    id: str
    source: str
    list_name: str
    state: BatchState
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """An import by itself.

    Attributes:
        tallies: how many listings are under each tab.
        accepted: how many listings would change if it were applied now.
        problems: severity → how many.
        job: the last work on it; None for what the command line imported.
        waits_for: the list of the same source that must be settled first.
        gone_share: share (0 to 1) of the stored services that the list no longer has.
        stays: what applying or undoing left as it was.
    """

    line: BatchLine
    format: str
    why: Message
    message: Message
    tallies: Mapping[Tab, int]
    accepted: int
    problems: Mapping[str, int]
    job: Job | None
    progress: Progress
    waits_for: BatchLine | None
    gone_share: float
    needs_confirmation: bool
    has_upload: bool
    stays: tuple[NamedStay, ...]

    @property
    def state(self) -> BatchState:
        """How far it has come."""
        return self.line.state

    @property
    def is_working(self) -> bool:
        """Whether the page changes by itself."""
        return self.job is not None and self.job.is_open and not self.job.is_lost


@dataclass(frozen=True, slots=True)
class NamedStay:
    """What stays as it is, and under which name people know it."""

    stay: KeptChange
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """A field of a changed record, old and new side by side."""

    name: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    is_conflict: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLines:
    """A record on a card; without values where they may not be shown."""

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
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
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
    changes: tuple[ChangeLines, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A page of the cards under one tab."""

    tab: Tab
    cards: Page[Card]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Problems of one kind, with one of them to read."""

    code: str
    severity: str
    count: int
    example: Message
