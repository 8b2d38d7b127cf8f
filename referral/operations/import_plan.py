"""What an import would do: each record of a list beside what is stored. Pure; writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from referral.importing.items import Item, RefusedRow
from referral.records.directory import Record
from referral.records.kinds import KINDS, SourcedRecord, kind_of
from referral.records.problems import Problem, Severity
from referral.records.visibility import Visibility

_STRICTNESS = {Visibility.PUBLIC: 0, Visibility.STAFF: 1, Visibility.WITHHELD: 2}


class Stored(Protocol):
    """What is stored of a list already."""

    def find(self, kind: str, record_id: str) -> Record | None:
        """The stored record of this list with this id, retired or not."""

    def belongs_to_another(self, kind: str, record_id: str) -> bool:
        """Whether another list brought the record with this id."""

    def is_retired(self, kind: str, record_id: str) -> bool:
        """Whether its list had dropped the record."""

    def present(self, kind: str) -> Iterable[str]:
        """Ids of the records of this list that are not retired."""


@dataclass(slots=True)
class KindCounts:
    """How many records of a kind; ``held_back`` of the new ones wait for somebody to look."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    held_back: int = 0

    def as_dict(self) -> dict[str, int]:
        """The shape that ``referral import --json`` prints."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "refused": self.refused,
            "held_back": self.held_back,
        }


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to write.

    Attributes:
        new: records to add.
        changed: records to change, already joined with what is stored.
        gone: kind → ids to retire.
        counts: by kind, for kinds the list or the store has.
        problems: all problems, errors first.
    """

    new: tuple[SourcedRecord, ...]
    changed: tuple[SourcedRecord, ...]
    gone: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, KindCounts]
    problems: tuple[Problem, ...]

    @property
    def gone_share(self) -> float:
        """Share (0 to 1) of the stored services that the list no longer has."""
        counts = self.counts.get("service", KindCounts())
        stored = counts.changed + counts.unchanged + counts.gone
        return counts.gone / stored if stored else 0.0

    @property
    def writes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.new or self.changed or any(self.gone.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """An import as it is told: which format and why, and what it does or did."""

    format: str
    why: str
    source: str
    list_name: str
    plan: ImportPlan
    applied: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The shape that ``referral import --json`` prints."""
        return {
            "format": self.format,
            "why": self.why,
            "source": self.source,
            "applied": self.applied,
            "seconds": round(self.seconds, 3),
            "counts": {kind: counts.as_dict() for kind, counts in self.plan.counts.items()},
            "problems": [problem.as_dict() for problem in self.plan.problems],
        }


@dataclass(slots=True)
class _Draft:
    new: list[SourcedRecord] = field(default_factory=list)
    changed: list[SourcedRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: dict[str, KindCounts] = field(default_factory=lambda: defaultdict(KindCounts))


def plan_import(
    items: Iterable[Item], stored: Stored, held: frozenset[str] = frozenset()
) -> ImportPlan:
    """Compare a list with what is stored.

    Args:
        items: what a reader yields, links checked.
        stored: what is there already.
        held: ids of records that were held back, not withheld by their file.

    A record that is stored never becomes more visible by an import; what a list says of a record
    that somebody withheld does not publish it.
    """
    draft = _Draft()
    for item in items:
        if isinstance(item, SourcedRecord):
            _plan_record(item, stored, held, draft)
        elif isinstance(item, RefusedRow):
            draft.counts[item.kind].refused += 1
            draft.problems.extend(item.problems)
            draft.seen[item.kind].add(item.id)
        else:
            draft.problems.append(item)
    gone = {kind: tuple(sorted(set(stored.present(kind)) - draft.seen[kind])) for kind in KINDS}
    for kind, ids in gone.items():
        if ids:
            draft.counts[kind].gone = len(ids)
    return ImportPlan(
        new=tuple(draft.new),
        changed=tuple(draft.changed),
        gone=gone,
        counts={kind: draft.counts[kind] for kind in KINDS if kind in draft.counts},
        problems=tuple(sorted(draft.problems, key=_errors_first)),
    )


def _plan_record(item: SourcedRecord, stored: Stored, held: frozenset[str], draft: _Draft) -> None:
    kind, record = kind_of(item.record), item.record
    draft.seen[kind].add(record.id)
    counts, is_held = draft.counts[kind], record.id in held
    known = stored.find(kind, record.id)
    if stored.belongs_to_another(kind, record.id):
        _plan_foreign(item, draft)
    elif known is None:
        counts.new += 1
        counts.held_back += is_held
        draft.new.append(item)
    else:
        # What was held back has been looked at since: what somebody decided stays.
        wanted = known.visibility if is_held else _stricter(known, record)
        record = replace(record, visibility=wanted)
        if record == known and not stored.is_retired(kind, record.id):
            counts.unchanged += 1
        else:
            counts.changed += 1
            draft.changed.append(replace(item, record=record))


def _plan_foreign(item: SourcedRecord, draft: _Draft) -> None:
    """A record that another list brought: terms are shared, anything else is refused."""
    kind = kind_of(item.record)
    if kind in {"taxonomy", "taxonomy_term"}:
        draft.counts[kind].unchanged += 1
        return
    draft.counts[kind].refused += 1
    draft.problems.append(
        Problem(
            code="belongs-to-another-list",
            severity=Severity.ERROR,
            detail=f"This {kind.replace('_', ' ')} came in with another list. "
            "Import it under that list's name (--source).",
            file=item.origin.file,
            line=item.origin.line,
            column="id",
        )
    )


def _stricter(known: Record, record: Record) -> Visibility:
    return max(known.visibility, record.visibility, key=_STRICTNESS.__getitem__)


def _errors_first(problem: Problem) -> tuple[int, str, int]:
    order = (Severity.ERROR, Severity.HELD, Severity.WARNING)
    return order.index(problem.severity), problem.file, problem.line
