"""Items that a reader yields: records with their origin, refused rows, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from referral.message import Message
from referral.records.kinds import KINDS, SourcedRecord, kind_of
from referral.records.problems import Problem, Severity

_ORDER = {kind: position for position, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a source list that did not become a record, and why.

    Attributes:
        id: the record it would have been.
        kept, aside: headers of the cells that its record contained and had put aside; empty if
            no record was read.
    """

    kind: str
    problems: tuple[Problem, ...]
    id: str = ""
    kept: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


Item = SourcedRecord | RefusedRow | Problem


def sort_parents_first(items: Iterable[Item]) -> list[Item]:
    """Sort a list's records so that parents come before children, with problems first."""
    return sorted(items, key=_position)


def _position(item: Item) -> int:
    if isinstance(item, SourcedRecord):
        return _ORDER[kind_of(item.record)]
    return _ORDER.get(item.kind, -1) if isinstance(item, RefusedRow) else -1


@lru_cache(maxsize=512)
def shared_cells(cells: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return one shared mapping for equal tuples of unmapped cells, to save memory.

    Copies would take half of the memory of a list.
    """
    return dict(cells)


def header_of(item: SourcedRecord, field_name: str) -> str:
    """Return the header of the column that a record's field was read from.

    It is the field's name if the column is unknown.
    """
    return item.headers.get(field_name, field_name)


def refusal_of(item: SourcedRecord, problems: tuple[Problem, ...]) -> RefusedRow:
    """Return the refusal of a record that was read from a source list."""
    kept = {header for name, header in item.headers.items() if getattr(item.record, name, None)}
    aside = item.origin.unmapped.keys()
    return RefusedRow(
        kind_of(item.record), problems, item.record.id, tuple(kept - aside), tuple(aside)
    )


def problem_at(
    item: SourcedRecord, code: str, severity: Severity, detail: Message, *, column: str = ""
) -> Problem:
    """Build a problem at the file and line that a listed record came from."""
    origin = item.origin
    return Problem(
        code=code,
        severity=severity,
        message=detail,
        file=origin.file,
        line=origin.line,
        column=column,
    )


def without_parents(item: SourcedRecord, field_names: Iterable[str]) -> SourcedRecord:
    """Return a copy of a listed record with these ``*_id`` fields empty."""
    emptied: dict[str, Any] = dict.fromkeys(field_names, "")
    return replace(item, record=replace(item.record, **emptied))
