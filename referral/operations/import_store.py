"""Reads what is stored of a list, and writes an import plan, inside one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.operations.import_plan import ImportPlan, ImportReport
from referral.operations.place_services import place_services
from referral.records.directory import Record
from referral.records.history import Author, MadeBy
from referral.records.kinds import SourcedRecord, kind_of
from referral.store.base import RecordRow
from referral.store.batches import in_batches
from referral.store.conversion import ROWS, columns_of, record_from, row_from
from referral.store.history import set_author
from referral.store.log_rows import ImportBatchRow
from referral.store.rows import ServiceRow

_CHUNK = 1000


class StoredRecords:
    """What is stored: this list's records, and the ids of everybody's."""

    def __init__(self, session: Session, source: str) -> None:
        self._records: dict[str, dict[str, Record]] = {}
        self._retired: dict[str, set[str]] = {}
        self._others: dict[str, set[str]] = {}
        for kind, row_class in ROWS.items():
            rows = session.scalars(select(row_class).where(row_class.source == source)).all()
            self._records[kind] = {row.id: record_from(row, Record) for row in rows}
            self._retired[kind] = {row.id for row in rows if row.retired_at is not None}
            others = select(row_class.id).where(row_class.source != source)
            self._others[kind] = set(session.scalars(others))
        session.expunge_all()

    def find(self, kind: str, record_id: str) -> Record | None:
        """The stored record of this list with this id, retired or not."""
        return self._records[kind].get(record_id)

    def belongs_to_another(self, kind: str, record_id: str) -> bool:
        """Whether another list brought the record with this id."""
        return record_id in self._others[kind]

    def knows(self, kind: str, record_id: str) -> bool:
        """Whether there is a record of this kind with this id, of any list."""
        return record_id in self._records.get(kind, ()) or record_id in self._others.get(kind, ())

    def is_retired(self, kind: str, record_id: str) -> bool:
        """Whether its list had dropped the record."""
        return record_id in self._retired[kind]

    def present(self, kind: str) -> Iterable[str]:
        """Ids of the records of this list that are not retired."""
        return self._records[kind].keys() - self._retired[kind]


def apply_plan(
    session: Session, report: ImportReport, plan: ImportPlan, on_done: Callable[[int], None]
) -> None:
    """Write the plan and place its services. ``on_done`` is told how many records are written."""
    batch = ImportBatchRow(
        id=str(uuid4()),
        source=report.source,
        format=report.format,
        list_name=report.list_name,
        started_at=datetime.now(UTC),
        counts={kind: counts.as_dict() for kind, counts in plan.counts.items()},
    )
    session.add(batch)
    session.flush()
    set_author(session, Author(made_by=MadeBy.IMPORT, batch_id=batch.id, group_id=batch.id))
    written = 0
    for write, items in ((_add, plan.new), (_change, plan.changed)):
        for chunk in in_batches(items, _CHUNK):
            write(session, chunk, report.source, batch.id)
            session.flush()
            session.expunge_all()
            written += len(chunk)
            on_done(written)
    _retire(session, plan.gone)
    session.flush()
    place_services(session, _services_to_place(session, plan, report.source))
    session.flush()
    session.get_one(ImportBatchRow, batch.id).finished_at = datetime.now(UTC)


def _add(session: Session, items: Sequence[SourcedRecord], source: str, batch_id: str) -> None:
    for item in items:
        row = row_from(item.record)
        _set_origin(row, item, source, batch_id)
        session.add(row)


def _change(session: Session, items: Sequence[SourcedRecord], source: str, batch_id: str) -> None:
    by_kind: dict[str, dict[str, SourcedRecord]] = defaultdict(dict)
    for item in items:
        by_kind[kind_of(item.record)][item.record.id] = item
    for kind, wanted in by_kind.items():
        row_class = ROWS[kind]
        for row in session.scalars(select(row_class).where(row_class.id.in_(wanted))):
            item = wanted[row.id]
            for name, value in columns_of(item.record).items():
                setattr(row, name, value)
            row.retired_at = None
            _set_origin(row, item, source, batch_id)


def _set_origin(row: RecordRow, item: SourcedRecord, source: str, batch_id: str) -> None:
    row.source, row.source_key = source, item.origin.key
    row.origin_file, row.origin_line = item.origin.file, item.origin.line
    row.unmapped = dict(item.origin.unmapped)
    row.import_batch_id = batch_id


def _retire(session: Session, gone: Mapping[str, Sequence[str]]) -> None:
    now = datetime.now(UTC)
    for kind, ids in gone.items():
        row_class = ROWS[kind]
        for chunk in in_batches(ids, _CHUNK):
            for row in session.scalars(select(row_class).where(row_class.id.in_(chunk))):
                row.retired_at = now


def _services_to_place(session: Session, plan: ImportPlan, source: str) -> Iterable[str]:
    """The services of the list; all there are when terms moved under them."""
    statement = select(ServiceRow.id)
    written = (kind_of(item.record) for item in (*plan.new, *plan.changed))
    if not plan.gone.get("taxonomy_term") and "taxonomy_term" not in written:
        statement = statement.where(ServiceRow.source == source)
    return session.scalars(statement).all()
