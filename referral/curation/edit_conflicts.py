"""Edit conflicts: detection against the base version, three-way differences, resolution.

The base version is the record as it was when the form was opened, rewound from the edit history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.curation.drafts import (
    Draft,
    PutAside,
    RecordTree,
    children_by_key,
    current_version,
    hash_draft,
    load_tree,
    put_aside,
    without_orphans,
)
from referral.curation.editable_fields import SHAPES
from referral.directory.instance import Instance
from referral.records.edits import Action
from referral.records.hsds import Record, ServiceAtLocation
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.visibility import Visibility
from referral.store.conversion import columns_of, from_json_value, record_from
from referral.store.rows_log import RecordEditRow

_State = dict[str, Any]


def detect_conflict(session: Session, tree: RecordTree, yours: Draft) -> Conflict | None:
    """Return the conflict of a draft with the stored record; None if the record is unchanged."""
    theirs = tree.draft()
    if yours.fingerprint.endswith(f"-{theirs.fingerprint}"):
        return None
    base = _base_version(session, tree, yours.fingerprint)
    return Conflict(theirs=current_version(session, tree), yours=yours, base=base)


def read_base_version(
    instance: Instance, kind: str, record_id: str, fingerprint: str
) -> tuple[Draft, PutAside]:
    """Return the version of a record on which a form is based, and its values without a field.

    The draft has the fingerprint of the form. If the history does not reach back that far, the
    draft is the current version, and saving then detects conflicts.

    Raises:
        NotFoundError: there is no such record.
    """
    with instance.store.read() as session:
        tree = load_tree(session, kind, record_id)
        base = _base_version(session, tree, fingerprint) or tree.draft()
        return replace(base, fingerprint=fingerprint), put_aside(session, tree)


def _base_version(session: Session, tree: RecordTree, fingerprint: str) -> Draft | None:
    """Rebuild the version of a record with a fingerprint, None if that is not possible."""
    number, _, state_hash = fingerprint.partition("-")
    if not number.isdecimal():
        return None
    base = _rewind(session, tree, int(number))
    return base if base is not None and hash_draft(base) == state_hash else None


def _rewind(session: Session, tree: RecordTree, number: int) -> Draft | None:
    """Rebuild the version of a record after an earlier edit, None if the record is newer."""
    rows = {(row.__tablename__, row.id): row for row in (tree.row, *tree.children)}
    states: dict[tuple[str, str], _State | None] = {
        key: {**columns_of(record_from(row, Record)), "retired_at": row.retired_at}
        for key, row in rows.items()
    }
    for edit in _edits_since(session, rows, number):
        key = edit.kind, edit.record_id
        state = states[key]
        if edit.action == Action.CREATED:
            states[key] = None
        elif state is not None:
            before = {
                name: from_json_value(edit.kind, name, old)
                for name, (old, _) in edit.fields.items()
            }
            state.update({name: value for name, value in before.items() if name in state})
    main_key = tree.kind, tree.row.id
    main = states[main_key]
    if main is None:
        return None
    children = [
        _record_from_state(kind, state)
        for (kind, record_id), state in states.items()
        if (kind, record_id) != main_key and state is not None and state["retired_at"] is None
    ]
    return Draft(
        kind=tree.kind,
        record=_record_from_state(tree.kind, main),
        children=tuple(without_orphans(children, ServiceAtLocation)),
        is_retired=main["retired_at"] is not None,
    )


def _edits_since(
    session: Session, keys: Iterable[tuple[str, str]], number: int
) -> Iterable[RecordEditRow]:
    ids = [record_id for _, record_id in keys]
    known = set(keys)
    rows = session.scalars(
        select(RecordEditRow)
        .where(RecordEditRow.id > number, RecordEditRow.record_id.in_(ids))
        .order_by(RecordEditRow.id.desc())
    )
    return [row for row in rows if (row.kind, row.record_id) in known]


def _record_from_state(kind: str, state: Mapping[str, Any]) -> Record:
    values = {name: state[name] for name in field_names(kind)}
    for name in PARENT_FIELDS.keys() & values.keys():
        values[name] = values[name] or ""
    return KINDS[kind](**{**values, "visibility": Visibility(values["visibility"])})


class Side(StrEnum):
    """The version whose value is chosen to resolve an edit conflict."""

    THEIRS = "theirs"  # the stored version
    YOURS = "yours"  # the version in the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field or child record that differs between two versions in an edit conflict.

    Attributes:
        key: name of the field, or a key as of ``drafts.child_key`` (with a ``/``).
        base, theirs, yours: value of the field, or a tuple of records (empty for none); ``base``
            is from the base version, None if there is none.
        proposed: the side that changed the value, if only one did; otherwise None.
    """

    key: str
    base: Any
    theirs: Any
    yours: Any
    proposed: Side | None

    @property
    def is_field(self) -> bool:
        """Return whether an edit conflict is in a field of the record, not in a child record."""
        return "/" not in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A conflict between a draft and a record that was changed since the form was opened.

    Attributes:
        theirs: the stored version; its fingerprint is the one to save against.
        yours: the draft from the form.
        base: the version both began with; None if it cannot be rebuilt from the history.
    """

    theirs: Draft
    yours: Draft
    base: Draft | None

    def differences(self) -> tuple[Difference, ...]:
        """Return all differences between the two versions in an edit conflict, fields first."""
        return tuple(self._iter_differences())

    def resolved(self, choices: Mapping[str, Side]) -> tuple[Draft, tuple[str, ...]]:
        """Return the draft with an edit conflict resolved by choices, and the keys left unresolved.

        Args:
            choices: key of a difference → chosen side; by default the proposed side.
        """
        sides: dict[str, Side] = {}
        open_keys: list[str] = []
        for difference in self._iter_differences():
            side = choices.get(difference.key, difference.proposed)
            if side is None:
                open_keys.append(difference.key)
            else:
                sides[difference.key] = side
        return self._combine(sides), tuple(open_keys)

    def _combine(self, sides: Mapping[str, Side]) -> Draft:
        theirs, yours = comparable_parts(self.theirs), comparable_parts(self.yours)
        values: dict[str, Any] = {}
        children: list[Record] = []
        for key in dict.fromkeys([*yours, *theirs]):
            your_value, their_value = yours.get(key, ()), theirs.get(key, ())
            # Equal values stay as they are stored, so that hours keep their ids.
            stays = sides.get(key) is Side.THEIRS or _is_same(your_value, their_value)
            value = their_value if stays else your_value
            if "/" in key:
                children.extend(value)
            else:
                values[key] = value
        return replace(
            self.theirs, record=replace(self.theirs.record, **values), children=tuple(children)
        )

    def _iter_differences(self) -> Iterator[Difference]:
        theirs, yours = comparable_parts(self.theirs), comparable_parts(self.yours)
        base = comparable_parts(self.base) if self.base else None
        for key in sorted(theirs | yours, key=lambda key: ("/" in key, key)):
            your_value, their_value = yours.get(key, ()), theirs.get(key, ())
            if _is_same(your_value, their_value):
                continue
            before = base.get(key, ()) if base is not None else None
            yield Difference(
                key=key,
                base=before,
                theirs=their_value,
                yours=your_value,
                proposed=_proposed_side(before, their_value, your_value)
                if base is not None
                else None,
            )


def comparable_parts(draft: Draft) -> dict[str, Any]:
    """Return the parts of a draft to compare for conflicts: fields by name, children by key."""
    shape = SHAPES[draft.kind]
    names = [*shape.fields, *(["position_source"] if draft.kind == "location" else [])]
    return {name: getattr(draft.record, name) for name in names} | children_by_key(draft.children)


def _proposed_side(base: Any, theirs: Any, yours: Any) -> Side | None:
    if _is_same(yours, base):
        return Side.THEIRS
    return Side.YOURS if _is_same(theirs, base) else None


def _is_same(value: Any, other: Any) -> bool:
    """Return whether two values in an edit conflict are equal, regardless of child records' ids."""
    return bool(_comparable(value) == _comparable(other))


def _comparable(value: Any) -> Any:
    if isinstance(value, tuple):
        return sorted(repr(replace(record, id="")) for record in value)
    return value
