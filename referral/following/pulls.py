"""Pulls: jobs that fetch the list of a followed source and start its import.

A pull that fails changes nothing and is retried after growing pauses. While a list of the source
waits for review, a newer list replaces it, unless a person has begun to decide on it.
"""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import RefusedError
from referral.following.changes_feed import feed_base, fetch_changes
from referral.following.downloads import Downloads
from referral.following.drop_folder import fetch_from_folder
from referral.following.fetched_list import FetchedList, digest_of, fetch_file
from referral.following.followed_sources import network_of, save_credit
from referral.following.hsds_api import fetch_from_api, fetch_publisher, removed_services
from referral.following.records import PullOutcome, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.settlement import SETTLE, drop_undecided_list, settle_earlier
from referral.imports.absences import ListScope, has_absences
from referral.imports.batches import take_followed_list
from referral.imports.protection import protect_by_list
from referral.imports.reused_ids import ids_by_key
from referral.imports.upload_files import LARGEST_UPLOAD
from referral.jobs.job_queue import Job, add_job
from referral.message import NOTHING, Message
from referral.records.ownership import Key
from referral.records.record_ids import record_id
from referral.store.rows import ServiceRow

_log = logging.getLogger(__name__)

PULL = "pull source"
_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=2)
_MOST_DOUBLED = 10
_WITH_PUBLISHER = frozenset({SourceKind.REFERRAL, SourceKind.HSDS_API})
_RETRY_IF_LOST = timedelta(hours=6)  # until the next try if a queued pull is lost


def queue_due_pulls(instance: Instance) -> int:
    """Queue the pulls of followed sources that are due, each on one node; return how many."""
    now = instance.now()
    due = select(FollowedSourceRow.id).where(
        FollowedSourceRow.is_on, FollowedSourceRow.next_at <= now
    )
    with instance.store.read() as session:
        if session.scalar(due.limit(1)) is None:
            return 0
    with instance.store.write() as session:
        rows = session.scalars(
            select(FollowedSourceRow)
            .where(FollowedSourceRow.is_on, FollowedSourceRow.next_at <= now)
            .with_for_update(skip_locked=True)
        ).all()
        for each in rows:
            each.next_at = now + _RETRY_IF_LOST
            add_job(session, PULL, each.id)
        return len(rows)


def pull_source(instance: Instance, job: Job) -> None:
    """Fetch the list of a followed source, and queue the reading of it.

    Raises:
        RefusedError: the source did not answer, or its answer cannot be used.
    """
    source_id = job.subject_id
    with instance.store.write() as session:
        row = session.get(FollowedSourceRow, source_id)
        if row is None or not row.is_on:
            return
        settle_earlier(session, row)
    folder = Path(mkdtemp(prefix="pull-", dir=instance.settings.instance_path))
    try:
        _pull(instance, source_id, folder)
    except RefusedError as error:
        _record_outcome(instance, source_id, PullOutcome.FAILED, error.message)
        raise
    except Exception:
        _record_outcome(instance, source_id, PullOutcome.FAILED)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pull(instance: Instance, source_id: str, folder: Path) -> None:
    with instance.store.read() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        known = _settled_list(session, row)
        source, wanted = row.name, row.format or "auto"
    found = _fetch(instance, row, folder, known)
    if found.scope.is_whole:
        _store_publisher(instance, row)
    path = found.path
    digest = found.digest or (digest_of(path) if path else "")
    is_known = digest == known.digest and not found.scope.gone  # removals are not in the file
    if path is None or is_known:
        outcome = PullOutcome.STAGED if row.batch_id else PullOutcome.NOTHING_NEW
        _record_outcome(instance, source_id, outcome, found=None if row.batch_id else found)
        return
    with instance.store.read() as session:
        scope = with_stored_ids(session, source, found.scope)
    scope = msgspec.structs.replace(scope, is_shrunk=row.is_shrunk)
    if not drop_undecided_list(instance, source_id):
        # A person decides on an earlier list; changes that withhold data do not wait for that.
        protect_by_list(instance, path, scope, source=source, format=wanted)
        _record_outcome(instance, source_id, PullOutcome.STAGED)
        return
    name = f"{source} {instance.now():%Y-%m-%d}{path.suffix}"
    with path.open("rb") as stream:
        batch_id = take_followed_list(
            instance, stream, scope, name=name, source=source, format=wanted
        )
    found = replace(found, digest=digest)
    _record_outcome(instance, source_id, PullOutcome.STAGED, found=found, batch_id=batch_id)


def _settled_list(session: Session, row: FollowedSourceRow) -> FetchedList:
    """Return where a followed source's last settled list ended, to continue from there.

    For a source with missing records, the ETag and digest are left out, so that the same file is
    fetched again: three whole lists have to lack a record, and one that is the same counts too.
    """
    known = FetchedList(
        path=None,
        cursor=row.cursor,
        etag=row.etag,
        last_modified=row.last_modified,
        digest=row.digest,
    )
    if has_absences(session, row.name):
        return replace(known, etag="", last_modified="", digest="")
    return known


