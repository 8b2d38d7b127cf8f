"""Looks for likely duplicates among what changed since the last look, and fills the queue.

What a person decided stays: "not the same" is never asked again. A pair nobody decided is dropped
when its records are no longer alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.duplicates.candidates import read_likened
from referral.duplicates.likeness_blocks import blocks, pairs_in
from referral.duplicates.matching import Band, Likened, Likeness, likeness
from referral.duplicates.records import DUPLICATE_KINDS, Looked, PairStatus
from referral.store.base import in_batches
from referral.store.change_log import Change, affected_services
from referral.store.checkpoints import (
    ChangesSince,
    changes_since_checkpoint,
    set_checkpoint,
)
from referral.store.rows import LocationRow
from referral.verification.rows import DuplicatePairRow

_MARK = "duplicates"
_IDS_IN_A_QUERY = 500
_UNDECIDED = (PairStatus.OPEN.value, PairStatus.LATER.value)
_Found = dict[tuple[str, str], Likeness]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found of one kind; ``touched`` is None when all records were compared."""

    kind: str
    touched: frozenset[str] | None
    compared: int
    alike: _Found


def find_duplicates(directory: Directory) -> Looked:
    """Compare what changed since the last look with everything.

    Comparing takes seconds, so it only reads; what was found is written at the end, at once.
    """
    with directory.store.read() as session:
        since = changes_since_checkpoint(session, _MARK)
        looks = [_look(session, kind, since) for kind in DUPLICATE_KINDS]
    found = dropped = 0
    with directory.store.write() as session:
        for look in looks:
            new, gone = _keep(session, look, directory)
            found, dropped = found + new, dropped + gone
        set_checkpoint(session, _MARK, since.up_to, directory.now())
    return Looked(sum(look.compared for look in looks), found, dropped)


def _look(session: Session, kind: str, since: ChangesSince) -> _Look:
    touched = None if since.everything else _touched(session, kind, since.changes)
    if touched is not None and not touched:
        return _Look(kind, touched, 0, {})
    records = read_likened(session, kind)
    compared = len(records if touched is None else touched)
    return _Look(kind, touched, compared, _alike(records, touched))


def _touched(session: Session, kind: str, changes: Iterable[Change]) -> frozenset[str]:
    changes = list(changes)
    if kind == "service":
        return frozenset(affected_services(session, changes))
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


def _keep(session: Session, look: _Look, directory: Directory) -> tuple[int, int]:
    """Write the queue; (new pairs, pairs dropped)."""
    known = {(row.first_id, row.second_id): row for row in _known(session, look)}
    dropped = 0
    for key, row in known.items():
        how = look.alike.get(key)
        if how is None and row.status in _UNDECIDED:
            session.delete(row)
            dropped += 1
        elif how is not None:
            row.band, row.score = how.band.value, how.score
            row.alike = [each.value for each in how.alike]
    new = [key for key in look.alike if key not in known]
    session.add_all(_pair(look.kind, key, look.alike[key], directory) for key in new)
    return len(new), dropped


def _known(session: Session, look: _Look) -> Iterable[DuplicatePairRow]:
    row = DuplicatePairRow
    statement = select(row).where(row.kind == look.kind)
    if look.touched is None:
        yield from session.scalars(statement)
        return
    for some in in_batches(sorted(look.touched), _IDS_IN_A_QUERY):
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
