"""Merge rules: fields to choose, lists to unite, duplicate children, the stricter visibility."""

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

HOURS = "hours"  # chosen like a field: two weeks mixed would be nobody's hours
_UNITED = frozenset({"alternate_name", "keywords"})
# Fields that say one thing together are chosen together.
_TOGETHER: Mapping[str, tuple[str, ...]] = {"assured_date": ("verified_by", "assurer_email")}
# A child is the same where these are; of other kinds, where all its fields are.
_SAME_BY: Mapping[str, tuple[str, ...]] = {
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
    """Why a merge, a decision or an undo was not done."""

    NOT_TWO = "not-two"
    GONE = "gone"
    UNDONE = "already-undone"
    MERGED_AGAIN = "merged-again"
    MERGED = "merged"


class MergeRefusedError(RefusedError):
    """Nothing was merged or taken back; ``refusal`` says why, and pages say it in words."""

    def __init__(self, refusal: MergeRefusal) -> None:
        super().__init__(Message(refusal.value))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class FieldPair:
    """A field in which the two differ; ``proposed`` says whether the other's is the one to take."""

    name: str
    kept: Any
    other: Any
    proposed: bool


def selectable_fields(kind: str) -> tuple[str, ...]:
    """The fields of which one value is chosen."""
    follow = {name for names in _TOGETHER.values() for name in names}
    left_out = {"id", "visibility", *PARENT_FIELDS, *_UNITED, *follow}
    return tuple(name for name in field_names(kind) if name not in left_out)


def linked_fields(name: str) -> tuple[str, ...]:
    """The field and those that go with it."""
    return (name, *_TOGETHER.get(name, ()))


def field_pairs(kind: str, kept: Record, other: Record) -> tuple[FieldPair, ...]:
    """What has to be chosen: an empty field takes what the other has, a check the later day."""
    pairs = []
    for name in selectable_fields(kind):
        one, two = getattr(kept, name), getattr(other, name)
        if two in {"", None} or is_same(one, two):
            continue
        later = name == "assured_date" and one is not None and two > one
        pairs.append(FieldPair(name, one, two, one in {"", None} or later))
    return tuple(pairs)


def is_same(one: Any, two: Any) -> bool:
    """Whether two values mean the same; web addresses do with and without the last slash."""
    if isinstance(one, str) and isinstance(two, str) and one.startswith("http"):
        return one.rstrip("/") == two.rstrip("/")
    return bool(one == two)


def merge_names(final: str, *names: str) -> str:
    """Other names, each once, without the one that the record has."""
    parts = (part for name in names for part in name.split(";"))
    return "; ".join(_each_once(parts, final))


def merge_keywords(*keywords: str) -> str:
    """All keywords, each once."""
    return "|".join(_each_once((part for each in keywords for part in split_list(each)), ""))


def duplicate_key(kind: str, values: Mapping[str, Any], moving: str) -> tuple[Any, ...]:
    """What makes a child the same as another, apart from the parent that it is moved from."""
    if kind == "address" and (street := _street_key(values)):
        return (kind, street)
    names = _SAME_BY.get(kind)
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
    """An address however it is spelled, with its room and its kind; "" when it has no number."""
    lines = values["address_1"], values["address_2"]
    street = address_key(lines[0], values["city"], values["postal_code"])
    return f"{street}#{room_key(*lines)} {values['address_type']}" if street else ""


def _folded(value: Any) -> Any:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _each_once(parts: Iterable[str], without: str) -> list[str]:
    seen, found = {_folded(without), ""}, []
    for part in parts:
        text = part.strip()
        if _folded(text) not in seen:
            seen.add(_folded(text))
            found.append(text)
    return found
