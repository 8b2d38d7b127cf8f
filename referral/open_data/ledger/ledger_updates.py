"""Updates of the publication ledger from the change log, and the job that runs them.

Public records are read through the visibility rule in batches and compared by digest. An update
compares the records that the log names and those that depend on them; once a day, every record.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from referral.directory.instance import Instance, local_today
from referral.formats.open_referral.own_terms import stand_in_id
from referral.jobs.job_queue import Job, add_job
from referral.jobs.rows import JobRow, JobState
from referral.open_data.hsds_objects import HsdsObjects
from referral.open_data.hsds_records import all_records, stand_ins
from referral.open_data.ledger.entries import PUBLISHED_KINDS, last_sequence, times_of_records
from referral.open_data.rows import (
    PublicationRow,
    PublicationRunRow,
    PublicationStateRow,
)
from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.store.base import in_batches
from referral.store.change_log import (
    Change,
    StoreState,
    affected_services,
    changes_after,
    store_state,
)
from referral.store.checkpoints import MOST_CHANGES
from referral.store.conversion import ROWS
from referral.store.row_insertion import insert_rows
from referral.store.rows import AttributeRow, LocationRow, ServiceAtLocationRow
from referral.store.rows_log import RecordMergeRow

_FORM = "2"  # of the digests: changing it compares every record
_TERMS = ("taxonomy", "taxonomy_term")
_TOGETHER = 200
_ROWS_AT_A_TIME = 1_000
_LEDGER = PublicationRow.metadata.tables[PublicationRow.__tablename__]
_UPDATE = (
    update(_LEDGER)
    .where(_LEDGER.c.kind == bindparam("of_kind"))
    .where(_LEDGER.c.record_id == bindparam("of_record_id"))
    .values(
        {
            name: bindparam(name)
            for name in ("digest", "sequence", "modified_at", "gone_at", "redirect_to")
        }
    )
)


@dataclass(frozen=True, slots=True)
class LedgerUpdate:
    """Result of an update: how many records were new or changed, and how many are gone."""

    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
    digest: str  # "" if the record is gone
    redirect_to: str


@dataclass(frozen=True, slots=True)
class _Difference:
    """A new state of a record to write to the ledger; without a digest the record is gone."""

    kind: str
    record_id: str
    is_new: bool
    digest: str = ""
    redirect_to: str = ""
    modified_at: datetime | None = None


def update_ledger(instance: Instance, *, everything: bool = False) -> LedgerUpdate:
    """Write to the ledger what changed for the public since the last update.

    Args:
        everything: compare every record, not only those in the change log.
    """
    form = _form(instance)
    with instance.store.read() as session:
        state, log = session.get_one(PublicationStateRow, 1), store_state(session)
        everything = everything or _is_whole_due(instance, state, log)
        found = list(_differences(session, instance, state, everything=everything))
        seen = state.log_sequence, last_sequence(session)
    now = instance.now()
    with instance.store.write() as session:
        state = session.get_one(PublicationStateRow, 1, with_for_update=True)
        if (state.log_sequence, last_sequence(session)) != seen:
            return LedgerUpdate()  # another process was faster
        _enter(session, found, now)
        state.store_id, state.log_sequence, state.form = log.store_id, log.last_sequence, form
        if everything:
            state.checked_on = local_today(instance)
    gone = sum(not each.digest for each in found)
    return LedgerUpdate(len(found) - gone, gone)


def is_update_due(session: Session, instance: Instance) -> bool:
    """Return whether there may be changes that are not in the ledger."""
    state, log = session.get_one(PublicationStateRow, 1), store_state(session)
    return state.log_sequence != log.last_sequence or _is_whole_due(instance, state, log)


def _form(instance: Instance) -> str:
    """Return the version of the digests.

    The library's time zone is part of it, since times of schedules are published with an offset.
    """
    return f"{_FORM} {instance.settings.timezone}"


def _is_whole_due(instance: Instance, state: PublicationStateRow, log: StoreState) -> bool:
    return (
        state.store_id != log.store_id
        or state.form != _form(instance)
        or state.checked_on != local_today(instance)
        or not log.pruned_through <= state.log_sequence <= log.last_sequence
    )


def _differences(
    session: Session, instance: Instance, state: PublicationStateRow, *, everything: bool
) -> Iterator[_Difference]:
    merged = read_survivors(session)
    affected: Mapping[str, set[str]] | None = None
    if not everything:
        changes = changes_after(session, state.log_sequence, MOST_CHANGES + 1)
        if len(changes) <= MOST_CHANGES:
            affected = records_to_compare(session, changes, merged)
    for kind in PUBLISHED_KINDS:
        if affected is None:  # all that are, were or may become public
            row = PublicationRow
            known = session.scalars(select(row.record_id).where(row.kind == kind))
            ids = {*known, *_ids_now(session, instance, kind)}
        else:
            ids = affected[kind]
        if affected is not None and kind in _TERMS:
            ids = ids | _terms_come_and_gone(session, instance, kind)
        for some in in_batches(sorted(ids), _TOGETHER):
            objects = HsdsObjects(instance, session)
            found = _changed_records(session, objects, kind, some, merged)
            yield from found if state.form else _with_first_dates(session, kind, some, found)


def _ids_now(session: Session, instance: Instance, kind: str) -> Iterable[str]:
    public = HsdsObjects(instance, session).public
    if kind in _TERMS:
        return {each.id for each in all_records(public, kind)}
    ids = session.scalars(select(ROWS[kind].id).where(*public.conditions(kind)))
    return {*ids, *stand_ins(public)} if kind == "organization" else ids


def _terms_come_and_gone(session: Session, instance: Instance, kind: str) -> set[str]:
    """Return terms that came into use or went out of it, which the log does not record."""
    row = PublicationRow
    live = session.scalars(select(row.record_id).where(row.kind == kind, row.gone_at.is_(None)))
    return set(live).symmetric_difference(_ids_now(session, instance, kind))


def _changed_records(
    session: Session,
    objects: HsdsObjects,
    kind: str,
    ids: Sequence[str],
    merged: Mapping[Key, str],
) -> Iterator[_Difference]:
    """Yield the differences between these records as they are public now and the ledger."""
    stored = _stored_entries(session, kind, ids)
    public = {str(each["id"]): digest_of(each) for each in objects.alone(kind, ids)}
    for key, digest in public.items():
        was = stored.get(key)
        if was is None or was.digest != digest:  # records that are gone have no digest
            yield _Difference(kind, key, was is None, digest)
    gone = {key: was for key, was in stored.items() if key not in public}
    survivors = {key: merged[kind, key] for key in gone if (kind, key) in merged}
    shown_ids = objects.public.filter_ids(kind, survivors.values())
    for key, was in gone.items():
        survivor = survivors.get(key, "")
        if survivor not in shown_ids and survivor != was.redirect_to:
            survivor = ""
        if was.digest or survivor != was.redirect_to:
            yield _Difference(kind, key, is_new=False, redirect_to=survivor)


def _stored_entries(session: Session, kind: str, ids: Collection[str]) -> dict[str, _Stored]:
    row = PublicationRow
    columns = select(row.record_id, row.digest, row.redirect_to).where(row.kind == kind)
    return {
        key: _Stored(digest, redirect_to)
        for key, digest, redirect_to in session.execute(columns.where(row.record_id.in_(ids)))
    }


def _with_first_dates(
    session: Session, kind: str, ids: Collection[str], found: Iterable[_Difference]
) -> Iterator[_Difference]:
    """Set the times of change from the rows, for the first entries in a new ledger."""
    if kind == "service":
        times = times_of_records(session, ids)
    else:
        row = ROWS[kind]
        rows = session.execute(select(row.id, row.updated_at).where(row.id.in_(ids)))
        times = {key: at for key, at in rows}  # noqa: C416
    return (replace(each, modified_at=times.get(each.record_id)) for each in found)


def digest_of(found: Mapping[str, Any]) -> str:
    """Return the digest of a public object by which the ledger detects changes."""
    return hashlib.sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()


def _enter(session: Session, found: Collection[_Difference], now: datetime) -> None:
    if not found:
        return
    first = last_sequence(session) + 1
    for some in in_batches(enumerate(found, first), _ROWS_AT_A_TIME):
        insert_rows(session, PublicationRow, [_row_values(n, e, now) for n, e in some if e.is_new])
        known = [_row_values(n, e, now, "of_") for n, e in some if not e.is_new]
        if known:
            session.connection().execute(_UPDATE, known)
    last = first + len(found) - 1
    session.add(PublicationRunRow(last_sequence=last, token=secrets.token_hex(16), made_at=now))


def _row_values(
    sequence: int, each: _Difference, now: datetime, prefix: str = ""
) -> dict[str, Any]:
    """Return the ledger's column values for a record; ``prefix`` is put before its key columns."""
    return {
        f"{prefix}kind": each.kind,
        f"{prefix}record_id": each.record_id,
        "digest": each.digest,
        "sequence": sequence,
        "modified_at": each.modified_at or now,
        "gone_at": None if each.digest else now,
        "redirect_to": each.redirect_to,
    }


