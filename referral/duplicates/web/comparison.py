"""Side-by-side comparison of two records: fields and lists that agree, differ or are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext

from referral.duplicates.duplicate_queue import RecordSide, SideBySide
from referral.duplicates.matching import Evidence, MatchBand
from referral.duplicates.merge_rules import FieldPair, MergeRefusal, is_same, selectable_fields

Words = tuple[tuple[str, bool], ...]
"""The pieces of a text, each with whether the other record lacks it."""

EVIDENCE_LABELS: Mapping[Evidence, Any] = {
    Evidence.NAME: lazy_gettext("name"),
    Evidence.ORGANIZATION: lazy_gettext("organization"),
    Evidence.PHONE: lazy_gettext("phone"),
    Evidence.PLACE: lazy_gettext("address"),
    Evidence.WEBSITE: lazy_gettext("website"),
    Evidence.IDENTIFIER: lazy_gettext("tax number"),
}
BAND_LABELS: Mapping[MatchBand, Any] = {
    MatchBand.NEAR_CERTAIN: lazy_gettext("Near-certain"),
    MatchBand.MAYBE: lazy_gettext("Maybe"),
    MatchBand.UNLIKELY: lazy_gettext("Unlikely"),
}
KIND_LABELS: Mapping[str, Any] = {
    "organization": lazy_gettext("organization"),
    "service": lazy_gettext("service"),
    "location": lazy_gettext("place"),
}
REFUSAL_LABELS: Mapping[MergeRefusal, Any] = {
    MergeRefusal.NOT_TWO: lazy_gettext("Say which of the two records stays."),
    MergeRefusal.GONE: lazy_gettext("One of the two is no longer on the list."),
    MergeRefusal.UNDONE: lazy_gettext("This merge was taken back already."),
    MergeRefusal.MERGED_AGAIN: lazy_gettext(
        "The record was merged again since. Take the later merge back first."
    ),
    MergeRefusal.MERGED: lazy_gettext("The two are merged. Take the merge back first."),
}


class RowState(StrEnum):
    """The result of comparing a value of two duplicates: equal, different or missing."""

    SAME = "same"
    DIFFERENT = "different"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field of both records on the page that compares two likely duplicates.

    ``choice`` is set if a curator has to choose a value.
    """

    name: str
    state: RowState
    kept: Words
    other: Words
    choice: FieldPair | None = None


def compare_fields(shown: SideBySide) -> tuple[ComparedField, ...]:
    """Return the fields of two likely duplicates, those that differ first."""
    choices = {each.name: each for each in shown.fields}
    rows = []
    for name in selectable_fields(shown.pair.kind):
        one, two = getattr(shown.kept.record, name), getattr(shown.other.record, name)
        state = _compare_values(one, two)
        if state is not RowState.NONE:
            rows.append(ComparedField(name, state, *mark_words(one, two), choices.get(name)))
    return tuple(sorted(rows, key=lambda each: each.state is RowState.SAME))


def mark_words(one: Any, other: Any) -> tuple[Words, Words]:
    """Split two texts of likely duplicates, and mark the words that the other text lacks."""
    texts = ["" if each is None else str(each) for each in (one, other)]
    words = [text.split() for text in texts]
    folded = [[word.casefold().rstrip("/") for word in each] for each in words]
    found = SequenceMatcher(None, folded[0], folded[1], autojunk=False).get_opcodes()
    first = tuple((" ".join(words[0][a:b]), tag != "equal") for tag, a, b, _, _ in found if a < b)
    second = tuple((" ".join(words[1][c:d]), tag != "equal") for tag, _, _, c, d in found if c < d)
    return first, second


def list_states(shown: SideBySide) -> dict[str, RowState]:
    """Compare the phones, addresses, services and other lists of two likely duplicates."""
    return {
        name: _compare_values(_list_keys(shown.kept, name), _list_keys(shown.other, name))
        for name in ("phones", "addresses", "services", "contacts", "schedules")
    } | {"organization": _compare_values(shown.kept.organization, shown.other.organization)}


def common_keys(shown: SideBySide) -> dict[str, frozenset[str]]:
    """Return the keys of the phones, addresses and services that two likely duplicates share."""
    return {
        name: frozenset(_list_keys(shown.kept, name)) & frozenset(_list_keys(shown.other, name))
        for name in ("phones", "addresses", "services")
    }


def gains_of_merge(shown: SideBySide) -> dict[str, int]:
    """Return how many phones, addresses and services the kept record would gain by a merge."""
    common = common_keys(shown)
    gained = {name: len(set(_list_keys(shown.other, name)) - common[name]) for name in common}
    if shown.pair.kind == "organization":
        gained["services"] = len(shown.other.services)
    return gained


def address_line(address: Any) -> str:
    """Return the street lines of an address, folded to compare likely duplicates."""
    return " ".join(f"{address.address_1} {address.address_2}".casefold().split())


def _list_keys(side: RecordSide, name: str) -> tuple[str, ...]:
    readers: dict[str, Iterable[str]] = {
        "phones": (each.tel or each.number for each in side.phones),
        "addresses": map(address_line, side.addresses),
        "services": (each.casefold() for each in side.services),
        "contacts": (each.name.casefold() for each in side.contacts),
        "schedules": (
            f"{each.freq} {each.byday} {each.opens_at} {each.closes_at} {each.description}"
            for each in side.schedules
        ),
    }
    return tuple(sorted(set(readers[name])))


def _compare_values(one: Any, other: Any) -> RowState:
    is_empty = [each in {None, "", ()} for each in (one, other)]
    if all(is_empty):
        return RowState.NONE
    if any(is_empty):
        return RowState.ONE
    return RowState.SAME if is_same(one, other) else RowState.DIFFERENT


STATE_LABELS: Mapping[RowState, Any] = {
    RowState.SAME: lazy_gettext("same"),
    RowState.DIFFERENT: lazy_gettext("different"),
    RowState.ONE: lazy_gettext("only one has it"),
}
