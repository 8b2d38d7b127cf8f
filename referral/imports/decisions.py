"""Decisions on an import: of a group, an item, a record or a field; and the accepted changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.imports.batches import batch_row
from referral.imports.list_changes import ListChange, unpack
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, ChangeAction, ChangeGroup, Decision
from referral.imports.rows import ReviewItemRow
from referral.records.accounts import COMMAND_LINE, Actor
from referral.records.ownership import Key

_ITEMS_AT_A_TIME = 1_000
_AUDIT_EVENTS = {Decision.ACCEPT: "list-changes-accepted", Decision.LEAVE: "list-changes-left"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionScope:
    """Scope of an import decision: a group of changes, or one item, record or field of it.

    Attributes:
        number: a review item.
        record: a record of that item, as "kind/id".
        field: a field of that record.
    """

    group: ChangeGroup | None = None
    number: int | None = None
    record: str = ""
    field: str = ""


def decide(
    instance: Instance,
    batch_id: str,
    decision: Decision,
    scope: DecisionScope,
    actor: Actor = COMMAND_LINE,
) -> None:
    """Accept or leave changes of an import review.

    A decision about a group replaces those within it.

    Raises:
        NotFoundError: the list has no such change.
        RefusedError: the list is not ready, or applied already.
    """
    with instance.store.write() as session:
        if batch_row(session, batch_id).state != BatchState.READY:
            raise refused("This list is not waiting for decisions. Look at its page again.")
        if scope.number is None:
            group = _decide_group(session, batch_id, decision, scope.group)
        else:
            group = _decide_item(session, batch_id, decision, scope)
        detail = {"group": group} if scope.number is None else {"group": group, "items": 1}
        record_audit(session, actor, _AUDIT_EVENTS[decision], "import", batch_id, **detail)


def _decide_group(
    session: Session, batch_id: str, decision: Decision, group: ChangeGroup | None
) -> str:
    if group is None:
        raise NotFoundError("The list has no such change.")
    of_group = update(ReviewItemRow).where(
        ReviewItemRow.batch_id == batch_id, ReviewItemRow.change_group == group.value
    )
    session.execute(of_group.values(decision=decision.value, choices={}))
    return group.value


def _decide_item(session: Session, batch_id: str, decision: Decision, scope: DecisionScope) -> str:
    item = session.get(ReviewItemRow, (batch_id, scope.number))
    if item is None:
        raise NotFoundError("The list has no such change.")
    if scope.record:
        _decide_record(item, decision, scope)
    else:
        item.decision, item.choices = decision.value, {}
    return item.change_group


def _decide_record(item: ReviewItemRow, decision: Decision, scope: DecisionScope) -> None:
    changes = unpack(item.changes)
    change = next((change for change in changes if change.key == scope.record), None)
    if change is None or (scope.field and scope.field not in change.fields):
        raise NotFoundError("The list has no such change.")
    choices = dict(item.choices) or {other.key: item.decision for other in changes}
    if scope.field:
        choices[f"{change.key}/{leading_field(change.kind, scope.field)}"] = decision.value
    else:
        choices = {name: v for name, v in choices.items() if not name.startswith(change.key + "/")}
        choices[change.key] = decision.value
    item.choices, item.decision = choices, Decision.SOME.value
    _simplify_choices(item, changes)


def _simplify_choices(item: ReviewItemRow, changes: list[ListChange]) -> None:
    """Delete single choices of an import's review items that are accepted or left as a whole."""
    shares = [_share_accepted(item, change) for change in changes]
    if all(share == 1 for share in shares):
        item.decision, item.choices = Decision.ACCEPT.value, {}
    elif not any(shares):
        item.decision, item.choices = Decision.LEAVE.value, {}


def _share_accepted(item: ReviewItemRow, change: ListChange) -> float:
    if change.fields:
        return len(accepted_fields(item, change)) / len(change.fields)
    return float(is_accepted(item, change))


