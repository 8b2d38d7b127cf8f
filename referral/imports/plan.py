"""Plan of an import: each record of a list compared with the stored one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from referral.formats.reading.items import Item, RefusedRow
from referral.imports.absences import AbsenceRules
from referral.imports.fidelity import Fidelity
from referral.imports.merged_twins import SUGGESTED, MergedTwin
from referral.imports.reconcile import differences, fill_blanks, keeps_position, leading_field
from referral.imports.records import TERM_KINDS, ChangeAction, SourceRules
from referral.message import Message, message, term
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import Address, Record
from referral.records.kinds import KINDS, Origin, SourcedRecord, kind_of, parents_of
from referral.records.moved_places import has_moved
from referral.records.odd_values import is_odd_value
from referral.records.ownership import (
    INDEPENDENT_KINDS,
    Key,
    owner_of,
    records_to_keep,
    subjects_of,
)
from referral.records.problems import Problem, Severity
from referral.records.record_ids import HAND_SOURCE
from referral.records.visibility import Visibility, strictest

# Fields whose edits do not change the content of a record.
_NOT_CONTENT = frozenset({"visibility", "sort"})
_NO_FIELDS: Mapping[str, tuple[Any, Any]] = {}


class Stored(Protocol):
    """Stored records that an import's list is compared with, kind by kind.

    The order is that of ``KINDS``.
    """

    def find(self, kind: str, record_id: str) -> Record | None:
        """Return the stored record of the imported list's source with an id, retired or not."""

    def of_another(self, kind: str, record_id: str) -> SourcedRecord | None:
        """Return the stored record with an id that is from another source than the list."""

    def retired_at(self, kind: str, record_id: str) -> str:
        """Return when a record was retired by its source, as ISO text; "" if it was not."""

    def edited_by_hand(self, kind: str, record_id: str) -> frozenset[str]:
        """Return the fields of a stored record that were edited by hand."""

    def has_parts_by_hand(self, kind: str, record_id: str) -> bool:
        """Return whether a person gave a stored record a phone, hours or another part."""

    def survivor_of(self, kind: str, record_id: str) -> str:
        """Return the record that a stored one was merged into by a person; "" if none."""

    def missing(self, kind: str, seen: Iterable[str]) -> Iterable[SourcedRecord]:
        """Yield the source's stored records that are current and not among the listed ids."""

    def addresses_of(self, location_id: str) -> list[Record]:
        """Return the stored addresses of a location, from any source."""

    def requests(self) -> frozenset[Key]:
        """Return records of other sources that a source requests to withhold, or once did."""

    def is_published_here(self, kind: str, record_id: str) -> bool:
        """Return whether a person made a stored record public, whoever leads it."""

    def leader_of(self, kind: str, record_id: str) -> str:
        """Return the source that leads a stored record, "" if it is the list's own source."""

    def place_of(self, kind: str, record_id: str) -> tuple[str, int]:
        """Return the file and line of the source list that a stored record came from."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Change of one record that an import plans: new, changed or gone.

    Attributes:
        record: the listed record as it would be stored; the stored one if it is gone.
        origin: origin of the record in the list.
        fields: field → (stored, listed) of a changed record; ``retired_at`` if it comes back.
        conflicts: the fields that a person edited: they stay unless a reviewer decides otherwise.
        is_withheld: new, and withheld until staff review it.
        is_kept: gone from the list, but edited here, or a parent or part of such a record: it
            stays unless a reviewer decides otherwise.
        adds_to: for a part that adds to a record of another source, that source: the part is left
            out unless a reviewer accepts it.
        asked_by: for a record of another source, the list that requests to withhold it.
    """

    action: ChangeAction
    record: Record
    origin: Origin
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=lambda: _NO_FIELDS)
    conflicts: frozenset[str] = frozenset()
    is_withheld: bool = False
    is_kept: bool = False
    adds_to: str = ""
    asked_by: str = ""

    @property
    def without_review(self) -> PlannedChange:
        """Return the part of an import's change that needs no review: no hand edits or odd values.

        Of a part that adds to a record of another source, only its visibility.
        """
        return self.of_fields(
            name
            for name, (_, value) in self.fields.items()
            if name not in self.conflicts
            and not is_odd_value(name, value)
            and (not self.adds_to or name == "visibility")
        )

    @property
    def writes(self) -> bool:
        """Return whether an import writes a planned change without a review."""
        if self.action is ChangeAction.CHANGED:
            return bool(self.without_review.fields)
        return not self.adds_to and not self.is_kept

    def of_fields(self, names: Iterable[str]) -> PlannedChange:
        """Return a copy of an import's planned change with these fields only."""
        if not self.fields:
            return self
        fields = {name: self.fields[name] for name in names}
        return replace(self, fields=fields, conflicts=self.conflicts.intersection(fields))


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Plan of an import: the changes to write, and the problems found in its list.

    Attributes:
        changes: changes of records, parents before children.
        counts: counts by kind, for kinds in the list or store.
        problems: all problems, errors first.
        merged: listed texts of records that were merged into others.
        requests: record of another source that is not public and that this list withholds too →
            its visibility in the list.
        ended_requests: records that this source withheld once, and no longer does.
    """

    changes: tuple[PlannedChange, ...]
    counts: Mapping[str, KindCounts]
    problems: tuple[Problem, ...]
    merged: tuple[MergedTwin, ...] = ()
    requests: Mapping[Key, str] = field(default_factory=dict)
    ended_requests: frozenset[Key] = frozenset()

    @property
    def writes(self) -> bool:
        """Return whether the import writes anything without a review."""
        return any(change.writes for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Report of an import: its format, its plan, whether it was applied, and how long it took.

    Attributes:
        doubts: reasons why the list may be misread or truncated; see ``plausibility``.
        fidelity: fates of the cells of the list.
        new_keys: stored record → its new key, if the list has another key than before.
    """

    format: str
    why: Message
    source: str
    list_name: str
    plan: ImportPlan
    doubts: tuple[Problem, ...] = ()
    fidelity: Fidelity = field(default_factory=Fidelity)
    new_keys: Mapping[Key, str] = field(default_factory=dict)
    applied: bool = False
    seconds: float = 0.0

    @property
    def doubt_codes(self) -> tuple[str, ...]:
        """Return the distinct codes of the doubts about an imported list."""
        return tuple(dict.fromkeys(doubt.code for doubt in self.doubts))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the doubts about an imported list, then its rows' problems, errors first."""
        return (*self.doubts, *self.plan.problems)

    def as_dict(self) -> dict[str, Any]:
        """Return an import's report as ``referral import --json`` prints it."""
        return {
            "format": self.format,
            "why": str(self.why),
            "source": self.source,
            "applied": self.applied,
            "seconds": round(self.seconds, 3),
            "counts": {kind: counts.as_dict() for kind, counts in self.plan.counts.items()},
            "problems": [problem.as_dict() for problem in self.problems],
            "fidelity": self.fidelity.as_dict(),
        }


