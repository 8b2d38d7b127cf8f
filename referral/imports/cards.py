"""A plan as people read it: the changes of a listing and its parts on one card."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.apply import Write
from referral.imports.card_titles import Head, Heads
from referral.imports.plan import ImportPlan, PlannedChange
from referral.imports.reconcile import leading_field
from referral.imports.records import ChangeAction, Decision, Tab
from referral.imports.rows import ImportCardRow
from referral.records.kinds import Origin, kind_of
from referral.store.conversion import column_value, columns_of, json_value


class CardChange(msgspec.Struct, frozen=True):
    """What happens to one record, as kept in a card.

    Attributes:
        columns: column → value of a new or gone record, as JSON has it.
        fields: field → (stored, list's) of a changed one.
        is_private: only those who may see what is withheld may see the values.
    """

    action: ChangeAction
    kind: str
    record_id: str
    origin: tuple[str, str, str, int, dict[str, str]]
    columns: dict[str, Any]
    fields: dict[str, tuple[Any, Any]]
    conflicts: list[str]
    is_held: bool
    is_private: bool

    @property
    def key(self) -> str:
        """How choices name the record."""
        return f"{self.kind}/{self.record_id}"


_DECODER = msgspec.msgpack.Decoder(list[CardChange])
_ENCODER = msgspec.msgpack.Encoder()


def pack(changes: Sequence[CardChange]) -> bytes:
    """The changes of a card in few bytes."""
    return zlib.compress(_ENCODER.encode(changes), 1)


def unpack(packed: bytes) -> list[CardChange]:
    """The opposite of ``pack``."""
    return _DECODER.decode(zlib.decompress(packed)) if packed else []


def make_cards(
    session: Session, batch_id: str, items: Iterable[Item], plan: ImportPlan
) -> Iterator[dict[str, Any]]:
    """The cards of a plan, organization by organization, those without a change included.

    Columns of ``ImportCardRow``: a list has more cards than a session should make objects of.
    """
    heads = Heads(session, items, plan.changes)
    by_head: dict[tuple[str, str], list[PlannedChange]] = defaultdict(list)
    for change in plan.changes:
        by_head[heads.head_of(change.record)].append(change)
    for number, head in enumerate(heads.in_order(by_head)):
        changes = by_head.pop(head.key, [])
        packed = [_card_change(change, heads) for change in changes]
        yield {
            "batch_id": batch_id,
            "number": number,
            "kind": head.key[0],
            "record_id": head.key[1],
            "title": head.title[:255],
            "subtitle": head.subtitle[:255],
            "is_private": head.is_private,
            "tab": _tab(head, changes).value,
            "is_held": any(change.is_held for change in changes),
            "conflicts": sum(len(_leading(change)) for change in changes),
            "changes": pack(packed) if packed else b"",
            "decision": Decision.ACCEPT.value,
            "conflict_decision": Decision.LEAVE.value,
            "choices": {},
        }


def accepted_fields(card: ImportCardRow, change: CardChange) -> list[str]:
    """The fields of a changed record that are taken from the list."""
    of_record = card.choices.get(change.key, card.decision)
    taken = []
    for name in change.fields:
        default = card.conflict_decision if name in change.conflicts else of_record
        lead = leading_field(change.kind, name)
        if card.choices.get(f"{change.key}/{lead}", default) == Decision.ACCEPT:
            taken.append(name)
    return taken


def is_accepted(card: ImportCardRow, change: CardChange) -> bool:
    """Whether a new record is taken, or a gone one retired."""
    return card.choices.get(change.key, card.decision) == Decision.ACCEPT


def accepted_write(card: ImportCardRow, change: CardChange) -> Write | None:
    """What to write of a change, after what was decided."""
    origin = _origin(change)
    if change.action is not ChangeAction.CHANGED:
        if not is_accepted(card, change):
            return None
        columns = change.columns if change.action is ChangeAction.NEW else {}
        return Write(change.action, change.kind, change.record_id, origin, columns)
    taken = accepted_fields(card, change)
    if not taken:
        return None
    columns = {name: column_value(name, change.fields[name][1]) for name in taken}
    before = {name: column_value(name, change.fields[name][0]) for name in taken}
    return Write(change.action, change.kind, change.record_id, origin, columns, before)


def _tab(head: Head, changes: Sequence[PlannedChange]) -> Tab:
    for change in changes:
        if (kind_of(change.record), change.record.id) == head.key:
            if change.action is ChangeAction.NEW:
                return Tab.NEW
            if change.action is ChangeAction.GONE:
                return Tab.GONE
    return Tab.CHANGED if any(change.writes for change in changes) else Tab.UNCHANGED


def _leading(change: PlannedChange) -> set[str]:
    return {leading_field(kind_of(change.record), name) for name in change.conflicts}


def _card_change(change: PlannedChange, heads: Heads) -> CardChange:
    origin = change.origin
    columns: Mapping[str, Any] = {}
    if change.action is not ChangeAction.CHANGED:
        columns = columns_of(change.record)
    return CardChange(
        action=change.action,
        kind=kind_of(change.record),
        record_id=change.record.id,
        origin=(origin.source, origin.key, origin.file, origin.line, dict(origin.unmapped)),
        columns={
            name: json_value(value)
            for name, value in columns.items()
            if value is not None and value != ""
        },
        fields={
            name: (json_value(old), json_value(new)) for name, (old, new) in change.fields.items()
        },
        conflicts=sorted(change.conflicts),
        is_held=change.is_held,
        is_private=heads.is_private(change.record),
    )


def _origin(change: CardChange) -> Origin:
    source, key, file, line, unmapped = change.origin
    return Origin(source=source, key=key, file=file, line=line, unmapped=unmapped)
