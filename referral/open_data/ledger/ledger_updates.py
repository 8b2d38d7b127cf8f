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

_DIGEST_FORM = "2"  # of the digests: changing it compares every record
_TERM_KINDS = ("taxonomy", "taxonomy_term")
_RECORDS_IN_A_BATCH = 200
_ROWS_IN_A_STATEMENT = 1_000
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
_IDS_IN_A_QUERY = 500
_LINK = "service_at_location"
_OBJECT_KINDS = ("organization", "location", _LINK, "service")
_PART_KINDS = frozenset(KINDS) - {*_OBJECT_KINDS, "taxonomy", "taxonomy_term"}
Key = tuple[str, str]
"""Kind and id of a record."""
_log = logging.getLogger(__name__)
PUBLICATION = "publication"  # kind of the job, and its subject
_PAUSE_FACTOR = 4  # times the last run's duration: while people edit, runs take a fifth of the time


@dataclass(frozen=True, slots=True)
class LedgerUpdate:
    """Result of an update: how many records were new or changed, and how many are gone."""

    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _StoredEntry:
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
    digest_version = _digest_version(instance)
    with instance.store.read() as session:
        state, log = session.get_one(PublicationStateRow, 1), store_state(session)
        everything = everything or _is_full_comparison_due(instance, state, log)
        differences = list(_iter_differences(session, instance, state, everything=everything))
        position = state.log_sequence, last_sequence(session)
    now = instance.now()
    with instance.store.write() as session:
        state = session.get_one(PublicationStateRow, 1, with_for_update=True)
        if (state.log_sequence, last_sequence(session)) != position:
            return LedgerUpdate()  # another process was faster
        _write_differences(session, differences, now)
        state.store_id, state.log_sequence, state.form = (
            log.store_id,
            log.last_sequence,
            digest_version,
        )
        if everything:
            state.checked_on = local_today(instance)
    gone = sum(not difference.digest for difference in differences)
    return LedgerUpdate(len(differences) - gone, gone)


def is_update_due(session: Session, instance: Instance) -> bool:
    """Return whether there may be changes that are not in the ledger."""
    state, log = session.get_one(PublicationStateRow, 1), store_state(session)
    return state.log_sequence != log.last_sequence or _is_full_comparison_due(instance, state, log)


def _digest_version(instance: Instance) -> str:
    """Return the version of the digests.

    The library's time zone is part of it, since times of schedules are published with an offset.
    """
    return f"{_DIGEST_FORM} {instance.settings.timezone}"


def _is_full_comparison_due(
    instance: Instance, state: PublicationStateRow, log: StoreState
) -> bool:
    return (
        state.store_id != log.store_id
        or state.form != _digest_version(instance)
        or state.checked_on != local_today(instance)
        or not log.pruned_through <= state.log_sequence <= log.last_sequence
    )


