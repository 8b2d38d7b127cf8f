"""Decisions on an import: accept or leave a group, a review item of it, a record or a field."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import NotFoundError, refused
from referral.imports.batches import batch_row
from referral.imports.list_changes import ListChange, unpack
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.review_items import accepted_fields, is_accepted
from referral.imports.rows import ReviewItemRow
from referral.records.accounts import COMMAND_LINE, Actor


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
    directory: Directory,
    batch_id: str,
    decision: Decision,
    scope: DecisionScope,
    actor: Actor = COMMAND_LINE,
) -> None:
    """Accept or leave changes; a wider decision replaces the narrower ones below it.

    Raises:
        NotFoundError: the list has no such change.
        RefusedError: the list is not ready, or applied already.
    """
    with directory.store.write() as session:
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
    """An item of which all, or nothing, is accepted needs no choices."""
    taken = [_share_accepted(item, change) for change in changes]
    if all(share == 1 for share in taken):
        item.decision, item.choices = Decision.ACCEPT.value, {}
    elif not any(taken):
        item.decision, item.choices = Decision.LEAVE.value, {}


def _share_accepted(item: ReviewItemRow, change: ListChange) -> float:
    if change.fields:
        return len(accepted_fields(item, change)) / len(change.fields)
    return float(is_accepted(item, change))
