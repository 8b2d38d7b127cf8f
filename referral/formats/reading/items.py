"""Items that a reader yields: records with their origin, refused rows, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from referral.message import Message
from referral.records.kinds import KINDS, SourcedRecord, kind_of
from referral.records.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class ReadRecord(SourcedRecord):
    """A record as a reader found it.

    Attributes:
        headers: field → header of the column that gave it.
        given: ``*_id`` field → what the list calls that parent.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that did not become a record, and why.

    Attributes:
        id: the record it would have been.
        headers: headers of the cells that are lost with it.
    """

    kind: str
    problems: tuple[Problem, ...]
    id: str = ""
    headers: tuple[str, ...] = ()


Item = SourcedRecord | RefusedRow | Problem

_ORDER = {kind: position for position, kind in enumerate(KINDS)}


def sort_parents_first(items: Iterable[Item]) -> list[Item]:
    """The items with parents before children, in the order of ``KINDS``; bare problems first."""
    return sorted(items, key=_position)


def _position(item: Item) -> int:
    if isinstance(item, SourcedRecord):
        return _ORDER[kind_of(item.record)]
    return _ORDER.get(item.kind, -1) if isinstance(item, RefusedRow) else -1


@lru_cache(maxsize=512)
def shared_headers(headers: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One header map for all rows that have it: copies would be half of a list's memory."""
    return dict(headers)


def header_of(item: SourcedRecord, field_name: str) -> str:
    """The header of the column a field came from, the field's own name when that is not known."""
    headers = item.headers if isinstance(item, ReadRecord) else {}
    return headers.get(field_name, field_name)


def headers_of(item: SourcedRecord) -> tuple[str, ...]:
    """The headers of the cells that a record holds, those put aside with it included."""
    headers = item.headers if isinstance(item, ReadRecord) else {}
    filled = {header for name, header in headers.items() if getattr(item.record, name, None)}
    return tuple(filled | item.origin.unmapped.keys())


def problem_at(
    item: SourcedRecord, code: str, severity: Severity, detail: Message, *, column: str = ""
) -> Problem:
    """A problem with an item, where the item is."""
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
    """The item with these ``*_id`` fields emptied."""
    emptied: dict[str, Any] = dict.fromkeys(field_names, "")
    return replace(item, record=replace(item.record, **emptied))
