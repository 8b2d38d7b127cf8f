"""Merge rules: fields to choose from, fields that are united, and keys of duplicate children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.duplicates.match_keys import address_key, room_key
from referral.errors import RefusedError
from referral.fields.text import split_list
from referral.message import Message
from referral.records.hsds import Record
from referral.records.kinds import PARENT_FIELDS, field_names

HOURS = "hours"  # chosen like a field, because mixed schedules would be wrong for both
_UNITED_FIELDS = frozenset({"alternate_name", "keywords"})
# Field → the fields that belong to it and are chosen with it.
_CHOSEN_TOGETHER: Mapping[str, tuple[str, ...]] = {"assured_date": ("verified_by", "assurer_email")}
# Kind → fields by which two children are equal; in other kinds, all fields must be.
_EQUALITY_FIELDS: Mapping[str, tuple[str, ...]] = {
    "phone": ("tel", "extension", "type"),
    "language": ("name", "code"),
    "attribute": ("taxonomy_term_id",),
    "service_heading": ("heading",),
    "translation": ("language", "field"),
    "required_document": ("document",),
    "funding": ("funding_source",),
    "organization_identifier": ("identifier_scheme", "identifier_type", "identifier"),
    "url": ("url",),
}


class MergeRefusal(StrEnum):
    """The reason why a merge of duplicates, a decision or an undo was refused."""

    NOT_TWO = "not-two"
    GONE = "gone"
    UNDONE = "already-undone"
    MERGED_AGAIN = "merged-again"
    MERGED = "merged"


class MergeRefusedError(RefusedError):
    """Raised when a merge of duplicates, a decision or an undo is refused."""

    def __init__(self, refusal: MergeRefusal) -> None:
        super().__init__(Message(refusal.value))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class FieldPair:
    """A field in which two duplicates differ, and which of the two values is proposed."""

    name: str
    kept: Any
    other: Any
    is_other_proposed: bool


def selectable_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of which a curator chooses one of two values in a merge."""
    follow = {name for names in _CHOSEN_TOGETHER.values() for name in names}
    left_out = {"id", "visibility", *PARENT_FIELDS, *_UNITED_FIELDS, *follow}
    return tuple(name for name in field_names(kind) if name not in left_out)


def linked_fields(name: str) -> tuple[str, ...]:
    """Return a field and those whose values are chosen together with it in a merge."""
    return (name, *_CHOSEN_TOGETHER.get(name, ()))


def field_pairs(kind: str, kept: Record, other: Record) -> tuple[FieldPair, ...]:
    """Return the fields of two duplicates of which a curator must choose a value.

    The other's value is proposed if the field is empty, or if its date of verification is later.
    """
    pairs = []
    for name in selectable_fields(kind):
        one, two = getattr(kept, name), getattr(other, name)
        if two in {"", None} or is_same(one, two):
            continue
        later = name == "assured_date" and one is not None and two > one
        pairs.append(FieldPair(name, one, two, one in {"", None} or later))
    return tuple(pairs)


def is_same(one: Any, two: Any) -> bool:
    """Return whether two field values are equal for a merge, ignoring the last slash of URLs."""
    if isinstance(one, str) and isinstance(two, str) and one.startswith("http"):
        return one.rstrip("/") == two.rstrip("/")
    return bool(one == two)


def merge_names(final: str, *names: str) -> str:
    """Unite the alternate names of two merged records, without the final name."""
    parts = (part for name in names for part in name.split(";"))
    return "; ".join(_unique_parts(parts, final))


def merge_keywords(*keywords: str) -> str:
    """Unite the keywords of two merged records, separated by ``|``."""
    return "|".join(_unique_parts((part for each in keywords for part in split_list(each)), ""))


def duplicate_key(kind: str, values: Mapping[str, Any], moving: str) -> tuple[Any, ...]:
    """Return a key that is equal for child records that a merge must not keep twice.

    The parent field ``moving`` is ignored.
    """
    if kind == "address" and (street := _street_key(values)):
        return (kind, street)
    names = _EQUALITY_FIELDS.get(kind)
    if names and (kind != "phone" or values["tel"]):
        own = [name for name in PARENT_FIELDS if values.get(name) and name != moving]
        extra = [name for name in own if name not in names]
    else:
        names = field_names(kind)
        extra = []
    return tuple(
        (name, _folded(values.get(name)))
        for name in (*names, *extra)
        if name not in {"id", "visibility", moving}
    )


def _street_key(values: Mapping[str, Any]) -> str:
    """Return the match key of a street address with room and type, "" without a number."""
    lines = values["address_1"], values["address_2"]
    street = address_key(lines[0], values["city"], values["postal_code"])
    return f"{street}#{room_key(*lines)} {values['address_type']}" if street else ""


def _folded(value: Any) -> Any:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _unique_parts(parts: Iterable[str], without: str) -> list[str]:
    seen, found = {_folded(without), ""}, []
    for part in parts:
        text = part.strip()
        if _folded(text) not in seen:
            seen.add(_folded(text))
            found.append(text)
    return found
