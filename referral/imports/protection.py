"""What a followed list shows less of, applied at once: what it withholds, and what it says is gone.

It waits for nobody: not for a decision about other changes, nor for a doubt about other rows. It is
a batch of its own, and can be undone as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from referral.directory.instance import Instance
from referral.imports.absences import AbsenceRules, ListScope
from referral.imports.apply import apply_changes, note_read
from referral.imports.batches import new_batch
from referral.imports.plan import PlannedChange
from referral.imports.prepare import PreparedImport, prepare_interactively
from referral.imports.records import BatchState, ChangeAction
from referral.imports.review_items import list_change
from referral.records.accounts import FOLLOWED_LIST
from referral.records.kinds import kind_of
from referral.records.ownership import Key, owner_of


def protect_by_list(
    instance: Instance,
    path: Path,
    scope: ListScope,
    *,
    source: str,
    format: str,  # noqa: A002
) -> bool:
    """Apply what a list shows less of, and nothing else of it; whether there was anything.

    Raises:
        RefusedError: the list cannot be read.
    """
    prepared = prepare_interactively(
        instance, path, source=source, format=format, absences=AbsenceRules(scope)
    )
    return apply_protection(instance, prepared, scope)


def apply_protection(instance: Instance, prepared: PreparedImport, scope: ListScope) -> bool:
    """Apply what a compared list shows less of; whether there was anything."""
    report = prepared.report
    changes = list(map(list_change, _showing_less(report.plan.changes, scope)))
    if not changes:
        return False
    batch = new_batch(str(uuid4()), report.source, report.list_name, BatchState.APPLIED)
    note_read(batch, prepared)
    with instance.store.write() as session:
        session.add(batch)
        apply_changes(session, batch, changes, FOLLOWED_LIST, is_stale=False)
    instance.index.sync_after_commit()
    return True


def _showing_less(changes: tuple[PlannedChange, ...], scope: ListScope) -> Iterator[PlannedChange]:
    """Return the changes that only show less: stricter visibility and records reported as gone.

    What is gone takes its parts along; parents come first.
    """
    gone: set[Key] = set(scope.gone)
    for change in changes:
        key = (kind_of(change.record), change.record.id)
        if change.action is ChangeAction.GONE and not gone.isdisjoint(
            (key, owner_of(change.record))
        ):
            gone.add(key)
            yield change
        elif change.action is ChangeAction.CHANGED and "visibility" in change.fields:
            yield change.of_fields(["visibility"])
