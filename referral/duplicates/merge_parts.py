"""Moves what hangs on one record to another when the two are merged.

What the other has already stays behind with its history. Nothing that was withheld on either side
is shown afterwards: of two that are the same, the narrower visibility holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.duplicates.merge_rules import narrower, sameness
from referral.records.classification import SET_BY_RULE
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.visibility import Visibility
from referral.store.base import RecordRow
from referral.store.conversion import ROWS

_LINKED = ("attribute", "translation")
# Two of these are never taken for one here: each may have children that the other has not.
_IN_THEIR_OWN_RIGHT = frozenset({"organization", "program", "service", "location"})


@dataclass(frozen=True, slots=True)
class Move:
    """From which record to which, and how far what is moved may travel at most."""

    kind: str
    from_id: str
    to_id: str
    visibility: Visibility


def move_children(session: Session, move: Move, skip: Iterable[str] = ()) -> None:
    """Move every child but those of the kinds named; equal ones stay, and narrow their twin."""
    left_out = set(skip)
    for kind, field in child_fields(move.kind):
        if kind in left_out:
            continue
        theirs = children(session, kind, field, move.to_id, move.kind)
        twins = {sameness(kind, values_of(row), field): row for row in theirs}
        for row in children(session, kind, field, move.from_id, move.kind):
            twin = twins.get(sameness(kind, values_of(row), field))
            visibility = narrower(row.visibility, move.visibility)
            if twin is None or kind in _IN_THEIR_OWN_RIGHT:
                setattr(row, field, move.to_id)
                row.visibility = visibility.value
            else:
                twin.visibility = narrower(twin.visibility, visibility).value
                move_children(session, Move(kind, row.id, twin.id, visibility))


def child_fields(kind: str) -> Iterator[tuple[str, str]]:
    """The kinds that hang on records of this kind, and by which field."""
    for child in ROWS:
        for field in field_names(child):
            if PARENT_FIELDS.get(field) == kind:
                yield child, field
        if child in _LINKED:
            yield child, "link_id"


def children(
    session: Session, kind: str, field: str, parent_id: str, parent_kind: str
) -> list[RecordRow]:
    """The children of one kind that are not retired, in the order of their file."""
    row: Any = ROWS[kind]
    statement = select(row).where(getattr(row, field) == parent_id, row.retired_at.is_(None))
    if field == "link_id":
        statement = statement.where(row.link_entity == parent_kind)
    if kind == "service_heading":  # what rules placed is placed anew
        statement = statement.where(row.set_by != SET_BY_RULE)
    return list(session.scalars(statement.order_by(row.origin_line, row.id)))


def values_of(row: RecordRow) -> dict[str, Any]:
    """The fields of a row as its record has them."""
    return {name: getattr(row, name) for name in field_names(row.__tablename__)}
