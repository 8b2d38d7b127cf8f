"""Decisions on an import: accept or leave all, a tab, a listing, a record or a field."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import NotFoundError, refused
from referral.imports.batches import batch_row
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, Decision, Tab
from referral.imports.review_items import unpack
from referral.imports.rows import ReviewItemRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionScope:
    """What is decided about: everything, or narrower with each field that is given.

    Attributes:
        tab: a group; ``CONFLICTS`` means the edits by hand that differ, and nothing else.
        number: a review item.
        record: a record of that item, as "kind/id".
        field: a field of that record.
    """

    tab: Tab | None = None
    number: int | None = None
    record: str = ""
    field: str = ""


def decide(directory: Directory, batch_id: str, decision: Decision, scope: DecisionScope) -> None:
    """Accept or leave changes. To a conflict: accept takes the list's value, leave keeps ours.

    A wider decision replaces the narrower ones below it.

    Raises:
        NotFoundError: the list has no such change.
        RefusedError: the list is not ready, or applied already.
    """
    with directory.store.write() as session:
        if batch_row(session, batch_id).state != BatchState.READY:
            raise refused("This list is not waiting for decisions. Look at its page again.")
        if scope.record:
            _decide_record(session, batch_id, decision, scope)
        else:
            _decide_items(session, batch_id, decision, scope)


def _decide_items(
    session: Session, batch_id: str, decision: Decision, scope: DecisionScope
) -> None:
    item = ReviewItemRow
    statement = update(item).where(item.batch_id == batch_id)
    if scope.number is not None:
        statement = statement.where(item.number == scope.number)
    match scope.tab:
        case Tab.CONFLICTS:
            statement = statement.where(item.conflicts > 0)
            session.execute(statement.values(conflict_decision=decision.value, choices={}))
            return
        case Tab.HELD:
            statement = statement.where(item.is_held)
        case Tab():
            statement = statement.where(item.tab == scope.tab)
        case None:
            pass
    session.execute(statement.values(decision=decision.value, choices={}))


def _decide_record(
    session: Session, batch_id: str, decision: Decision, scope: DecisionScope
) -> None:
    item = session.get(ReviewItemRow, (batch_id, scope.number))
    change = next(
        (change for change in unpack(item.changes if item else b"") if change.key == scope.record),
        None,
    )
    if item is None or change is None:
        raise NotFoundError("The list has no such change.")
    choices = dict(item.choices)
    if not scope.field:
        choices = {name: v for name, v in choices.items() if not name.startswith(change.key + "/")}
        choices[change.key] = decision.value
    elif scope.field in change.fields:
        choices[f"{change.key}/{leading_field(change.kind, scope.field)}"] = decision.value
    else:
        raise NotFoundError("The list does not change that.")
    item.choices = choices
