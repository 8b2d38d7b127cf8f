"""Search for duplicates among the records changed since the last run, and update of the queue."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.duplicates.blocking import block_records, candidate_pairs
from referral.duplicates.compared_records import read_compared_records
from referral.duplicates.compared_values import ComparedRecord, Rarity
from referral.duplicates.matching import MatchBand, MatchResult, compare
from referral.duplicates.records import (
    DUPLICATE_KINDS,
    SEARCH_CHECKPOINT,
    PairStatus,
    SearchSummary,
)
from referral.jobs.job_queue import Job, add_job
from referral.jobs.rows import JobRow, JobState
from referral.store.base import in_batches
from referral.store.change_log import Change, affected_services
from referral.store.checkpoints import ChangesSince, changes_since_checkpoint, set_checkpoint
from referral.store.rows import LocationRow
from referral.verification.rows import DuplicatePairRow

_IDS_IN_A_QUERY = 500
_UNDECIDED = (PairStatus.OPEN.value, PairStatus.LATER.value)
_Matches = dict[tuple[str, str], MatchResult]
_log = logging.getLogger(__name__)

FIND_DUPLICATES = "find duplicates"  # kind of the job, and its subject


@dataclass(frozen=True, slots=True)
class _Search:
    """The matches that a search for duplicates found among records of one kind.

    ``touched`` is None when all records were compared.
    """

    kind: str
    touched: frozenset[str] | None
    compared: int
    matches: _Matches


def find_duplicates(instance: Instance) -> SearchSummary:
    """Compare records changed since the last search with all others; update the duplicate queue.

    The comparison takes seconds, so it runs in a read transaction; pairs are written at the end.
    """
    with instance.store.read() as session:
        since = changes_since_checkpoint(session, SEARCH_CHECKPOINT)
        searches = [_search(session, kind, since) for kind in DUPLICATE_KINDS]
    found = dropped = 0
    with instance.store.write() as session:
        for search in searches:
            new, gone = _store_pairs(session, search, instance)
            found, dropped = found + new, dropped + gone
        set_checkpoint(session, SEARCH_CHECKPOINT, since.up_to, instance.now())
    return SearchSummary(sum(search.compared for search in searches), found, dropped)


def _search(session: Session, kind: str, since: ChangesSince) -> _Search:
    touched = None if since.everything else _changed_ids(session, kind, since.changes)
    if touched is not None and not touched:
        return _Search(kind, touched, 0, {})
    records = read_compared_records(session, kind)
    compared = len(records if touched is None else touched)
    return _Search(kind, touched, compared, _find_matches(records, touched))


def _changed_ids(session: Session, kind: str, changes: Iterable[Change]) -> frozenset[str]:
    changes = list(changes)
    if kind == "service":
        return frozenset(affected_services(session, changes))
    organization_ids, places = (
        {change.record_id for change in changes if change.kind == each}
        for each in ("organization", "location")
    )
    if kind == "location":
        return frozenset(
            places
            | _location_column(
                session, organization_ids, LocationRow.organization_id, LocationRow.id
            )
        )
    return frozenset(
        organization_ids
        | _location_column(session, places, LocationRow.id, LocationRow.organization_id)
    )


def _location_column(session: Session, ids: set[str], known: Any, wanted: Any) -> set[str]:
    """Return the values of a column for locations that have given ids in another column."""
    found: set[str] = set()
    for some in in_batches(sorted(ids), _IDS_IN_A_QUERY):
        found |= {each for each in session.scalars(select(wanted).where(known.in_(some))) if each}
    return found


def _find_matches(records: list[ComparedRecord], touched: frozenset[str] | None) -> _Matches:
    found: _Matches = {}
    rarity = Rarity.of(records)
    for one, other in candidate_pairs(block_records(records), touched):
        match = compare(one, other, rarity)
        if match.band is not MatchBand.UNLIKELY:
            found[min(one.id, other.id), max(one.id, other.id)] = match
    return found


def _store_pairs(session: Session, search: _Search, instance: Instance) -> tuple[int, int]:
    """Update the duplicate queue from a search; return the numbers of new and dropped pairs."""
    known = {(row.first_id, row.second_id): row for row in _stored_pairs(session, search)}
    dropped = 0
    for key, row in known.items():
        match = search.matches.get(key)
        if match is None and row.status in _UNDECIDED:
            session.delete(row)
            dropped += 1
        elif match is not None:
            row.band, row.score = match.band.value, match.score
            row.alike = [each.value for each in match.alike]
    new = [key for key in search.matches if key not in known]
    session.add_all(_new_pair_row(search.kind, key, search.matches[key], instance) for key in new)
    return len(new), dropped


def _stored_pairs(session: Session, search: _Search) -> Iterable[DuplicatePairRow]:
    statement = select(DuplicatePairRow).where(DuplicatePairRow.kind == search.kind)
    if search.touched is None:
        yield from session.scalars(statement)
        return
    for some in in_batches(sorted(search.touched), _IDS_IN_A_QUERY):
        wanted = or_(DuplicatePairRow.first_id.in_(some), DuplicatePairRow.second_id.in_(some))
        yield from session.scalars(statement.where(wanted))


def _new_pair_row(
    kind: str, key: tuple[str, str], match: MatchResult, instance: Instance
) -> DuplicatePairRow:
    return DuplicatePairRow(
        id=str(uuid4()),
        kind=kind,
        first_id=key[0],
        second_id=key[1],
        band=match.band.value,
        score=match.score,
        alike=[each.value for each in match.alike],
        status=PairStatus.OPEN.value,
        found_at=instance.now(),
    )


def queue_search(session: Session) -> None:
    """Queue a background search for duplicates, unless one is waiting already."""
    waiting = select(JobRow.id).where(
        JobRow.kind == FIND_DUPLICATES, JobRow.state == JobState.WAITING.value
    )
    if session.scalar(waiting.limit(1)) is None:
        add_job(session, FIND_DUPLICATES, FIND_DUPLICATES)


def run_search_job(instance: Instance, _job: Job) -> None:
    """Search for duplicates as a background job."""
    summary = find_duplicates(instance)
    _log.info("%s records compared, %s likely duplicates", summary.compared, summary.found)
