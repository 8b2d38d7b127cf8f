"""How far regular work has followed the change log, kept in the database for all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from referral.store.change_log import Change, changes_after, store_state
from referral.store.rows_log import WorkMarkRow

# After more changes, everything is looked at anew: that is quicker than following each.
MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class SinceMark:
    """What changed since some work was last done; ``everything`` when that cannot be told."""

    changes: tuple[Change, ...]
    everything: bool
    up_to: int


def changes_since_mark(session: Session, name: str) -> SinceMark:
    """What changed since the mark of this name was set."""
    state = store_state(session)
    mark = session.get(WorkMarkRow, name)
    if mark is None or mark.sequence < state.pruned_through:
        return SinceMark((), everything=True, up_to=state.last_sequence)
    changes = changes_after(session, mark.sequence, MOST_CHANGES + 1)
    too_many = len(changes) > MOST_CHANGES
    return SinceMark(
        () if too_many else tuple(changes), everything=too_many, up_to=state.last_sequence
    )


def set_mark(session: Session, name: str, sequence: int, now: datetime) -> None:
    """Note that the work is done up to this change."""
    mark = session.get(WorkMarkRow, name)
    if mark is None:
        session.add(WorkMarkRow(name=name, sequence=sequence, done_at=now))
    else:
        mark.sequence, mark.done_at = sequence, now
