"""Clerical review of duplicates: the next pair, progress, and undo of the last decision."""

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

_SESSION_LENGTH = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """A curator's progress through the duplicate queue.

    Attributes:
        place: number of the pair that is shown, from 1.
        total: pairs decided in this session and pairs still open.
        last: the pair that was decided last.
    """

    place: int
    total: int
    last: DuplicatePair | None


def next_pair_id(instance: Instance, kind: str = "") -> str:
    """Return the id of the next pair of likely duplicates to decide, "" if none is open."""
    wanted = [
        DuplicatePairRow.status == PairStatus.OPEN.value,
        *([DuplicatePairRow.kind == kind] if kind else []),
    ]
    with instance.store.read() as session:
        found = session.scalar(
            select(DuplicatePairRow.id).where(*wanted).order_by(*queue_order()).limit(1)
        )
        return found or ""


def read_progress(instance: Instance, actor: Actor, kind: str = "") -> ReviewProgress:
    """Return how many duplicate pairs a curator decided recently, and how many are open."""
    of_kind = [DuplicatePairRow.kind == kind] if kind else []
    with instance.store.read() as session:
        mine = _decided_pairs(instance, actor).where(*of_kind)
        done = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        is_open = DuplicatePairRow.status == PairStatus.OPEN.value
        left = session.scalar(select(func.count(DuplicatePairRow.id)).where(is_open, *of_kind)) or 0
        latest = session.scalars(_latest(_decided_pairs(instance, actor))).first()
        last = read_pairs(session, [latest])[0] if latest else None
    return ReviewProgress(min(done + 1, done + left), done + left, last)


def undo_last_decision(instance: Instance, actor: Actor) -> str:
    """Undo a curator's last decision about likely duplicates.

    Returns:
        The id of the pair.

    Raises:
        NotFoundError: the curator decided nothing in the last twelve hours.
        MergeRefusedError: a later merge builds on it.
    """
    with instance.store.read() as session:
        latest = session.scalars(_latest(_decided_pairs(instance, actor))).first()
        if latest is None:
            raise NotFoundError("Nothing was decided.")
        (pair,) = read_pairs(session, [latest])
    if pair.status is PairStatus.MERGED:
        undo_merge(instance, actor, pair.group_id)
    else:
        decide_duplicate(instance, actor, pair.id, PairStatus.OPEN)
    return pair.id


def _decided_pairs(instance: Instance, actor: Actor) -> Any:
    return select(DuplicatePairRow).where(
        DuplicatePairRow.status != PairStatus.OPEN.value,
        DuplicatePairRow.decided_by == actor.account_id,
        DuplicatePairRow.decided_at >= instance.now() - _SESSION_LENGTH,
    )


def _latest(found: Any) -> Any:
    return found.order_by(DuplicatePairRow.decided_at.desc(), DuplicatePairRow.id).limit(1)
