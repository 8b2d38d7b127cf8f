"""Stored records as far as a list of changes is about them: a source has many more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.formats.reading.items import Item
from referral.imports.absence_rules import AbsenceRules
from referral.imports.stored_records import StoredRecords, origin_of
from referral.records.directory import Record
from referral.records.kinds import PARENT_FIELDS, SourcedRecord, kind_of, parents_of
from referral.store.base import in_batches
from referral.store.conversion import ROWS, record_of_kind

_BATCH = 1_000


class StoredOfChanges(StoredRecords):
    """As ``StoredRecords``; reads only what the list has, and what it may lack.

    Args:
        items: the list.
        absences: which records it has with all their parts, and what is gone.
    """

    def __init__(
        self, session: Session, source: str, items: Iterable[Item], absences: AbsenceRules
    ) -> None:
        super().__init__(session, source)
        self._absences = absences
        self._listed: dict[str, set[str]] = defaultdict(set)
        for item in items:
            if isinstance(item, SourcedRecord):
                self._listed[kind_of(item.record)].add(item.record.id)
                for _, kind, parent in parents_of(item.record):
                    self._listed[kind].add(parent)

    def find(self, kind: str, record_id: str) -> Record | None:
        """The stored record of this list with this id, retired or not."""
        self._ask_for(kind, record_id)
        return super().find(kind, record_id)

    def knows(self, kind: str, record_id: str) -> bool:
        """Whether there is a record of this kind with this id, of any list."""
        self._ask_for(kind, record_id)
        return super().knows(kind, record_id)

    def _ask_for(self, kind: str, record_id: str) -> None:
        """Read the kind again where checks of the list have made a record that it has not."""
        if record_id not in self._listed[kind]:
            self._listed[kind].add(record_id)
            self._ids.pop(kind, None)
            if kind == self._kind:
                self._kind = ""

    def _read_ids(self, kind: str) -> set[str]:
        row = ROWS[kind]
        return {
            each
            for some in in_batches(sorted(self._listed[kind]), _BATCH)
            for each in self._session.scalars(select(row.id).where(row.id.in_(some)))
        }

    def _wanted_ids(self, kind: str) -> set[str] | None:
        return self._listed[kind]

    def missing(self, kind: str, seen: Iterable[str]) -> Iterator[SourcedRecord]:
        """Parts of what the list has whole, and what is gone, that are not among these ids."""
        row, known = ROWS[kind], set(seen)
        table = row.__table__
        owners = self._absences.owners()
        found: set[str] = set()
        for name, ids in self._parents(kind, owners):
            for some in in_batches(sorted(ids), _BATCH):
                statement = select(table).where(
                    table.c.source == self._source,
                    table.c.retired_at.is_(None),
                    table.c[name].in_(some),
                )
                for each in self._session.execute(statement).all():
                    if each.id not in known and each.id not in found:
                        found.add(each.id)
                        yield SourcedRecord(record_of_kind(kind, each), origin_of(each))

    def _parents(
        self, kind: str, owners: dict[str, set[str]]
    ) -> Iterator[tuple[str, Iterable[str]]]:
        """Columns by which rows of a kind belong to these records, and the ids there."""
        columns = ROWS[kind].__table__.c
        yield "id", self._absences.gone_of(kind)
        for name in columns.keys() & PARENT_FIELDS.keys():
            yield name, owners.get(PARENT_FIELDS[name], ())
        if "link_id" in columns:
            yield "link_id", set().union(*owners.values())
