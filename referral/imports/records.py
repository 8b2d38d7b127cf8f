"""What an import is while people look at it: its state, its rules, and kinds of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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
