"""Clerical review: the next pair, how far somebody is, and taking back the last decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from referral.directory.instance import Instance
from referral.duplicates.duplicate_queue import decide_duplicate, queue_order, read_pairs
from referral.duplicates.merge import undo_merge
from referral.duplicates.records import DuplicatePair, PairStatus
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.verification.rows import DuplicatePairRow

_SITTING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far somebody is: the place of the pair at hand, how many in all, the last decision."""

    place: int
    total: int
    last: DuplicatePair | None


def next_pair_id(instance: Instance, kind: str = "") -> str:
    """The pair to decide next, "" when none is left."""
    row = DuplicatePairRow
    wanted = [row.status == PairStatus.OPEN.value, *([row.kind == kind] if kind else [])]
    with instance.store.read() as session:
        found = session.scalar(select(row.id).where(*wanted).order_by(*queue_order()).limit(1))
        return found or ""


def read_progress(instance: Instance, actor: Actor, kind: str = "") -> ReviewProgress:
    """What this person decided in this sitting, and what waits."""
    row = DuplicatePairRow
    of_kind = [row.kind == kind] if kind else []
    with instance.store.read() as session:
        mine = _decided(instance, actor).where(*of_kind)
        done = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        is_open = row.status == PairStatus.OPEN.value
        left = session.scalar(select(func.count(row.id)).where(is_open, *of_kind)) or 0
        latest = session.scalars(_latest_first(_decided(instance, actor))).first()
        last = read_pairs(session, [latest])[0] if latest else None
    return ReviewProgress(min(done + 1, done + left), done + left, last)


def undo_last_decision(instance: Instance, actor: Actor) -> str:
    """Take back what this person decided last, so that its pair waits again.

    Returns:
        The id of the pair.

    Raises:
        NotFoundError: this person decided nothing in this sitting.
        MergeRefusedError: a later merge stands on it.
    """
    with instance.store.read() as session:
        latest = session.scalars(_latest_first(_decided(instance, actor))).first()
        if latest is None:
            raise NotFoundError("Nothing was decided.")
        (pair,) = read_pairs(session, [latest])
    if pair.status is PairStatus.MERGED:
        undo_merge(instance, actor, pair.group_id)
    else:
        decide_duplicate(instance, actor, pair.id, PairStatus.OPEN)
    return pair.id


def _decided(instance: Instance, actor: Actor) -> Any:
    row = DuplicatePairRow
    return select(row).where(
        row.status != PairStatus.OPEN.value,
        row.decided_by == actor.account_id,
        row.decided_at >= instance.now() - _SITTING,
    )


def _latest_first(found: Any) -> Any:
    return found.order_by(DuplicatePairRow.decided_at.desc(), DuplicatePairRow.id).limit(1)