class _Planner:
    """Builder of the plan of an import, one listed record at a time."""

    def __init__(
        self,
        stored: Stored,
        newly_withheld: frozenset[str],
        rules: SourceRules,
        absences: AbsenceRules | None,
        addresses: Mapping[str, list[Address]],
    ) -> None:
        self.stored = stored
        self.newly_withheld = newly_withheld
        self.rules = rules
        self.absences = absences
        self.addresses = addresses
        self.changes: list[PlannedChange] = []
        self.merged: list[MergedTwin] = []
        self.problems: list[Problem] = []
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.counts: dict[str, KindCounts] = defaultdict(KindCounts)
        self.with_parts: dict[str, set[str]] = defaultdict(set)
        self.leaders: dict[Key, str] = {}  # new or changed part → leader of its record
        # (kind of a part, its owner) → leader of the owner
        self.replaced_leaders: dict[tuple[str, Key], str] = {}
        self.parts_of_edited: set[Key] = set()  # parts of records that were edited here
        self.withheld_here: set[Key] = set()  # records of other sources that the list withholds
        self.requests: dict[Key, str] = {}  # those that are not public already

    def take(self, item: Item) -> None:
        """Plan what an import does with one record, refused row or problem of its list."""
        if isinstance(item, SourcedRecord):
            self._take_record(item)
        elif isinstance(item, RefusedRow):
            self.counts[item.kind].refused += 1
            self.problems.extend(item.problems)
            self.seen[item.kind].add(item.id)
        elif item.severity is not Severity.DOUBT:  # doubts are about the list as a whole
            self.problems.append(item)

    def take_missing(self, kind: str) -> None:
        """Plan an import's changes of stored records of a kind that its list lacks."""
        is_part = kind not in INDEPENDENT_KINDS
        for item in self.stored.missing(kind, self.seen[kind]):
            if self.absences and not self.absences.is_gone(item.record, is_part=is_part):
                continue
            if self._is_blank_cell(item, kind):
                self.counts[kind].unchanged += 1
                continue
            self.counts[kind].gone += 1
            record = item.record
            edited_fields = self.stored.edited_by_hand(kind, record.id) - _NOT_CONTENT
            is_edited = bool(edited_fields) or self.stored.has_parts_by_hand(kind, record.id)
            # A part that an added part would replace waits for the same decision.
            adds_to = self.replaced_leaders.get((kind, owner_of(record)), "")
            self.changes.append(
                PlannedChange(
                    ChangeAction.GONE, record, item.origin, is_kept=is_edited, adds_to=adds_to
                )
            )

    def count_missing(self) -> None:
        """Count the stored records that an imported list lacks, to notice a truncated list.

        This is done before any record is retired.
        """
        if self.absences is None or not self.absences.scope.is_whole:
            return
        found = {kind: counts.changed + counts.unchanged for kind, counts in self.counts.items()}
        missing = {
            kind: sum(1 for _ in self.stored.missing(kind, self.seen[kind]))
            for kind in INDEPENDENT_KINDS
        }
        self.absences.note_shares(found, missing)

    def _take_record(self, item: SourcedRecord) -> None:
        kind, record = kind_of(item.record), item.record
        self.seen[kind].add(record.id)
        if self.absences:
            self.absences.note_listed(record)
        if kind not in INDEPENDENT_KINDS:
            self.with_parts[kind].update(parent for _, _, parent in parents_of(record))
            if any(self._is_edited(*subject) for subject in subjects_of(record)):
                self.parts_of_edited.add((kind, record.id))
        stored_record = self.stored.find(kind, record.id)
        if stored_record is not None:
            self._compare(item, stored_record)
        elif (other := self.stored.of_another(kind, record.id)) is not None:
            self._take_foreign(item, other)
        else:
            is_withheld = record.id in self.newly_withheld
            self.counts[kind].new += 1
            self.counts[kind].withheld += is_withheld
            adds_to = self._adds_to(item, is_new=True)
            new = PlannedChange(
                ChangeAction.NEW, record, item.origin, is_withheld=is_withheld, adds_to=adds_to
            )
            self.changes.append(new)

    def _is_blank_cell(self, item: SourcedRecord, kind: str) -> bool:
        """Return whether a part is missing because its cell is now blank in the source list.

        The row itself is still there. A blank cell deletes nothing, neither a field nor a part.
        """
        if self.rules.is_authority or kind in INDEPENDENT_KINDS:
            return False
        place = (item.origin.file, item.origin.line)
        return any(
            parent in self.seen[parent_kind]
            and parent not in self.with_parts[kind]
            and self.stored.place_of(parent_kind, parent) == place
            for _, parent_kind, parent in parents_of(item.record)
        )

    def _compare(self, item: SourcedRecord, stored_record: Record) -> None:
        kind, record = kind_of(stored_record), item.record
        if record == stored_record and not self.stored.retired_at(kind, record.id):
            self.counts[kind].unchanged += 1
            return
        # A record that was withheld by a rule, and published by a person, stays public.
        is_decided = (
            record.id in self.newly_withheld
            and "visibility" in self.stored.edited_by_hand(kind, record.id)
        )
        visibility = (
            stored_record.visibility
            if is_decided
            else strictest(stored_record.visibility, record.visibility)
        )
        record = replace(record, visibility=visibility)
        if _lost_its_name(stored_record, record):
            record = replace(stored_record, visibility=visibility)
        if not self.rules.is_authority:
            record = fill_blanks(
                stored_record, record, has_moved=self._has_moved(stored_record, record)
            )
        fields = differences(stored_record, record)
        if survivor := self.stored.survivor_of(kind, record.id):
            self._take_merged(kind, survivor, fields)
            return
        if retired_at := self.stored.retired_at(kind, record.id):
            fields["retired_at"] = (retired_at, None)
        if not fields:
            self.counts[kind].unchanged += 1
            return
        adds_to = self._adds_to(item, is_new="retired_at" in fields)
        conflicts = self._conflicts(kind, record.id, fields)
        if conflicts:
            self.problems.append(_edited_by_hand(item, kind, conflicts))
        self.problems.extend(_odd_values(item, fields))
        change = PlannedChange(
            ChangeAction.CHANGED, record, item.origin, fields, conflicts, adds_to=adds_to
        )
        self.counts[kind].changed += change.writes
        self.counts[kind].unchanged += not change.writes
        self.changes.append(change)

    def _adds_to(self, item: SourcedRecord, *, is_new: bool) -> str:
        """Return the other source that leads a record to which a part of the list is added.

        It is "" for none. A new part is also left out if the record was edited or created here.
        """
        kind = kind_of(item.record)
        if kind in INDEPENDENT_KINDS:
            return ""
        leaders = (self._leader_of(*subject) for subject in subjects_of(item.record))
        leader = next(filter(None, leaders), "")
        if not leader and is_new and (kind, item.record.id) in self.parts_of_edited:
            leader = HAND_SOURCE
        self.leaders[kind, item.record.id] = leader
        if leader:
            self.replaced_leaders[kind, owner_of(item.record)] = leader
            self.problems.append(_adds_to_another(item, leader))
        return leader

    def _leader_of(self, kind: str, record_id: str) -> str:
        """Return the source that leads a record, which for new parts depends on the list."""
        if (leader := self.leaders.get((kind, record_id))) is not None:
            return leader
        return self.stored.leader_of(kind, record_id)

    def _is_edited(self, kind: str, record_id: str) -> bool:
        if kind not in INDEPENDENT_KINDS:
            return (kind, record_id) in self.parts_of_edited
        edited = self.stored.edited_by_hand(kind, record_id) - _NOT_CONTENT
        return bool(edited) and kind not in self.rules.trusted_kinds

    def _has_moved(self, stored_record: Record, record: Record) -> bool:
        """Return whether the source list has a new address of a location, and no position."""
        listed = self.addresses.get(record.id, [])
        return (
            bool(listed)
            and keeps_position(stored_record, record)
            and has_moved(self.stored.addresses_of(record.id), listed)
        )

    def _take_merged(self, kind: str, survivor: str, fields: Mapping[str, tuple[Any, Any]]) -> None:
        """Suggest a merged record's listed texts, instead of bringing the record back."""
        self.counts[kind].unchanged += 1
        texts = {name: fields[name][1] for name in SUGGESTED.get(kind, ()) if name in fields}
        if texts:
            self.merged.append(MergedTwin(kind, survivor, texts))

    def _conflicts(self, kind: str, record_id: str, fields: Iterable[str]) -> frozenset[str]:
        """Return the fields of an import's change that people edited, without visibility."""
        if kind in self.rules.trusted_kinds:
            return frozenset()
        edited = self.stored.edited_by_hand(kind, record_id) - {"visibility"}
        leading = {leading_field(kind, name) for name in edited}
        return frozenset(name for name in fields if leading_field(kind, name) in leading)

    def _take_foreign(self, item: SourcedRecord, other: SourcedRecord) -> None:
        """Plan a listed record that another source leads: share it, or report that it differs."""
        kind, stored_record = kind_of(item.record), other.record
        survivor = self.stored.survivor_of(kind, stored_record.id)  # a merged record: its survivor
        self._ask_to_withhold(item, self.stored.of_another(kind, survivor) or other)
        listed = replace(item.record, visibility=stored_record.visibility)
        fields = differences(stored_record, fill_blanks(stored_record, listed))
        fields.pop("sort", None)  # each library has its own order
        if not fields or _lost_its_name(stored_record, listed):
            self.counts[kind].shared += 1
            return
        self.counts[kind].told_differently += 1
        self.problems.append(_another_list_leads(item, other, fields))

    def _ask_to_withhold(self, item: SourcedRecord, other: SourcedRecord) -> None:
        """Withhold a record of another source if the imported list withholds it.

        The strictest visibility counts.
        """
        kind, stored_record, requested = kind_of(item.record), other.record, item.record.visibility
        if requested is Visibility.PUBLIC:
            return
        if item.record.id in self.newly_withheld and self.stored.is_published_here(
            kind, stored_record.id
        ):
            return  # a rule withheld it, and a person published it
        self.withheld_here.add((kind, stored_record.id))
        if (
            visibility := strictest(stored_record.visibility, requested)
        ) is not stored_record.visibility:
            fields = {"visibility": (stored_record.visibility, visibility)}
            record = replace(stored_record, visibility=visibility)
            self.counts[kind].changed += 1
            self.changes.append(
                PlannedChange(
                    ChangeAction.CHANGED, record, other.origin, fields, asked_by=item.origin.source
                )
            )
        else:
            self.requests[kind, stored_record.id] = requested.value

    def ended_requests(self) -> frozenset[Key]:
        """Return other sources' records that a source withheld once, and no longer does."""
        absences, gone, is_whole = self.absences, set[Key](), True
        if absences is not None:
            gone, is_whole = (
                set(absences.scope.gone),
                absences.scope.is_whole and not absences.is_short,
            )
        return frozenset(
            (kind, record_id)
            for kind, record_id in self.stored.requests() - self.withheld_here
            if is_whole or record_id in self.seen[kind] or (kind, record_id) in gone
        )


