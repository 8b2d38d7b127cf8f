"""Protection by a followed list, applied at once: stricter visibility and records that are gone.

It does not wait for decisions about other changes, nor for doubts about other rows. It is a batch
of its own, and can be undone as one.
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
    """Apply only the changes of a followed list that show less, and return whether any did.

    Raises:
        RefusedError: the list cannot be read.
    """
    prepared = prepare_interactively(
        instance, path, source=source, format=format, absences=AbsenceRules(scope)
    )
    return apply_protection(instance, prepared, scope)


def apply_protection(instance: Instance, prepared: PreparedImport, scope: ListScope) -> bool:
    """Apply an import's changes that show less, and return whether there were any."""
    report = prepared.report
    changes = list(map(list_change, _restricting_changes(report.plan.changes, scope)))
    if not changes:
        return False
    batch = new_batch(str(uuid4()), report.source, report.list_name, BatchState.APPLIED)
    note_read(batch, prepared)
    with instance.store.write() as session:
        session.add(batch)
        apply_changes(session, batch, changes, FOLLOWED_LIST, is_stale=False)
    instance.index.sync_after_commit()
    return True


def _restricting_changes(
    changes: tuple[PlannedChange, ...], scope: ListScope
) -> Iterator[PlannedChange]:
    """Yield an import's changes that show less: stricter visibility, and records that are gone.

    Parts of records that are gone are gone too; parents come first.
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
