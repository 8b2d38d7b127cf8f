"""Brings the publication ledger up to date with the change log, and each day with every record.

What is public is read through the visibility rule. What appears or goes is found by comparing ids,
whatever the log says; of the rest, only what the log names is compared by its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_today
from referral.exports.public_objects import PublicObjects
from referral.publishing.affected_records import affected_records
from referral.store.change_log import StoreState, changes_after, store_state
from referral.store.checkpoints import MOST_CHANGES
from referral.store.conversion import ROWS
from referral.store.publication.ledger import PUBLISHED_KINDS, last_sequence
from referral.store.publication.rows import (
    PublicationRow,
    PublicationRunRow,
    PublicationStateRow,
)
from referral.store.row_insertion import insert_rows
from referral.store.rows_log import RecordMergeRow

_FORM = "1"  # of the digests: another one compares every record
_LEDGER = PublicationRow.metadata.tables[PublicationRow.__tablename__]


@dataclass(frozen=True, slots=True)
class LedgerUpdate:
    """How many records were found to be new or changed, and how many to be gone."""

    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
    digest: str
    is_gone: bool
    redirect_to: str


@dataclass(frozen=True, slots=True)
class _Difference:
    """What the ledger is to say of a record; without a digest, that it is gone."""

    kind: str
    record_id: str
    is_new: bool
    digest: str = ""
    redirect_to: str = ""
    modified_at: datetime | None = None


def update_ledger(directory: Directory, *, everything: bool = False) -> LedgerUpdate:
    """Enter what changed for the public since the last time.

    Args:
        everything: compare every record, whatever the change log says.
    """
    form = _form(directory)
    with directory.store.read() as session:
        state, log = session.get_one(PublicationStateRow, 1), store_state(session)
        everything = everything or _is_whole_due(directory, state, log)
        found = list(_differences(session, directory, state, everything=everything))
        seen = state.log_sequence, last_sequence(session)
    now = directory.now()
    with directory.store.write() as session:
        state = session.get_one(PublicationStateRow, 1, with_for_update=True)
        if (state.log_sequence, last_sequence(session)) != seen:
            return LedgerUpdate()  # somebody else was faster
        _enter(session, found, now)
        state.store_id, state.log_sequence, state.form = log.store_id, log.last_sequence, form
        if everything:
            state.checked_on = local_today(directory)
    gone = sum(not each.digest for each in found)
    return LedgerUpdate(len(found) - gone, gone)


def is_update_due(session: Session, directory: Directory) -> bool:
    """Whether there may be something to enter."""
    state, log = session.get_one(PublicationStateRow, 1), store_state(session)
    return state.log_sequence != log.last_sequence or _is_whole_due(directory, state, log)


def _form(directory: Directory) -> str:
    """Times of schedules are told with the offset of their place, or of the library."""
    return f"{_FORM} {directory.settings.timezone}"


def _is_whole_due(directory: Directory, state: PublicationStateRow, log: StoreState) -> bool:
    return (
        state.store_id != log.store_id
        or state.form != _form(directory)
        or state.checked_on != local_today(directory)
        or not log.pruned_through <= state.log_sequence <= log.last_sequence
    )


def _differences(
    session: Session, directory: Directory, state: PublicationStateRow, *, everything: bool
) -> Iterator[_Difference]:
    objects = PublicObjects(session, directory.settings.timezone)
    affected: Mapping[str, Collection[str]] = {}
    if not everything:
        changes = changes_after(session, state.log_sequence, MOST_CHANGES + 1)
        everything = len(changes) > MOST_CHANGES
        affected = affected_records(session, changes)
    merged = _survivors(session)
    for kind in PUBLISHED_KINDS:
        stored, public = _stored(session, kind), objects.ids(kind)
        wanted = public
        if not everything:
            live = {key for key, each in stored.items() if not each.is_gone}
            wanted = public.intersection(affected.get(kind, ())) | (public - live)
        times = {} if state.form else _first_times(session, objects, kind)
        for key, found in objects.of(kind, sorted(wanted)):
            digest, was = _digest(found), stored.get(key)
            if was is None or was.is_gone or was.digest != digest:
                yield _Difference(kind, key, was is None, digest, modified_at=times.get(key))
        yield from _gone(kind, stored, public, merged)


def _stored(session: Session, kind: str) -> dict[str, _Stored]:
    row = PublicationRow
    columns = select(row.record_id, row.digest, row.gone_at, row.redirect_to)
    return {
        key: _Stored(digest, gone_at is not None, redirect_to)
        for key, digest, gone_at, redirect_to in session.execute(columns.where(row.kind == kind))
    }


def _gone(
    kind: str,
    stored: Mapping[str, _Stored],
    public: Collection[str],
    merged: Mapping[tuple[str, str], str],
) -> Iterator[_Difference]:
    """What is not public any more, and tombstones that lead elsewhere since."""
    for key, was in stored.items():
        if key in public:
            continue
        survivor = merged.get((kind, key), "")
        if survivor not in public and survivor != was.redirect_to:
            survivor = ""
        if not was.is_gone or survivor != was.redirect_to:
            yield _Difference(kind, key, is_new=False, redirect_to=survivor)


def _survivors(session: Session) -> dict[tuple[str, str], str]:
    """The record that each merged one went into in the end, by kind and id."""
    row = RecordMergeRow
    merges = select(row.kind, row.loser_id, row.survivor_id).where(row.undone_at.is_(None))
    into = {
        (kind, loser): survivor
        for kind, loser, survivor in session.execute(merges.order_by(row.merged_at))
    }
    found = {}
    for kind, loser in into:
        last, seen = loser, {loser}
        while (following := into.get((kind, last))) and following not in seen:
            seen.add(following)
            last = following
        found[kind, loser] = last
    return found


def _first_times(session: Session, objects: PublicObjects, kind: str) -> Mapping[str, datetime]:
    """When records changed last before there was a ledger."""
    if kind == "service":
        return objects.service_times()
    row = ROWS[kind]
    return {key: at for key, at in session.execute(select(row.id, row.updated_at))}  # noqa: C416


def _digest(found: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()


def _enter(session: Session, found: Collection[_Difference], now: datetime) -> None:
    if not found:
        return
    first = last_sequence(session) + 1
    values = [
        {
            "kind": each.kind,
            "record_id": each.record_id,
            "digest": each.digest,
            "sequence": sequence,
            "modified_at": each.modified_at or now,
            "gone_at": None if each.digest else now,
            "redirect_to": each.redirect_to,
        }
        for sequence, each in enumerate(found, first)
    ]
    pairs = list(zip(found, values, strict=True))
    insert_rows(session, PublicationRow, [row for each, row in pairs if each.is_new])
    known = [row for each, row in pairs if not each.is_new]
    if known:
        names = ("digest", "sequence", "modified_at", "gone_at", "redirect_to")
        statement = (
            update(_LEDGER)
            .where(_LEDGER.c.kind == bindparam("of_kind"))
            .where(_LEDGER.c.record_id == bindparam("of_record"))
            .values({name: bindparam(name) for name in names})
        )
        session.connection().execute(
            statement,
            [
                {"of_kind": row.pop("kind"), "of_record": row.pop("record_id"), **row}
                for row in known
            ],
        )
    last = first + len(found) - 1
    session.add(PublicationRunRow(last_sequence=last, token=secrets.token_hex(16), made_at=now))