def accepted_fields(item: ReviewItemRow, change: ListChange) -> list[str]:
    """Return the fields of a changed record that were accepted in an import review."""
    record_decision = item.choices.get(change.key, item.decision)
    return [
        name
        for name in change.fields
        if item.choices.get(f"{change.key}/{leading_field(change.kind, name)}", record_decision)
        == Decision.ACCEPT
    ]


def is_accepted(item: ReviewItemRow, change: ListChange) -> bool:
    """Return whether a new or gone record was accepted in an import review."""
    return item.choices.get(change.key, item.decision) == Decision.ACCEPT


def accepted_change(item: ReviewItemRow, change: ListChange) -> ListChange | None:
    """Return the part of an import's change that was accepted; None if nothing was."""
    if change.action is ChangeAction.CHANGED:
        fields = accepted_fields(item, change)
        return change.without(change.fields.keys() - fields) if fields else None
    if not is_accepted(item, change):
        return None
    is_withheld = item.change_group == ChangeGroup.WITHHELD
    return msgspec.structs.replace(change, is_withheld=is_withheld)


def accepted_changes(session: Session, batch_id: str) -> Iterator[ListChange]:
    """Yield the accepted changes of an import, one per record.

    The session may be emptied.
    """
    return accepted_of(_iter_items(session, batch_id), _left_records(session, batch_id))


def accepted_of(
    items: Iterable[ReviewItemRow], left: Collection[Key] = frozenset()
) -> Iterator[ListChange]:
    """Yield the accepted changes of import review items, one for each record.

    Args:
        items: review items; those of a listing follow each other.
        left: new records that are not accepted, and their descendants.
    """
    for _, of_listing in groupby(items, lambda item: (item.kind, item.record_id)):
        accepted = (accepted_change(*pair) for item in of_listing for pair in _pairs_of(item))
        for change in _merge_by_record(filter(None, accepted)):
            if (change.kind, change.record_id) in left:
                continue
            missing_parents = [name for name, *parent in change.parents if tuple(parent) in left]
            writable = change.without(missing_parents) if missing_parents else change
            if writable.fields or writable.action is not ChangeAction.CHANGED:
                yield writable


def _merge_by_record(changes: Iterable[ListChange]) -> Iterable[ListChange]:
    """Merge an import's changes of each record into one, to write and undo the record at once."""
    found: dict[str, ListChange] = {}
    for change in changes:
        if first := found.get(change.key):
            fields = {**first.fields, **change.fields}
            found[change.key] = msgspec.structs.replace(first, fields=fields)
        else:
            found[change.key] = change
    return found.values()


def _iter_items(session: Session, batch_id: str, *conditions: Any) -> Iterator[ReviewItemRow]:
    """Yield an import's review items in order; the session may be emptied meanwhile."""
    start = 0
    chosen = (
        select(ReviewItemRow)
        .where(ReviewItemRow.batch_id == batch_id, *conditions)
        .order_by(ReviewItemRow.number)
    )
    while items := session.scalars(
        chosen.where(ReviewItemRow.number >= start).limit(_ITEMS_AT_A_TIME)
    ).all():
        start = items[-1].number + 1
        session.expunge_all()
        yield from items


def _pairs_of(item: ReviewItemRow) -> Iterator[tuple[ReviewItemRow, ListChange]]:
    return ((item, change) for change in unpack(item.changes))


def _left_records(session: Session, batch_id: str) -> set[Key]:
    """Return an import's new records that were not accepted, with all their descendants."""
    decided = ReviewItemRow.decision.in_([Decision.LEAVE, Decision.SOME])
    left = {
        (change.kind, change.record_id)
        for item in _iter_items(session, batch_id, decided)
        for _, change in _pairs_of(item)
        if change.action is ChangeAction.NEW and not is_accepted(item, change)
    }
    if not left:
        return left
    new = {
        (change.kind, change.record_id): [(kind, parent) for _, kind, parent in change.parents]
        for item in _iter_items(session, batch_id)
        for _, change in _pairs_of(item)
        if change.action is ChangeAction.NEW
    }
    has_more = True
    while has_more:
        children = {key for key, parents in new.items() if left.intersection(parents)} - left
        left |= children
        has_more = bool(children)
    return left