def plan_import(
    items: Collection[Item],
    stored: Stored,
    newly_withheld: frozenset[str],
    rules: SourceRules,
    absences: AbsenceRules | None = None,
) -> ImportPlan:
    """Compare a source list with the stored records, and return the plan of its import.

    Args:
        items: the items of a reader, links checked, in the order of ``KINDS``.
        stored: the stored records.
        newly_withheld: ids of records that were withheld by a rule, not by their file.
        rules: the import rules of the source.
        absences: for a followed source, the rules for records that its list lacks; by default
            they are gone at once.

    An import never makes a stored record more visible, so it does not publish a withheld one. A
    field that a person edited stays, and is a conflict.
    """
    planner = _Planner(stored, newly_withheld, rules, absences, _addresses_by_location(items))
    for item in items:
        planner.take(item)
    planner.count_missing()
    for kind in KINDS:
        planner.take_missing(kind)
    return ImportPlan(
        changes=tuple(_keep_whole(planner.changes)),
        counts={kind: planner.counts[kind] for kind in KINDS if kind in planner.counts},
        problems=tuple(sorted(planner.problems, key=_errors_first)),
        merged=tuple(planner.merged),
        requests=planner.requests,
        ended_requests=planner.ended_requests(),
    )


def _keep_whole(changes: Collection[PlannedChange]) -> Iterator[PlannedChange]:
    """Yield an import's changes, marking those that would retire an edited record or its parts.

    Changes that would retire its parents are marked as well. Retiring a taxonomy term of such a
    record is left out: terms are not reviewed for it alone.
    """
    gone = [change for change in changes if change.action is ChangeAction.GONE]
    edited = [(kind_of(change.record), change.record.id) for change in gone if change.is_kept]
    keys_to_keep = (
        records_to_keep(edited, (change.record for change in gone)) if edited else set[Key]()
    )
    for change in changes:
        is_to_keep = (
            change.action is ChangeAction.GONE
            and (kind_of(change.record), change.record.id) in keys_to_keep
        )
        if not is_to_keep or change.is_kept:
            yield change
        elif kind_of(change.record) not in TERM_KINDS:
            yield replace(change, is_kept=True)


