"""Looks for likely duplicates among what changed since the last look, and fills the queue.

What a person decided stays: "not the same" is never asked again. A pair nobody decided is dropped
when its records are no longer alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.operations.directory import Directory
from referral.operations.work_marks import changes_since_mark, set_mark
from referral.records.duplicates import DUPLICATE_KINDS, Looked, PairStatus
from referral.records.likeness import Band, Likened, Likeness, likeness
from referral.records.likeness_blocks import blocks, pairs_in
from referral.store.batches import in_batches
from referral.store.changes import Change
from referral.store.likened import read_likened
from referral.store.rows import LocationRow
from referral.store.touched import services_touched
from referral.store.trust_rows import DuplicatePairRow

_MARK = "duplicates"
_IDS_IN_A_QUERY = 500
_UNDECIDED = (PairStatus.OPEN.value, PairStatus.LATER.value)
_Found = dict[tuple[str, str], Likeness]


def find_duplicates(directory: Directory) -> Looked:
    """Compare what changed since the last look with everything, in one transaction."""
    compared = found = dropped = 0
    with directory.store.write() as session:
        since = changes_since_mark(session, _MARK)
        for kind in DUPLICATE_KINDS:
            touched = None if since.everything else _touched(session, kind, since.changes)
            if touched is not None and not touched:
                continue
            records = read_likened(session, kind)
            alike = _alike(records, touched)
            compared += len(records if touched is None else touched)
            new, gone = _keep(session, kind, alike, touched, directory)
            found, dropped = found + new, dropped + gone
        set_mark(session, _MARK, since.up_to, directory.now())
    return Looked(compared, found, dropped)


def _touched(session: Session, kind: str, changes: Iterable[Change]) -> frozenset[str]:
    changes = list(changes)
    if kind == "service":
        return frozenset(services_touched(session, changes))
    touched = {change.record_id for change in changes if change.kind == "organization"}
    places = sorted({change.record_id for change in changes if change.kind == "location"})
    for some in in_batches(places, _IDS_IN_A_QUERY):
        owners = select(LocationRow.organization_id).where(LocationRow.id.in_(some))
        touched |= {owner for owner in session.scalars(owners) if owner}
    return frozenset(touched)


def _alike(records: list[Likened], touched: frozenset[str] | None) -> _Found:
    found: _Found = {}
    for one, other in pairs_in(blocks(records), touched):
        how = likeness(one, other)
        if how.band is not Band.UNLIKELY:
            found[min(one.id, other.id), max(one.id, other.id)] = how
    return found


def _keep(
    session: Session,
    kind: str,
    alike: _Found,
    touched: frozenset[str] | None,
    directory: Directory,
) -> tuple[int, int]:
    """Write the queue; (new pairs, pairs dropped)."""
    known = {(row.first_id, row.second_id): row for row in _known(session, kind, touched)}
    dropped = 0
    for key, row in known.items():
        how = alike.get(key)
        if how is None and row.status in _UNDECIDED:
            session.delete(row)
            dropped += 1
        elif how is not None:
            row.band, row.score = how.band.value, how.score
            row.alike = [each.value for each in how.alike]
    new = [key for key in alike if key not in known]
    session.add_all(_pair(kind, key, alike[key], directory) for key in new)
    return len(new), dropped


def _known(
    session: Session, kind: str, touched: frozenset[str] | None
) -> Iterable[DuplicatePairRow]:
    row = DuplicatePairRow
    statement = select(row).where(row.kind == kind)
    if touched is None:
        yield from session.scalars(statement)
        return
    for some in in_batches(sorted(touched), _IDS_IN_A_QUERY):
        wanted = or_(row.first_id.in_(some), row.second_id.in_(some))
        yield from session.scalars(statement.where(wanted))


def _pair(kind: str, key: tuple[str, str], how: Likeness, directory: Directory) -> DuplicatePairRow:
    return DuplicatePairRow(
        id=str(uuid4()),
        kind=kind,
        first_id=key[0],
        second_id=key[1],
        band=how.band.value,
        score=how.score,
        alike=[each.value for each in how.alike],
        status=PairStatus.OPEN.value,
        found_at=directory.now(),
    )
