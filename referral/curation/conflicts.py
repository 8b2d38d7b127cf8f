"""Two people edited one record: what each of them made of it, thing by thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from referral.curation.drafts import SHAPES, Draft, by_key
from referral.records.directory import Record


class Side(StrEnum):
    """Whose version of a thing."""

    THEIRS = "theirs"  # as it is stored by now
    YOURS = "yours"  # as it was typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field, or a record that hangs on the one edited, that the two have otherwise.

    Attributes:
        key: name of the field, or as in ``draft.key_of`` (with a ``/``).
        base, theirs, yours: value of the field, or a tuple of records (empty for none); ``base``
            is as both began, None when that is not known.
        proposed: whose to take when only one of them changed it; None when both did.
    """

    key: str
    base: Any
    theirs: Any
    yours: Any
    proposed: Side | None

    @property
    def is_field(self) -> bool:
        """Whether it is a field of the record itself."""
        return "/" not in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Somebody stored other values while this person typed; nothing was written.

    Attributes:
        theirs: the record as it is stored by now; its fingerprint is the one to save against.
        yours: what was typed.
        base: as both began; None when it cannot be told any more.
    """

    theirs: Draft
    yours: Draft
    base: Draft | None

    def differences(self) -> tuple[Difference, ...]:
        """All things that are not the same in both, fields first."""
        return tuple(self._differences())

    def resolved(self, choices: Mapping[str, Side]) -> tuple[Draft, tuple[str, ...]]:
        """The draft by these choices, and the keys that still need one.

        Args:
            choices: key of a difference → whose to take; where there is none, what is proposed.
        """
        taken: dict[str, Side] = {}
        open_keys: list[str] = []
        for difference in self._differences():
            side = choices.get(difference.key, difference.proposed)
            if side is None:
                open_keys.append(difference.key)
            else:
                taken[difference.key] = side
        return self._made_of(taken), tuple(open_keys)

    def _made_of(self, taken: Mapping[str, Side]) -> Draft:
        theirs, yours = things_of(self.theirs), things_of(self.yours)
        values: dict[str, Any] = {}
        children: list[Record] = []
        for key in dict.fromkeys([*yours, *theirs]):
            mine, other = yours.get(key, ()), theirs.get(key, ())
            # What says the same stays as it is stored: hours that both typed keep their ids.
            stays = taken.get(key) is Side.THEIRS or _same(mine, other)
            value = other if stays else mine
            if "/" in key:
                children.extend(value)
            else:
                values[key] = value
        return replace(
            self.theirs, record=replace(self.theirs.record, **values), children=tuple(children)
        )

    def _differences(self) -> Iterator[Difference]:
        theirs, yours = things_of(self.theirs), things_of(self.yours)
        base = things_of(self.base) if self.base else None
        for key in sorted(theirs | yours, key=lambda key: ("/" in key, key)):
            mine, other = yours.get(key, ()), theirs.get(key, ())
            if _same(mine, other):
                continue
            before = base.get(key, ()) if base is not None else None
            yield Difference(
                key=key,
                base=before,
                theirs=other,
                yours=mine,
                proposed=_proposed(before, other, mine) if base is not None else None,
            )


def things_of(draft: Draft) -> dict[str, Any]:
    """Fields by name and children by key: all that one can choose between."""
    shape = SHAPES[draft.kind]
    names = [*shape.fields, *(["position_source"] if draft.kind == "location" else [])]
    return {name: getattr(draft.record, name) for name in names} | by_key(draft.children)


def _proposed(base: Any, theirs: Any, yours: Any) -> Side | None:
    if _same(yours, base):
        return Side.THEIRS
    return Side.YOURS if _same(theirs, base) else None


def _same(one: Any, other: Any) -> bool:
    """Whether they say the same; hours are the same whatever their ids."""
    return bool(_said(one) == _said(other))


def _said(value: Any) -> Any:
    if isinstance(value, tuple):
        return sorted(repr(replace(record, id="")) for record in value)
    return value
