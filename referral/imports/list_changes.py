"""Changes of single records by a list: packed in review items until decided, and written."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from referral.imports.plan import PlannedChange
from referral.imports.records import ChangeAction
from referral.records.kinds import KINDS, PARENT_FIELDS, kind_of
from referral.records.visibility import Visibility
from referral.store.conversion import column_value, columns_of, json_value


class ListChange(msgspec.Struct, frozen=True):
    """What a list changes of one record.

    A ``PlannedChange`` refers to the records of the list, which are in memory anyway: a list may
    have a quarter of a million. This has their values as JSON has them, and is made of one change
    after the other.

    Attributes:
        origin: source, key, file, line and unmapped cells; see ``Origin``.
        columns: column → value of a new or gone record; one left out is empty.
        fields: field → (stored, list's) of a changed one.
        is_private: only those who may see what is withheld may see the values.
        is_held: new, and withheld by a rule until somebody has looked at it.
        adds_to, asked_by: see ``PlannedChange``.
    """

    action: ChangeAction
    kind: str
    record_id: str
    origin: tuple[str, str, str, int, dict[str, str]]
    columns: dict[str, Any]
    fields: dict[str, tuple[Any, Any]]
    conflicts: list[str]
    is_private: bool = False
    is_held: bool = False
    adds_to: str = ""
    asked_by: str = ""

    @property
    def key(self) -> str:
        """How ``choices`` name the record."""
        return f"{self.kind}/{self.record_id}"

    @property
    def values(self) -> dict[str, Any]:
        """Column → what the list says."""
        if self.action is not ChangeAction.CHANGED:
            return self.columns
        return {name: column_value(name, new) for name, (_, new) in self.fields.items()}

    @property
    def parents(self) -> list[tuple[str, str, str]]:
        """The parents that it gives the record: (column, kind of the parent, its id)."""
        values = self.values
        names = values.keys() & PARENT_FIELDS.keys()
        found = [(name, PARENT_FIELDS[name], values[name]) for name in names]
        if values.get("link_entity") in KINDS:
            found.append(("link_id", values["link_entity"], values["link_id"]))
        return found

    @property
    def withholds_place(self) -> bool:
        """Whether it withholds a place that somebody has to look at."""
        is_changed = self.action is ChangeAction.CHANGED
        withholds = self.values.get("visibility") == Visibility.WITHHELD.value
        return self.kind == "location" and withholds and (self.is_held or is_changed)

    def without(self, names: Collection[str]) -> ListChange:
        """The same change, but for these columns or fields."""
        columns = {name: value for name, value in self.columns.items() if name not in names}
        fields = {name: pair for name, pair in self.fields.items() if name not in names}
        return msgspec.structs.replace(self, columns=columns, fields=fields)


def list_change(planned: PlannedChange, *, is_private: bool = False) -> ListChange:
    """A planned change with the values of its record."""
    origin = planned.origin
    columns: dict[str, Any] = {}
    if planned.action is not ChangeAction.CHANGED:
        columns = {
            name: json_value(value)
            for name, value in columns_of(planned.record).items()
            if value is not None and value != ""
        }
    return ListChange(
        action=planned.action,
        kind=kind_of(planned.record),
        record_id=planned.record.id,
        origin=(origin.source, origin.key, origin.file, origin.line, dict(origin.unmapped)),
        columns=columns,
        fields={
            name: (json_value(old), json_value(new)) for name, (old, new) in planned.fields.items()
        },
        conflicts=sorted(planned.conflicts),
        is_private=is_private,
        is_held=planned.is_held,
        adds_to=planned.adds_to,
        asked_by=planned.asked_by,
    )


_DECODER = msgspec.msgpack.Decoder(list[ListChange])
_ENCODER = msgspec.msgpack.Encoder()


def pack(changes: Sequence[ListChange]) -> bytes:
    """The changes of an item as compressed MessagePack."""
    return zlib.compress(_ENCODER.encode(changes), 1)


def unpack(packed: bytes) -> list[ListChange]:
    """The opposite of ``pack``."""
    return _DECODER.decode(zlib.decompress(packed)) if packed else []
