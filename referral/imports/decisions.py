"""Decisions on an import: of a group, an item, a record or a field; and what they accept."""

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

_ITEMS = 1_000  # read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionScope:
    """What is decided about: a group, or narrower with each further field that is given.

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
    """Accept or leave changes of a review; a decision about a group replaces those within it.

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
        record_audit(session, actor, _DONE[decision], "import", batch_id, **detail)


_DONE = {Decision.ACCEPT: "list-changes-accepted", Decision.LEAVE: "list-changes-left"}


def _decide_group(
    session: Session, batch_id: str, decision: Decision, group: ChangeGroup | None
) -> str:
    if group is None:
        raise NotFoundError("The list has no such change.")
    item = ReviewItemRow
    of_group = update(item).where(item.batch_id == batch_id, item.change_group == group.value)
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
    choices = dict(item.choices) or {each.key: item.decision for each in changes}
    if scope.field:
        choices[f"{change.key}/{leading_field(change.kind, scope.field)}"] = decision.value
    else:
        choices = {name: v for name, v in choices.items() if not name.startswith(change.key + "/")}
        choices[change.key] = decision.value
    item.choices, item.decision = choices, Decision.SOME.value
    _drop_needless_choices(item, changes)


def _drop_needless_choices(item: ReviewItemRow, changes: list[ListChange]) -> None:
    """Delete the single choices of review items that are accepted or left as a whole."""
    taken = [_share_accepted(item, change) for change in changes]
    if all(share == 1 for share in taken):
        item.decision, item.choices = Decision.ACCEPT.value, {}
    elif not any(taken):
        item.decision, item.choices = Decision.LEAVE.value, {}


def _share_accepted(item: ReviewItemRow, change: ListChange) -> float:
    if change.fields:
        return len(accepted_fields(item, change)) / len(change.fields)
    return float(is_accepted(item, change))


def accepted_fields(item: ReviewItemRow, change: ListChange) -> list[str]:
    """Return the fields of a changed record that are taken from the list."""
    of_record = item.choices.get(change.key, item.decision)
    return [
        name
        for name in change.fields
        if item.choices.get(f"{change.key}/{leading_field(change.kind, name)}", of_record)
        == Decision.ACCEPT
    ]


def is_accepted(item: ReviewItemRow, change: ListChange) -> bool:
    """Return whether a new record is taken, or a gone one retired."""
    return item.choices.get(change.key, item.decision) == Decision.ACCEPT


def accepted_change(item: ReviewItemRow, change: ListChange) -> ListChange | None:
    """Return what is taken of a change, after what was decided; None for nothing."""
    if change.action is ChangeAction.CHANGED:
        taken = accepted_fields(item, change)
        return change.without(change.fields.keys() - taken) if taken else None
    if not is_accepted(item, change):
        return None
    is_held = item.change_group == ChangeGroup.HELD
    return msgspec.structs.replace(change, is_held=is_held)


def accepted_changes(session: Session, batch_id: str) -> Iterator[ListChange]:
    """Yield what is taken of a list, one change of each record; the session may be emptied."""
    return accepted_of(_items(session, batch_id), _left_records(session, batch_id))


def accepted_of(
    items: Iterable[ReviewItemRow], left: Collection[Key] = frozenset()
) -> Iterator[ListChange]:
    """Yield what is taken of review items, one change of each record.

    Args:
        items: those of a listing follow each other.
        left: new records that are not taken, and all that hangs on them.
    """
    for _, of_listing in groupby(items, lambda item: (item.kind, item.record_id)):
        taken = (accepted_change(*pair) for item in of_listing for pair in _changes(item))
        for change in _once_each(filter(None, taken)):
            if (change.kind, change.record_id) in left:
                continue
            lost = [name for name, *parent in change.parents if tuple(parent) in left]
            kept = change.without(lost) if lost else change
            if kept.fields or kept.action is not ChangeAction.CHANGED:
                yield kept


def _once_each(changes: Iterable[ListChange]) -> Iterable[ListChange]:
    """Merge the changes of each record into one, so that it is written and undone at once."""
    found: dict[str, ListChange] = {}
    for change in changes:
        if first := found.get(change.key):
            fields = {**first.fields, **change.fields}
            found[change.key] = msgspec.structs.replace(first, fields=fields)
        else:
            found[change.key] = change
    return found.values()


def _items(session: Session, batch_id: str, *conditions: Any) -> Iterator[ReviewItemRow]:
    """Yield review items in their order; the session may be emptied meanwhile."""
    item, start = ReviewItemRow, 0
    chosen = select(item).where(item.batch_id == batch_id, *conditions).order_by(item.number)
    while items := session.scalars(chosen.where(item.number >= start).limit(_ITEMS)).all():
        start = items[-1].number + 1
        session.expunge_all()
        yield from items


def _changes(item: ReviewItemRow) -> Iterator[tuple[ReviewItemRow, ListChange]]:
    return ((item, change) for change in unpack(item.changes))


def _left_records(session: Session, batch_id: str) -> set[Key]:
    """Return the new records that were not accepted, with all their descendants."""
    decided = ReviewItemRow.decision.in_([Decision.LEAVE, Decision.SOME])
    left = {
        (change.kind, change.record_id)
        for item in _items(session, batch_id, decided)
        for _, change in _changes(item)
        if change.action is ChangeAction.NEW and not is_accepted(item, change)
    }
    if not left:
        return left
    new = {
        (change.kind, change.record_id): [(kind, parent) for _, kind, parent in change.parents]
        for item in _items(session, batch_id)
        for _, change in _changes(item)
        if change.action is ChangeAction.NEW
    }
    more = True
    while more:
        hanging = {key for key, parents in new.items() if left.intersection(parents)} - left
        left |= hanging
        more = bool(hanging)
    return left