def _fetch(
    instance: Instance, row: FollowedSourceRow, folder: Path, known: FetchedList
) -> FetchedList:
    settings = instance.settings
    kind = SourceKind(row.kind)
    if kind is SourceKind.FOLDER:
        root = Path(settings.drop_folder)
        return fetch_from_folder(
            root / row.address, folder, known, is_together=row.is_together, largest=LARGEST_UPLOAD
        )
    downloads = _downloads(instance)
    if kind is SourceKind.FILE:
        return fetch_file(downloads, row.address, folder, known)
    if kind is SourceKind.REFERRAL:
        return fetch_changes(downloads, row.address, folder, known, row.whole_at, instance.now())
    found = fetch_from_api(downloads, row.address, folder, known, row.whole_at, instance.now())
    if not found.scope.is_whole:
        return found
    gone = removed_services(downloads, row.address, found, _keys_of_services(instance, row.name))
    return replace(found, scope=msgspec.structs.replace(found.scope, gone=gone))


def _keys_of_services(instance: Instance, source: str) -> set[str]:
    """Return a followed source's keys of its services that are stored and not retired."""
    with instance.store.read() as session:
        return set(
            session.scalars(
                select(ServiceRow.source_key).where(
                    ServiceRow.source == source, ServiceRow.retired_at.is_(None)
                )
            )
        )


def _downloads(instance: Instance) -> Downloads:
    return Downloads(network_of(instance), _agent(instance), LARGEST_UPLOAD)


def _store_publisher(instance: Instance, row: FollowedSourceRow) -> None:
    """Store the publisher and contact that a partner's API names, where an admin entered none."""
    if row.kind not in _WITH_PUBLISHER or (row.publisher and row.contact):
        return
    is_referral = row.kind == SourceKind.REFERRAL
    base = feed_base(row.address) if is_referral else row.address
    found = fetch_publisher(_downloads(instance), base)
    with instance.store.write() as session:
        kept = session.get(FollowedSourceRow, row.id)
        if kept is not None:
            kept.publisher = kept.publisher or found.name
            kept.contact = kept.contact or found.contact
            save_credit(session, kept)


def with_stored_ids(session: Session, source: str, scope: ListScope) -> ListScope:
    """Return the scope of a followed list with the ids that its records have in our database."""
    listed: dict[str, dict[str, str]] = defaultdict(dict)
    for kind, key in (*scope.documents, *scope.gone):
        listed[kind][record_id(source, kind, key)] = key
    ids = ids_by_key(session, source, listed)

    def stored_keys(keys: list[Key]) -> list[Key]:
        found = [(kind, record_id(source, kind, key)) for kind, key in keys]
        return [(kind, ids.get((kind, listed_id), listed_id)) for kind, listed_id in found]

    return ListScope(
        is_whole=scope.is_whole,
        documents=stored_keys(scope.documents),
        gone=stored_keys(scope.gone),
    )


def _agent(instance: Instance) -> str:
    site = instance.settings.public_url
    return "Referral" + (f" (+{site})" if site else "")


def _record_outcome(
    instance: Instance,
    source_id: str,
    outcome: PullOutcome,
    message: Message = NOTHING,
    *,
    found: FetchedList | None = None,
    batch_id: str = "",
) -> None:
    """Store the outcome of a followed source's pull, and when the next one is due."""
    now = instance.now()
    with instance.store.write() as session:
        row = session.get(FollowedSourceRow, source_id)
        if row is None:
            return
        row.outcome, row.message, row.pulled_at = outcome.value, message, now
        row.failures = row.failures + 1 if outcome is PullOutcome.FAILED else 0
        row.next_at = now + pause_after(row.failures, row.every_hours)
        if found is not None:
            _store_position(row, found, now)
        if found is not None and not batch_id:
            row.cursor = row.next_cursor
        if batch_id:
            row.batch_id, row.is_rest = batch_id, False
            add_job(session, SETTLE, source_id)


def _store_position(row: FollowedSourceRow, found: FetchedList, now: datetime) -> None:
    row.next_cursor = found.cursor
    if found.scope.is_whole:
        row.whole_at = now
    if found.digest:
        row.etag, row.last_modified, row.digest = found.etag, found.last_modified, found.digest


def pause_after(failures: int, every_hours: int) -> timedelta:
    """Return the time until a source's next pull: doubled after each failure, up to two days."""
    usual = timedelta(hours=every_hours)
    if not failures:
        return usual
    doubled: timedelta = _FIRST_PAUSE * 2 ** min(failures - 1, _MOST_DOUBLED)
    return min(doubled, max(usual, _LONGEST_PAUSE))
