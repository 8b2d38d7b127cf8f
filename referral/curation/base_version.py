"""Finds what a record was when somebody began to edit it, and so who changed what since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.curation.conflicts import Conflict
from referral.curation.drafts import Draft
from referral.curation.families import (
    Family,
    last_edit,
    load_family,
    state_of,
)
from referral.directory.context import Directory
from referral.records.directory import Record
from referral.records.edits import Action
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names
from referral.records.visibility import Visibility
from referral.store.base import RecordRow
from referral.store.conversion import columns_of, from_json_value, record_from
from referral.store.rows_log import RecordEditRow

_State = dict[str, Any]


def conflict_of(session: Session, family: Family, yours: Draft) -> Conflict | None:
    """The conflict of a draft with what is stored; None when nothing changed under it."""
    theirs = family.draft()
    if yours.fingerprint.endswith(f"-{theirs.fingerprint}"):
        return None
    base = _base_of(session, family, yours.fingerprint)
    theirs = replace(theirs, fingerprint=f"{last_edit(session)}-{theirs.fingerprint}")
    return Conflict(theirs=theirs, yours=yours, base=base)


def read_base(directory: Directory, kind: str, record_id: str, fingerprint: str) -> Draft:
    """A record as it was when its form was made, with the fingerprint that the form has.

    Where that cannot be told any more it is as it is now; saving then finds the difference.

    Raises:
        NotFoundError: there is no such record.
    """
    with directory.store.read() as session:
        family = load_family(session, kind, record_id)
        base = _base_of(session, family, fingerprint) or family.draft()
        return replace(base, fingerprint=fingerprint)


def _base_of(session: Session, family: Family, fingerprint: str) -> Draft | None:
    """The record as it was then; None where the history does not lead back to it."""
    number, _, state = fingerprint.partition("-")
    if not number.isdecimal():
        return None
    base = _rewound(session, family, int(number))
    return base if base is not None and state_of(base) == state else None


def _rewound(session: Session, family: Family, number: int) -> Draft | None:
    """The record as it was after the edit with this number."""
    rows = {(row.__tablename__, row.id): row for row in (family.row, *family.children)}
    states: dict[tuple[str, str], _State | None] = {key: _state(row) for key, row in rows.items()}
    for edit in _edits_since(session, rows, number):
        key = edit.kind, edit.record_id
        state = states[key]
        if edit.action == Action.CREATED:
            states[key] = None
        elif state is not None:
            before = {
                name: from_json_value(edit.kind, name, pair[0])
                for name, pair in edit.fields.items()
            }
            state.update({name: value for name, value in before.items() if name in state})
    main = states[family.kind, family.row.id]
    if main is None:
        return None
    children = [
        _record(kind, state)
        for (kind, _), state in list(states.items())[1:]
        if state is not None and state["retired_at"] is None
    ]
    return Draft(
        kind=family.kind,
        record=_record(family.kind, main),
        children=tuple(_with_links(children)),
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


def _state(row: RecordRow) -> _State:
    return {**columns_of(record_from(row, Record)), "retired_at": row.retired_at}


def _record(kind: str, state: Mapping[str, Any]) -> Record:
    values = {name: state[name] for name in field_names(kind)}
    for name in PARENT_FIELDS.keys() & values.keys():
        values[name] = values[name] or ""
    return KINDS[kind](**{**values, "visibility": Visibility(values["visibility"])})


def _with_links(children: list[Record]) -> list[Record]:
    links = {child.id for child in children if type(child) is KINDS["service_at_location"]}
    return [
        child
        for child in children
        if not (at := getattr(child, "service_at_location_id", "")) or at in links
    ]