_IDS_IN_A_QUERY = 500
_LINK = "service_at_location"
_DOCUMENTS = ("organization", "location", _LINK, "service")
_PARTS = frozenset(KINDS) - {*_DOCUMENTS, "taxonomy", "taxonomy_term"}


Key = tuple[str, str]
"""Kind and id of a record."""


def records_to_compare(
    session: Session, changes: Iterable[Change], merged: Mapping[Key, str]
) -> defaultdict[str, set[str]]:
    """Return ids by kind of records that these changes may affect, including non-public ones.

    Args:
        merged: the result of ``read_survivors``.
    """
    found = affected_records(session, changes)
    ledger, at = PublicationRow, ServiceAtLocationRow
    # The log records the deletion of a link only as a change of its service.
    found[_LINK] |= set(
        session.scalars(
            select(ledger.record_id)
            .where(ledger.kind == _LINK, ledger.gone_at.is_(None))
            .where(~exists().where(at.id == ledger.record_id))
        )
    )
    for (kind, loser), survivor in merged.items():  # its tombstone may redirect there
        if survivor in found[kind]:
            found[kind].add(loser)
    return found


def read_survivors(session: Session) -> dict[Key, str]:
    """Return the record into which each merged record finally went, by kind and id."""
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


def affected_records(session: Session, changes: Iterable[Change]) -> defaultdict[str, set[str]]:
    """Return ids by kind of the records whose public objects the changes may affect.

    Records that are not public are included.
    """
    changes = list(changes)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        found[change.kind].add(change.record_id)
    attribute, at, place = AttributeRow, ServiceAtLocationRow, LocationRow
    linked = select(attribute.link_entity, attribute.link_id)
    for kind, record_id in _rows_with(
        session, linked, attribute.taxonomy_term_id, found["taxonomy_term"]
    ):
        found[kind].add(record_id)
    _climb(session, found)
    changes += [Change(0, kind, key) for kind in _DOCUMENTS for key in found[kind]]
    found["service"] |= affected_services(session, changes)
    found["service_at_location"] |= _ids_with(
        session, select(at.id), at.location_id, found["location"]
    ) | _ids_with(session, select(at.id), at.service_id, found["service"])
    found["location"] |= _ids_with(
        session, select(at.location_id), at.service_id, found["service"]
    ) | _ids_with(session, select(place.id), place.organization_id, found["organization"])
    found["organization"] |= {stand_in_id(service) for service in found["service"]}
    return found


