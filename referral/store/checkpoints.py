"""Checkpoints of periodic jobs in the change log, shared by all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from referral.store.change_log import Change, changes_after, store_state
from referral.store.rows_log import CheckpointRow

# After more changes a job processes everything, which is quicker than following each change.
MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """Changes since a checkpoint.

    Attributes:
        everything: whether they are too many or already pruned; ``changes`` is empty then.
        up_to: sequence of the last change, for the next checkpoint.
    """

    changes: tuple[Change, ...]
    everything: bool
    up_to: int


def changes_since_checkpoint(session: Session, name: str) -> ChangesSince:
    """Return the logged changes since the checkpoint of a job."""
    state = store_state(session)
    checkpoint = session.get(CheckpointRow, name)
    if checkpoint is None or checkpoint.sequence < state.pruned_through:
        return ChangesSince((), everything=True, up_to=state.last_sequence)
    changes = changes_after(session, checkpoint.sequence, MOST_CHANGES + 1)
    are_too_many = len(changes) > MOST_CHANGES
    return ChangesSince(
        () if are_too_many else tuple(changes), everything=are_too_many, up_to=state.last_sequence
    )


def set_checkpoint(session: Session, name: str, sequence: int, now: datetime) -> None:
    """Store the sequence up to which a job has followed the change log."""
    checkpoint = session.get(CheckpointRow, name)
    if checkpoint is None:
        session.add(CheckpointRow(name=name, sequence=sequence, done_at=now))
    else:
        checkpoint.sequence, checkpoint.done_at = sequence, now
