"""Values of imports: batch states, source rules, decisions, and values of review pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from referral.formats import FORMATS, NAMED_BEFORE
from referral.imports.fidelity import Fidelity
from referral.jobs.job_queue import Job
from referral.jobs.progress import Progress
from referral.jobs.rows import JobState
from referral.message import Message
from referral.records.page import Page
from referral.records.problems import Problem
from referral.store.undo import KeptChange

if TYPE_CHECKING:
    from referral.imports.list_changes import ListChange

FORMAT_NAMES = ("auto", *FORMATS)
ACCEPTED_FORMATS = (*FORMAT_NAMES, *sorted(NAMED_BEFORE))
"""Formats that can be read, as ``--format`` names them."""

LISTING_KINDS = ("organization", "program", "service", "location")
TERM_KINDS = frozenset({"taxonomy", "taxonomy_term"})


class BatchState(StrEnum):
    """The state of an import batch, from upload to applied or undone."""

    UPLOADED = "uploaded"  # waits to be read
    READING = "reading"
    MAPPING = "mapping"  # waits for a column mapping
    READY = "ready"  # waits for decisions
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"
    FAILED = "failed"  # cannot be read


_AT_WORK = frozenset(
    {BatchState.UPLOADED, BatchState.READING, BatchState.APPLYING, BatchState.UNDOING}
)

# States in which a batch makes later lists of its source wait.
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
    """The action of an import on a record: new, changed or gone."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


class ChangeGroup(StrEnum):
    """The meaning of an import's change, in the order of review pages.

    Taxonomy terms come last.
    """

    WITHHELD = "held"
    ADDS_TO_OTHERS = "adds-to-others"
    EDITED = "edited-by-hand"
    EDITED_GONE = "edited-gone"
    ODD = "odd"
    VISIBILITY = "visibility"
    SERVICE_GONE = "service-gone"
    LOCATION_GONE = "location-gone"
    ORGANIZATION_GONE = "organization-gone"
    PROGRAM_GONE = "program-gone"
    STATUS = "status"
    PHONE_GONE = "phone-gone"
    ADDRESS_GONE = "address-gone"
    SCHEDULE_GONE = "schedule-gone"
    PHONE_CHANGED = "phone-changed"
    ADDRESS_CHANGED = "address-changed"
    SCHEDULE_CHANGED = "schedule-changed"
    BACK = "back"
    ORGANIZATION_NEW = "organization-new"
    PROGRAM_NEW = "program-new"
    SERVICE_NEW = "service-new"
    LOCATION_NEW = "location-new"
    PHONE_NEW = "phone-new"
    ADDRESS_NEW = "address-new"
    SCHEDULE_NEW = "schedule-new"
    CONDITIONS = "conditions"
    CONTACT = "contact"
    PLACES = "places"
    NAME = "name"
    DESCRIPTION = "description"
    TOPICS = "topics"
    CHECKED = "checked"
    OTHER = "other"
    TERM_GONE = "term-gone"
    TERM_CHANGED = "term-changed"
    TERM_NEW = "term-new"

    @property
    def action(self) -> ChangeAction:
        """Return the action that a group of import changes has: new, changed or gone."""
        if self in _LISTINGS_GONE or self is ChangeGroup.TERM_GONE:
            return ChangeAction.GONE
        if self in _LISTINGS_NEW or self is ChangeGroup.TERM_NEW:
            return ChangeAction.NEW
        return ChangeAction.CHANGED

    @property
    def is_of_terms(self) -> bool:
        """Return whether a group of import changes is about taxonomy terms, not listings."""
        return self in {ChangeGroup.TERM_GONE, ChangeGroup.TERM_CHANGED, ChangeGroup.TERM_NEW}

    @property
    def rank(self) -> int:
        """Return the position of a group of import changes on review pages."""
        return _RANKS[self]


_LISTINGS_GONE = frozenset(
    {ChangeGroup.EDITED_GONE, *(ChangeGroup(f"{kind}-gone") for kind in LISTING_KINDS)}
)
_LISTINGS_NEW = frozenset(
    {ChangeGroup.WITHHELD, *(ChangeGroup(f"{kind}-new") for kind in LISTING_KINDS)}
)
_RANKS = {group: rank for rank, group in enumerate(ChangeGroup)}