def _iter_differences(
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
            known = session.scalars(
                select(PublicationRow.record_id).where(PublicationRow.kind == kind)
            )
            ids = {*known, *_read_public_ids(session, instance, kind)}
        else:
            ids = affected[kind]
        if affected is not None and kind in _TERM_KINDS:
            ids = ids | _terms_with_changed_use(session, instance, kind)
        for batch in in_batches(sorted(ids), _RECORDS_IN_A_BATCH):
            objects = HsdsObjects(instance, session)
            found = _changed_records(session, objects, kind, batch, merged)
            yield from found if state.form else _with_first_dates(session, kind, batch, found)


def _read_public_ids(session: Session, instance: Instance, kind: str) -> Iterable[str]:
    public = HsdsObjects(instance, session).public
    if kind in _TERM_KINDS:
        return {record.id for record in all_records(public, kind)}
    ids = session.scalars(select(ROWS[kind].id).where(*public.conditions(kind)))
    return {*ids, *stand_ins(public)} if kind == "organization" else ids


def _terms_with_changed_use(session: Session, instance: Instance, kind: str) -> set[str]:
    """Return terms that came into use or went out of it, which the log does not record."""
    live = session.scalars(
        select(PublicationRow.record_id).where(
            PublicationRow.kind == kind, PublicationRow.gone_at.is_(None)
        )
    )
    return set(live).symmetric_difference(_read_public_ids(session, instance, kind))


def _changed_records(
    session: Session,
    objects: HsdsObjects,
    kind: str,
    ids: Sequence[str],
    merged: Mapping[Key, str],
) -> Iterator[_Difference]:
    """Yield the differences between these records as they are public now and the ledger."""
    stored = _stored_entries(session, kind, ids)
    public = {str(item["id"]): digest_of(item) for item in objects.with_own_parts(kind, ids)}
    for key, digest in public.items():
        entry = stored.get(key)
        if entry is None or entry.digest != digest:  # records that are gone have no digest
            yield _Difference(kind, key, entry is None, digest)
    gone = {key: entry for key, entry in stored.items() if key not in public}
    survivors = {key: merged[kind, key] for key in gone if (kind, key) in merged}
    shown_ids = objects.public.filter_ids(kind, survivors.values())
    for key, entry in gone.items():
        survivor = survivors.get(key, "")
        if survivor not in shown_ids and survivor != entry.redirect_to:
            survivor = ""
        if entry.digest or survivor != entry.redirect_to:
            yield _Difference(kind, key, is_new=False, redirect_to=survivor)


def _stored_entries(session: Session, kind: str, ids: Collection[str]) -> dict[str, _StoredEntry]:
    columns = select(
        PublicationRow.record_id, PublicationRow.digest, PublicationRow.redirect_to
    ).where(PublicationRow.kind == kind)
    return {
        key: _StoredEntry(digest, redirect_to)
        for key, digest, redirect_to in session.execute(
            columns.where(PublicationRow.record_id.in_(ids))
        )
    }


def _with_first_dates(
    session: Session, kind: str, ids: Collection[str], differences: Iterable[_Difference]
) -> Iterator[_Difference]:
    """Set the times of change from the rows, for the first entries in a new ledger."""
    if kind == "service":
        times = times_of_records(session, ids)
    else:
        row_class = ROWS[kind]
        rows = session.execute(
            select(row_class.id, row_class.updated_at).where(row_class.id.in_(ids))
        )
        times = {key: updated_at for key, updated_at in rows}  # noqa: C416
    return (
        replace(difference, modified_at=times.get(difference.record_id))
        for difference in differences
    )


def digest_of(found: Mapping[str, Any]) -> str:
    """Return the digest of a public object by which the ledger detects changes."""
    return hashlib.sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()


def _write_differences(
    session: Session, differences: Collection[_Difference], now: datetime
) -> None:
    if not differences:
        return
    first = last_sequence(session) + 1
    for batch in in_batches(enumerate(differences, first), _ROWS_IN_A_STATEMENT):
        new = [
            _row_values(sequence, difference, now)
            for sequence, difference in batch
            if difference.is_new
        ]
        insert_rows(session, PublicationRow, new)
        known = [
            _row_values(sequence, difference, now, "of_")
            for sequence, difference in batch
            if not difference.is_new
        ]
        if known:
            session.connection().execute(_UPDATE, known)
    last = first + len(differences) - 1
    session.add(PublicationRunRow(last_sequence=last, token=secrets.token_hex(16), made_at=now))


def _row_values(
    sequence: int, difference: _Difference, now: datetime, prefix: str = ""
) -> dict[str, Any]:
    """Return the ledger's column values for a record; ``prefix`` is put before its key columns."""
    return {
        f"{prefix}kind": difference.kind,
        f"{prefix}record_id": difference.record_id,
        "digest": difference.digest,
        "sequence": sequence,
        "modified_at": difference.modified_at or now,
        "gone_at": None if difference.digest else now,
        "redirect_to": difference.redirect_to,
    }


def records_to_compare(
    session: Session, changes: Iterable[Change], merged: Mapping[Key, str]
) -> defaultdict[str, set[str]]:
    """Return ids by kind of records that these changes may affect, including non-public ones.

    Args:
        merged: the result of ``read_survivors``.
    """
    found = affected_records(session, changes)
    # The log records the deletion of a link only as a change of its service.
    found[_LINK] |= set(
        session.scalars(
            select(PublicationRow.record_id)
            .where(PublicationRow.kind == _LINK, PublicationRow.gone_at.is_(None))
            .where(~exists().where(ServiceAtLocationRow.id == PublicationRow.record_id))
        )
    )
    for (kind, loser), survivor in merged.items():  # its tombstone may redirect there
        if survivor in found[kind]:
            found[kind].add(loser)
    return found


def read_survivors(session: Session) -> dict[Key, str]:
    """Return the record into which each merged record finally went, by kind and id."""
    merges = select(RecordMergeRow.kind, RecordMergeRow.loser_id, RecordMergeRow.survivor_id).where(
        RecordMergeRow.undone_at.is_(None)
    )
    survivors = {
        (kind, loser): survivor
        for kind, loser, survivor in session.execute(merges.order_by(RecordMergeRow.merged_at))
    }
    last_survivors = {}
    for kind, loser in survivors:
        last, seen = loser, {loser}
        while (next_id := survivors.get((kind, last))) and next_id not in seen:
            seen.add(next_id)
            last = next_id
        last_survivors[kind, loser] = last
    return last_survivors


def affected_records(session: Session, changes: Iterable[Change]) -> defaultdict[str, set[str]]:
    """Return ids by kind of the records whose public objects the changes may affect.

    Records that are not public are included.
    """
    changes = list(changes)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        found[change.kind].add(change.record_id)
    linked = select(AttributeRow.link_entity, AttributeRow.link_id)
    for kind, record_id in _rows_where_in(
        session, linked, AttributeRow.taxonomy_term_id, found["taxonomy_term"]
    ):
        found[kind].add(record_id)
    _add_ancestors(session, found)
    changes += [Change(0, kind, key) for kind in _OBJECT_KINDS for key in found[kind]]
    found["service"] |= affected_services(session, changes)
    found["service_at_location"] |= _ids_where_in(
        session,
        select(ServiceAtLocationRow.id),
        ServiceAtLocationRow.location_id,
        found["location"],
    ) | _ids_where_in(
        session, select(ServiceAtLocationRow.id), ServiceAtLocationRow.service_id, found["service"]
    )
    found["location"] |= _ids_where_in(
        session,
        select(ServiceAtLocationRow.location_id),
        ServiceAtLocationRow.service_id,
        found["service"],
    ) | _ids_where_in(
        session, select(LocationRow.id), LocationRow.organization_id, found["organization"]
    )
    found["organization"] |= {stand_in_id(service) for service in found["service"]}
    return found


def _add_ancestors(session: Session, found: defaultdict[str, set[str]]) -> None:
    """Add the records in which these parts are nested, up to the first published record."""
    waiting = {kind: set(ids) for kind, ids in found.items() if kind in _PART_KINDS}
    while waiting:
        kind, ids = waiting.popitem()
        columns = ROWS[kind].__table__.c
        names = [name for name in (*PARENT_FIELDS, "link_entity", "link_id") if name in columns]
        for row in _rows_where_in(
            session, select(*(columns[name] for name in names)), columns.id, ids
        ):
            parents = {
                PARENT_FIELDS[name]: getattr(row, name) for name in names if name in PARENT_FIELDS
            }
            if "link_id" in names:
                parents[row.link_entity] = row.link_id
            for parent, key in parents.items():
                if key and key not in found[parent]:
                    found[parent].add(key)
                    if parent in _PART_KINDS:
                        waiting.setdefault(parent, set()).add(key)


def _ids_where_in(session: Session, statement: Any, column: Any, ids: set[str]) -> set[str]:
    return {value for (value,) in _rows_where_in(session, statement, column, ids) if value}


def _rows_where_in(session: Session, statement: Any, column: Any, ids: set[str]) -> Iterator[Any]:
    for batch in in_batches(sorted(ids), _IDS_IN_A_QUERY):
        yield from session.execute(statement.where(column.in_(batch)))


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
    result = update_ledger(instance)
    _log.info("published: %s changed, %s gone", result.changed, result.gone)


def _is_too_soon(session: Session, instance: Instance) -> bool:
    if _last_job(session, is_open=True) is not None:
        return True
    last = _last_job(session, is_open=False)
    if last is None or last.started_at is None or last.finished_at is None:
        return False
    duration = last.finished_at - last.started_at + timedelta(seconds=1)  # a process starts
    return instance.now() < last.finished_at + _PAUSE_FACTOR * duration


def _last_job(session: Session, *, is_open: bool) -> JobRow | None:
    states = [JobState.WAITING, JobState.RUNNING]
    state = JobRow.state.in_(states) if is_open else JobRow.state.not_in(states)
    wanted = select(JobRow).where(JobRow.kind == PUBLICATION, state)
    return session.scalar(wanted.order_by(JobRow.id.desc()).limit(1))
