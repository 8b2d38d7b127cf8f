"""Changes of single records by a list: packed in review items until decided, and written."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from referral.imports.reconcile import leading_field
from referral.imports.records import ChangeAction
from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.records.visibility import Visibility
from referral.store.conversion import column_value

# Not shown: ids and derived values.
_NOT_SHOWN = frozenset({*PARENT_FIELDS, "link_id", "link_entity", "id", "retired_at"})
_MAIN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "organization": ("description",),
    "service": ("description",),
    "location": ("description",),
    "program": ("description",),
    "phone": ("number", "extension", "description"),
    "address": ("address_1", "address_2", "city"),
    "schedule": ("byday", "opens_at", "closes_at", "description"),
    "contact": ("name", "title", "email"),
    "cost_option": ("option", "amount", "amount_description"),
    "required_document": ("document",),
    "translation": ("text",),
    "accessibility": ("description",),
}
_ENCODER = msgspec.msgpack.Encoder()


class ListChange(msgspec.Struct, frozen=True):
    """Change of one record by an import, in a form that can be stored for review.

    A ``PlannedChange`` refers to records in memory; a ``ListChange`` has their values as JSON. They
    are made one after the other, since a list may have a quarter of a million records.

    Attributes:
        origin: source, key, file, line and unmapped cells; see ``Origin``.
        columns: column → value of a new or gone record, without empty ones.
        fields: field → (stored, listed) of a changed record.
        is_private: whether only users who may see withheld records may see the values.
        is_withheld: new, and withheld by a rule until staff review it.
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
    is_withheld: bool = msgspec.field(default=False, name="is_held")  # stored under that name
    adds_to: str = ""
    asked_by: str = ""

    @property
    def key(self) -> str:
        """Return the key of a changed record in the choices of its review item."""
        return f"{self.kind}/{self.record_id}"

    @property
    def values(self) -> dict[str, Any]:
        """Return the imported list's value for each column of a changed record."""
        if self.action is not ChangeAction.CHANGED:
            return self.columns
        return {name: column_value(name, new) for name, (_, new) in self.fields.items()}

    @property
    def parents(self) -> list[tuple[str, str, str]]:
        """Return the parents in an import's change, as column, kind and id of the parent."""
        values = self.values
        names = values.keys() & PARENT_FIELDS.keys()
        found = [(name, PARENT_FIELDS[name], values[name]) for name in names]
        if values.get("link_entity") in KINDS:
            found.append(("link_id", values["link_entity"], values["link_id"]))
        return found

    @property
    def withholds_place(self) -> bool:
        """Return whether an import's change withholds a location that a person should review."""
        is_changed = self.action is ChangeAction.CHANGED
        withholds = self.values.get("visibility") == Visibility.WITHHELD.value
        return self.kind == "location" and withholds and (self.is_withheld or is_changed)

    @property
    def masked(self) -> ListChange:
        """Return a copy of an import's private change without its values.

        It is for users who may not see them.
        """
        if not self.is_private:
            return self
        fields = dict.fromkeys(self.fields, (None, None))
        return msgspec.structs.replace(self, columns={}, fields=fields, conflicts=[])

    @property
    def is_masked(self) -> bool:
        """Return whether the values of an import's change were removed."""
        return not self.columns and all(old == new for old, new in self.fields.values())

    @property
    def shown_values(self) -> list[tuple[str, Any]]:
        """Return the columns that review pages show of a new or gone record, with their values."""
        return [
            (name, value)
            for name, value in self.columns.items()
            if name not in _NOT_SHOWN
            and leading_field(self.kind, name) == name
            and value is not False
        ]

    @property
    def main_values(self) -> list[tuple[str, Any]]:
        """Return the few columns that describe a new or gone record best in a review."""
        found = dict(self.shown_values)
        wanted = _MAIN_FIELDS.get(self.kind, ("name",))
        return [(name, found[name]) for name in wanted if name in found]

    @property
    def shown_fields(self) -> list[str]:
        """Return the fields of a changed record that import review pages show."""
        if self.is_masked:
            return []
        return [
            name
            for name in self.fields
            if name not in _NOT_SHOWN
            and leading_field(self.kind, name) not in self.fields.keys() - {name}
        ]

    def without(self, names: Collection[str]) -> ListChange:
        """Return a copy of an import's change without these columns or fields."""
        columns = {name: value for name, value in self.columns.items() if name not in names}
        fields = {name: pair for name, pair in self.fields.items() if name not in names}
        return msgspec.structs.replace(self, columns=columns, fields=fields)


_DECODER = msgspec.msgpack.Decoder(list[ListChange])


def pack(changes: Sequence[ListChange]) -> bytes:
    """Serialize the changes of an import's review item as compressed MessagePack."""
    return zlib.compress(_ENCODER.encode(changes), 1)


def unpack(packed: bytes) -> list[ListChange]:
    """Deserialize the changes of an import's review item that ``pack`` serialized."""
    return _DECODER.decode(zlib.decompress(packed)) if packed else []