class Decision(StrEnum):
    """Decision about an import's change: accept the listed values, or leave the stored ones."""

    ACCEPT = "accept"
    LEAVE = "leave"
    SOME = "some"  # of a review item with several changes: its choices contain the accepted ones


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """Rules by which the lists of a source are imported.

    Attributes:
        name: the source.
        is_authority: whether a blank cell empties a stored field.
        trusted_kinds: kinds of records in which the list overwrites edits by hand without review.
        mapping: the saved ``ColumnMapping``, as JSON; empty for known formats.
        contact_note: person to ask about the list.
    """

    name: str
    is_authority: bool = False
    trusted_kinds: frozenset[str] = frozenset()
    mapping: Mapping[str, Any] = field(default_factory=dict)
    contact_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """One import on the page that lists the last imports.

    Attributes:
        counts: kind → action → number of records.
        listings: action → number of services; empty before the list was read.
    """

    id: str
    source: str
    list_name: str
    state: BatchState
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Mapping[str, int]]
    listings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about an imported list that a person confirms or not, by its code."""

    code: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """The page of one import batch.

    Attributes:
        groups: its changes by meaning, most consequential first.
        problems: severity → number of problems.
        job: its last job; None for imports of the command line.
        waits_for: the list of the same source that must be settled first.
        doubts: reasons why the list as a whole may be misread or truncated.
        fidelity: the fates of its cells; empty when its upload was deleted.
        kept: records that applying or undoing did not change because of later edits.
    """

    line: BatchSummary
    format: str
    why: Message
    message: Message
    groups: tuple[ReviewGroup, ...]
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
        """Return the state of the import batch."""
        return self.line.state

    @property
    def taken(self) -> tuple[ReviewGroup, ...]:
        """Return the groups of an import's review with their accepted changes only.

        The review is deleted with the upload. Without it accepted changes are unknown: none here.
        """
        return tuple(
            replace(group, count=group.count - group.left, organizations=0, left=0)
            for group in self.groups
            if group.count > group.left and self.has_upload
        )

    def group(self, wanted: ChangeGroup | str) -> ReviewGroup | None:
        """Return one group of an import's changes, None if it has no changes in it."""
        return next((each for each in self.groups if each.group == wanted), None)

    @property
    def is_working(self) -> bool:
        """Return whether work on the import is in progress, so that the page polls."""
        return self.job is not None and self.job.is_open and not self.job.is_stalled

    @property
    def is_stopped(self) -> bool:
        """Return whether the work on the import stopped before it was done and can be resumed."""
        if self.job is None or self.state not in _AT_WORK:
            return False
        return self.job.is_stalled or self.job.state in {JobState.STOPPED, JobState.FAILED}


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record that an import left as it was edited, with its name.

    The name is "" if it may not be shown.
    """

    change: KeptChange
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """The changes of a listing by an import, in one group of its review.

    Attributes:
        key: the listing, as "kind/id".
        title, subtitle: its name and that of its organization; "" if they may not be shown.
        changes: the changes, without values that may not be shown.
        accepted: accepted changes as ``key``, accepted fields as "key/field".
    """

    number: int
    key: str
    kind: str
    title: str
    subtitle: str
    group: ChangeGroup
    decision: Decision
    changes: tuple[ListChange, ...]
    accepted: frozenset[str]

    @property
    def adds_to(self) -> str:
        """Return the other source that leads the record to which an import adds parts, or ""."""
        return next((change.adds_to for change in self.changes if change.adds_to), "")

    @property
    def taken(self) -> ReviewItem:
        """Return a copy of an import's review item with the accepted changes only."""
        changes = (
            each.without(
                [name for name in each.fields if f"{each.key}/{name}" not in self.accepted]
            )
            for each in self.changes
            if each.key in self.accepted
        )
        return replace(self, changes=tuple(changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewGroup:
    """All changes of an imported list with the same meaning.

    Attributes:
        count: number of listings (or terms) with such changes.
        organizations: number of their organizations, 0 for organizations themselves.
        left: number of listings of which nothing is accepted.
        partly: number of listings that are accepted in part.
        samples: the first few review items.
    """

    group: ChangeGroup
    count: int
    organizations: int = 0
    left: int = 0
    partly: int = 0
    samples: tuple[ReviewItem, ...] = ()

    @property
    def decision(self) -> Decision:
        """Return the decision about a group of import changes as a whole."""
        if not self.left and not self.partly:
            return Decision.ACCEPT
        return Decision.LEAVE if self.left == self.count else Decision.SOME


@dataclass(frozen=True, slots=True)
class BatchComparison:
    """Comparison of the changes of a source's last imports.

    Attributes:
        lines: the imports, newest first: the columns.
        rows: for each group of changes, the group in each import; None if an import has none.
    """

    lines: tuple[BatchSummary, ...]
    rows: tuple[tuple[ReviewGroup | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A page of the review items of one group of an import's changes."""

    group: ChangeGroup
    items: Page[ReviewItem]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Problems of an imported list of one kind in one column, with some examples."""

    code: str
    column: str
    severity: str
    count: int
    examples: tuple[Problem, ...]