def _climb(session: Session, found: defaultdict[str, set[str]]) -> None:
    """Add the records in which these parts are nested, up to the first published record."""
    waiting = {kind: set(ids) for kind, ids in found.items() if kind in _PARTS}
    while waiting:
        kind, ids = waiting.popitem()
        columns = ROWS[kind].__table__.c
        names = [name for name in (*PARENT_FIELDS, "link_entity", "link_id") if name in columns]
        for row in _rows_with(session, select(*(columns[name] for name in names)), columns.id, ids):
            parents = {PARENT_FIELDS[n]: getattr(row, n) for n in names if n in PARENT_FIELDS}
            if "link_id" in names:
                parents[row.link_entity] = row.link_id
            for parent, key in parents.items():
                if key and key not in found[parent]:
                    found[parent].add(key)
                    if parent in _PARTS:
                        waiting.setdefault(parent, set()).add(key)


def _ids_with(session: Session, wanted: Any, field: Any, ids: set[str]) -> set[str]:
    return {found for (found,) in _rows_with(session, wanted, field, ids) if found}


def _rows_with(session: Session, wanted: Any, field: Any, ids: set[str]) -> Iterator[Any]:
    for some in in_batches(sorted(ids), _IDS_IN_A_QUERY):
        yield from session.execute(wanted.where(field.in_(some)))


_log = logging.getLogger(__name__)

PUBLICATION = "publication"  # kind of the job, and its subject
_PAUSE = 4  # times the last run's duration: while people edit, runs take a fifth of the time


def queue_ledger_update(instance: Instance) -> bool:
    """Queue a ledger update if something changed since the last; return whether one was queued.

    After a run it pauses, so that updates take a small share of the time.
    """
    with instance.store.read() as session:
        if not is_update_due(session, instance) or _is_too_soon(session, instance):
            return False
    with instance.store.write() as session:
        if _last_job(session, is_open=True) is not None:
            return False
        session.execute(delete(JobRow).where(JobRow.kind == PUBLICATION))
        add_job(session, PUBLICATION, PUBLICATION)
    return True


def run_ledger_job(instance: Instance, _job: Job) -> None:
    """Update the ledger as a background job."""
    done = update_ledger(instance)
    _log.info("published: %s changed, %s gone", done.changed, done.gone)


def _is_too_soon(session: Session, instance: Instance) -> bool:
    if _last_job(session, is_open=True) is not None:
        return True
    last = _last_job(session, is_open=False)
    if last is None or last.started_at is None or last.finished_at is None:
        return False
    took = last.finished_at - last.started_at + timedelta(seconds=1)  # a process starts
    return instance.now() < last.finished_at + _PAUSE * took


def _last_job(session: Session, *, is_open: bool) -> JobRow | None:
    states = [JobState.WAITING, JobState.RUNNING]
    state = JobRow.state.in_(states) if is_open else JobRow.state.not_in(states)
    wanted = select(JobRow).where(JobRow.kind == PUBLICATION, state)
    return session.scalar(wanted.order_by(JobRow.id.desc()).limit(1))