def _addresses_by_location(items: Iterable[Item]) -> Mapping[str, list[Address]]:
    """Return the addresses that a source list has for each location."""
    found: dict[str, list[Address]] = defaultdict(list)
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Address):
            found[item.record.location_id].append(item.record)
    return found


def _another_list_leads(
    item: SourcedRecord, other: SourcedRecord, fields: Iterable[str]
) -> Problem:
    kind = kind_of(item.record)
    return Problem(
        code="another-list-leads",
        severity=Severity.WARNING,
        message=message(
            "“%(source)s” brought this %(kind)s too and says something else (%(fields)s). What it "
            "says stays. To take what this list says, import it under that name.",
            source=other.origin.source,
            kind=term(kind),
            fields=", ".join(sorted({leading_field(kind, name) for name in fields})),
        ),
        file=item.origin.file,
        line=item.origin.line,
        column="id",
    )


def _adds_to_another(item: SourcedRecord, leader: str) -> Problem:
    edited_here = message(
        "This adds to a listing that was edited here. It is left out until somebody takes it, on "
        "the page of the import."
    )
    of_another_list = message(
        "This adds to a listing of “%(source)s”. It is left out until somebody takes it, on the "
        "page of the import.",
        source=leader,
    )
    return Problem(
        code="adds-to-another",
        severity=Severity.WARNING,
        message=edited_here if leader == HAND_SOURCE else of_another_list,
        file=item.origin.file,
        line=item.origin.line,
    )


