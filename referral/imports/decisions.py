"""What people say to the changes of a list: to all, a group, a listing, a record or a field."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import NotFoundError, refused
from referral.imports.batches import batch_row
from referral.imports.cards import unpack
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, Decision, Tab
from referral.imports.rows import ImportCardRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is decided about: everything, or narrower with each field that is given.

    Attributes:
        tab: a group; ``CONFLICTS`` means the edits by hand that differ, and nothing else.
        number: a card.
        record: a record of that card, as "kind/id".
        field: a field of that record.
    """

    tab: Tab | None = None
    number: int | None = None
    record: str = ""
    field: str = ""


def decide(directory: Directory, batch_id: str, decision: Decision, target: Target) -> None:
    """Accept or leave changes. To a conflict: accept takes the list's value, leave keeps ours.

    A wider decision replaces the narrower ones below it.

    Raises:
        NotFoundError: the list has no such change.
        RefusedError: the list is not ready, or applied already.
    """
    with directory.store.write() as session:
        if batch_row(session, batch_id).state != BatchState.READY:
            raise refused("This list is not waiting for decisions. Look at its page again.")
        if target.record:
            _decide_record(session, batch_id, decision, target)
        else:
            _decide_cards(session, batch_id, decision, target)


def _decide_cards(session: Session, batch_id: str, decision: Decision, target: Target) -> None:
    card = ImportCardRow
    statement = update(card).where(card.batch_id == batch_id)
    if target.number is not None:
        statement = statement.where(card.number == target.number)
    match target.tab:
        case Tab.CONFLICTS:
            statement = statement.where(card.conflicts > 0)
            session.execute(statement.values(conflict_decision=decision.value, choices={}))
            return
        case Tab.HELD:
            statement = statement.where(card.is_held)
        case Tab():
            statement = statement.where(card.tab == target.tab)
        case None:
            pass
    session.execute(statement.values(decision=decision.value, choices={}))


def _decide_record(session: Session, batch_id: str, decision: Decision, target: Target) -> None:
    card = session.get(ImportCardRow, (batch_id, target.number))
    change = next(
        (change for change in unpack(card.changes if card else b"") if change.key == target.record),
        None,
    )
    if card is None or change is None:
        raise NotFoundError("The list has no such change.")
    choices = dict(card.choices)
    if not target.field:
        choices = {name: v for name, v in choices.items() if not name.startswith(change.key + "/")}
        choices[change.key] = decision.value
    elif target.field in change.fields:
        choices[f"{change.key}/{leading_field(change.kind, target.field)}"] = decision.value
    else:
        raise NotFoundError("The list does not change that.")
    card.choices = choices
