"""Checkpoints: how far a periodic job has followed the change log, for all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from referral.store.change_log import Change, changes_after, store_state
from referral.store.rows_log import CheckpointRow

# After more changes, everything is looked at again: that is quicker than following each.
MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """Changes since a checkpoint; ``everything`` when they are too many or already pruned."""

    changes: tuple[Change, ...]
    everything: bool
    up_to: int


def changes_since_checkpoint(session: Session, name: str) -> ChangesSince:
    """The changes since the checkpoint of this name."""
    state = store_state(session)
    mark = session.get(CheckpointRow, name)
    if mark is None or mark.sequence < state.pruned_through:
        return ChangesSince((), everything=True, up_to=state.last_sequence)
    changes = changes_after(session, mark.sequence, MOST_CHANGES + 1)
    too_many = len(changes) > MOST_CHANGES
    return ChangesSince(
        () if too_many else tuple(changes), everything=too_many, up_to=state.last_sequence
    )


def set_checkpoint(session: Session, name: str, sequence: int, now: datetime) -> None:
    """Record that the job has followed the log up to this change."""
    mark = session.get(CheckpointRow, name)
    if mark is None:
        session.add(CheckpointRow(name=name, sequence=sequence, done_at=now))
    else:
        mark.sequence, mark.done_at = sequence, now