def _edited_by_hand(item: SourcedRecord, kind: str, conflicts: Iterable[str]) -> Problem:
    names = ", ".join(sorted({leading_field(kind, name) for name in conflicts}))
    return Problem(
        code="edited-by-hand",
        severity=Severity.WARNING,
        message=message(
            "Somebody here edited this %(kind)s by hand (%(fields)s). The edit stays "
            "unless you take what the list says.",
            kind=term(kind),
            fields=names,
        ),
        file=item.origin.file,
        line=item.origin.line,
    )


def _odd_values(item: SourcedRecord, fields: Mapping[str, tuple[Any, Any]]) -> Iterator[Problem]:
    for name, (_, value) in fields.items():
        if is_odd_value(name, value):
            yield Problem(
                code="odd-value",
                severity=Severity.WARNING,
                message=message(
                    "“%(value)s” looks odd. What we have stays unless you take what the list says.",
                    value=value[:80],
                ),
                file=item.origin.file,
                line=item.origin.line,
                column=name,
            )


def _lost_its_name(stored_record: Record, record: Record) -> bool:
    """Return whether a source list has only the code of a term that is stored with a name."""
    return (
        isinstance(record, TaxonomyTerm)
        and isinstance(stored_record, TaxonomyTerm)
        and record.is_code_only
        and not stored_record.is_code_only
    )


def _errors_first(problem: Problem) -> tuple[int, str, int]:
    order = (Severity.ERROR, Severity.WITHHELD, Severity.WARNING)
    return order.index(problem.severity), problem.file, problem.line


@dataclass(slots=True)
class KindCounts:
    """Counts of the records of a kind in an import: new, changed, gone and so on.

    Attributes:
        withheld: new records that are withheld until staff review them.
        shared: records of another list with the same content.
        told_differently: records of another list with other content, which stays.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    withheld: int = 0
    shared: int = 0
    told_differently: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return an import's counts for a record kind as ``referral import --json`` prints them."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "refused": self.refused,
            "held_back": self.withheld,
            "shared": self.shared,
            "told_differently": self.told_differently,
        }
