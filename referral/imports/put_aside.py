"""Columns put aside: cells that no field took, and their use as a field later on.

The use of a column is an import of its own: it is compared, reviewed, applied and undone like a
list, without the list being sent again. It fills what is empty, and takes nothing off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.errors import refused
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.protection_flags import is_flag
from referral.imports.batches import READ
from referral.imports.fidelity import ColumnFidelity, Fidelity
from referral.imports.plan import ImportReport, plan_import
from referral.imports.prepare import PreparedImport
from referral.imports.records import PUT_ASIDE, BatchState
from referral.imports.sources import rules_of
from referral.imports.stored_records import StoredRecords, origin_of
from referral.imports.upload_files import save_upload
from referral.jobs.job_queue import add_job
from referral.message import Message, message
from referral.records.accounts import Actor
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity
from referral.store.conversion import ROWS, record_of_kind
from referral.store.rows_log import ImportBatchRow

FIELDS: Mapping[str, tuple[str, ...]] = {
    "organization": (
        "alternate_name", "description", "email", "website", "legal_status", "tax_id",
        "year_incorporated",
    ),
    "program": ("alternate_name", "description"),
    "service": (
        "alternate_name", "description", "url", "email", "alert", "keywords",
        "eligibility_description", "minimum_age", "maximum_age", "application_process",
        "wait_time", "fees_description", "interpretation_services", "accreditations", "licenses",
        "assured_date", "verified_by",
    ),
    "location": ("alternate_name", "description", "transportation", "url"),
    "contact": ("title", "department", "email"),
}  # fmt: skip
"""Kind → the fields as which a column of its rows can be used."""
_WHY = message("A column that was put aside is used as a field. The list was not sent again.")
_TAKEN = message(
    "Records that have something there already keep it: %(count)s. The column is %(column)s."
)
_UNREAD = message("Cells that this field cannot hold stay aside: %(count)s. The first is here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAsideColumn:
    """A column of a source that no field took, and how many records have a cell of it."""

    kind: str
    header: str
    cells: int

    @property
    def fields(self) -> tuple[str, ...]:
        """As what it can be used; a mark that protects somebody as nothing."""
        return () if is_flag(self.header) else FIELDS.get(self.kind, ())


class ColumnUse(msgspec.Struct, frozen=True):
    """The use of a column of one kind's rows as a field."""

    kind: str
    header: str
    field: str


def list_put_aside(directory: Directory, source: str) -> tuple[PutAsideColumn, ...]:
    """The columns of a source that no field took, those with the most cells first."""
    counts: Counter[tuple[str, str]] = Counter()
    with directory.store.read() as session:
        for kind, row in ROWS.items():
            for cells in session.scalars(select(row.unmapped).where(*_with_cells(row, source))):
                counts.update((kind, header) for header in cells)
    return tuple(
        PutAsideColumn(kind=kind, header=header, cells=count)
        for (kind, header), count in counts.most_common()
    )


def use_column(directory: Directory, source: str, use: ColumnUse, actor: Actor) -> str:
    """Queue comparing the records of a source with a column put aside; the id of the batch.

    Raises:
        RefusedError: there is no such column, or it cannot be that field.
    """
    columns = list_put_aside(directory, source)
    column = next((c for c in columns if (c.kind, c.header) == (use.kind, use.header)), None)
    if column is None or use.field not in column.fields:
        raise refused("This column cannot be used this way. Choose another field.")
    batch_id = str(uuid4())
    kept_as = save_upload(directory, batch_id, "put-aside.json", BytesIO(msgspec.json.encode(use)))
    with directory.store.write() as session:
        session.add(
            ImportBatchRow(
                id=batch_id,
                source=source,
                format="",
                wanted_format=PUT_ASIDE,
                list_name=use.header[:255],
                started_at=datetime.now(UTC),
                state=BatchState.UPLOADED.value,
                account_id=actor.account_id,
                upload=kept_as,
            )
        )
        add_job(session, READ, batch_id, actor.account_id)
        record_audit(session, actor, "column-used", "import", batch_id)
    return batch_id


def prepare_column(directory: Directory, path: Path, source: str) -> PreparedImport:
    """What using a column would change; ``path`` is what ``use_column`` kept."""
    use, compared_at = msgspec.json.decode(path.read_bytes(), type=ColumnUse), datetime.now(UTC)
    with directory.store.read() as session:
        reading = _Reading(session, source, use)
        items = tuple(reading.items())
        plan = plan_import(
            (*items, *reading.problems()), _Kept(session, source), frozenset(),
            rules_of(session, source),
        )  # fmt: skip
    report = ImportReport(
        format=PUT_ASIDE,
        why=_WHY,
        source=source,
        list_name=use.header,
        plan=plan,
        fidelity=Fidelity((reading.fidelity(),)),
    )
    return PreparedImport(items, report, compared_at)


class _Kept(StoredRecords):
    """What is stored of a source; nothing is missing from a column."""

    def missing(self, kind: str, seen: Iterable[str]) -> Iterator[SourcedRecord]:  # noqa: ARG002
        """Nothing."""
        return iter(())


class _Reading:
    """A column being read from the records that have a cell of it."""

    def __init__(self, session: Session, source: str, use: ColumnUse) -> None:
        self._session, self._source, self._use = session, source, use
        self._cells = self._filled = 0
        self._unread: list[Problem] = []

    def items(self) -> Iterator[SourcedRecord]:
        """The records with the field filled, of those where it is empty and the cell fits."""
        kind, name = self._use.kind, self._use.field
        table = ROWS[kind].__table__
        rows = select(table).where(*_with_cells(ROWS[kind], self._source))
        for row in self._session.execute(rows.order_by(table.c.origin_line, table.c.id)):
            text = row.unmapped.get(self._use.header)
            if not text:
                continue
            self._cells += 1
            record = record_of_kind(kind, row)
            value = read_cell(kind, name, text)
            if isinstance(value, Unreadable):
                self._unread.append(self._problem("cells-not-read", _UNREAD, row))
            elif getattr(record, name) not in {"", None}:
                self._filled += 1
            elif value not in {"", None}:
                change: dict[str, Any] = {name: value}
                yield SourcedRecord(replace(record, **change), origin_of(row))

    def problems(self) -> Iterator[Problem]:
        """What is said of cells that are not used."""
        if self._unread:
            first = self._unread[0]
            yield replace(first, message=_UNREAD.filled(count=format(len(self._unread), ",")))
        if self._filled:
            detail = _TAKEN.filled(count=format(self._filled, ","), column=self._use.header)
            yield Problem(code="field-filled", severity=Severity.WARNING, message=detail)

    def fidelity(self) -> ColumnFidelity:
        """What became of the cells."""
        aside = self._filled + len(self._unread)
        return ColumnFidelity(
            file="",
            header=self._use.header,
            cells=self._cells,
            kept=self._cells - aside,
            aside=aside,
            refused=0,
            fields=(f"{self._use.kind}.{self._use.field}",),
        )

    def _problem(self, code: str, detail: Message, row: Any) -> Problem:
        return Problem(
            code=code,
            severity=Severity.WARNING,
            message=detail,
            file=row.origin_file,
            line=row.origin_line,
            column=self._use.header,
        )


def _with_cells(row: Any, source: str) -> tuple[Any, ...]:
    return (row.source == source, row.retired_at.is_(None), cast(row.unmapped, Text) != "{}")
