"""What the columns of an uploaded spreadsheet hold: asked, said, and remembered for its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.formats.column_mapping import SheetMapping, check_mapping
from referral.formats.sandbox.parent import inspect_sandboxed
from referral.formats.sandbox.protocol import Mappings
from referral.formats.spreadsheet.saved_mapping import reuse_unchanged
from referral.imports.batches import READ, batch_row, require_state
from referral.imports.column_mapping import (
    ColumnChanges,
    ColumnMapping,
    SheetInspection,
    SheetSample,
)
from referral.imports.records import BatchState
from referral.imports.sources import keep_mapping, mapping_in, rules_of
from referral.imports.upload_files import (
    keep_sheets,
    kept_sheets,
    upload_path,
)
from referral.jobs.job_queue import add_job
from referral.message import message
from referral.records.accounts import COMMAND_LINE, Actor

_WHY = message("No known format claims it, so it is read by its columns.")
_MAPPED_IN = (BatchState.MAPPING, BatchState.READY, BatchState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsPage:
    """The sheets of an upload beside what is thought, or was said, of their columns.

    Attributes:
        is_remembered: lists of this source were mapped before.
        changes: how the columns differ from those of that time.
    """

    batch_id: str
    list_name: str
    source: str
    samples: tuple[SheetSample, ...]
    mapping: ColumnMapping
    is_remembered: bool
    changes: ColumnChanges

    @property
    def sheets(self) -> tuple[tuple[SheetSample, SheetMapping], ...]:
        """Each sheet with its mapping."""
        return tuple(zip(self.samples, self.mapping.sheets, strict=True))


def ask_columns(directory: Directory, batch_id: str, seen: SheetInspection) -> None:
    """Have an upload wait until somebody says what its columns hold."""
    keep_sheets(directory, batch_id, msgspec.json.encode(seen))
    with directory.store.write() as session:
        batch = batch_row(session, batch_id)
        batch.state, batch.format, batch.why = BatchState.MAPPING.value, "spreadsheet", _WHY


def read_columns(
    directory: Directory,
    batch_id: str,
    header_lines: Mapping[str, int] | None = None,
    *,
    looks_anew: bool = False,
) -> ColumnsPage:
    """What the columns of an upload are, and what they seem to hold.

    Args:
        header_lines: sheet → line of its headers, where they are not where they seemed to be.
        looks_anew: forget where headers were said to be in a list that was read already.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: it is no spreadsheet, it is gone, or it was applied.
    """
    with directory.store.read() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, *_MAPPED_IN)
        remembered = mapping_in(rules_of(session, batch.source))
        list_name, source, state = batch.list_name, batch.source, batch.state
        path = upload_path(directory, batch_id, batch.upload)
    kept = kept_sheets(directory, batch_id)
    if kept and not header_lines and (state == BatchState.MAPPING or not looks_anew):
        seen = msgspec.json.decode(kept, type=SheetInspection)
    else:
        seen = _look(path, remembered, header_lines or {})
        keep_sheets(directory, batch_id, msgspec.json.encode(seen))
    return _page(batch_id, list_name, source, seen, remembered)


def save_columns(
    directory: Directory, batch_id: str, mapping: ColumnMapping, actor: Actor = COMMAND_LINE
) -> None:
    """Remember what the columns hold for the lists of this source, and read this one so.

    Raises:
        RefusedError: the mapping cannot be followed, or the list was applied.
    """
    check_mapping(mapping)
    columns = [rule for sheet in mapping.sheets if sheet.row != "none" for rule in sheet.columns]
    left_out = sum(not rule.target for rule in columns)
    with directory.store.write() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, *_MAPPED_IN)
        keep_mapping(session, batch.source, mapping)
        batch.state, batch.wanted_format = BatchState.UPLOADED.value, "spreadsheet"
        add_job(session, READ, batch_id, actor.account_id)
        counts = {"columns": len(columns) - left_out, "left_out": left_out}
        record_audit(session, actor, "columns-mapped", "import", batch_id, **counts)


def _look(
    path: Path, remembered: ColumnMapping | None, header_lines: Mapping[str, int]
) -> SheetInspection:
    given = None
    if header_lines:
        lines = header_lines.items()
        sheets = (SheetMapping(row="service", sheet=name, header_line=at) for name, at in lines)
        given = ColumnMapping(sheets=tuple(sheets))
    return inspect_sandboxed(path, mappings=Mappings(given=given, saved=remembered))


def _page(
    batch_id: str,
    list_name: str,
    source: str,
    seen: SheetInspection,
    remembered: ColumnMapping | None,
) -> ColumnsPage:
    mapping = reuse_unchanged(seen.mapping, remembered) if remembered else seen.mapping
    return ColumnsPage(
        batch_id=batch_id,
        list_name=list_name,
        source=source,
        samples=seen.samples,
        mapping=mapping,
        is_remembered=remembered is not None,
        changes=seen.changes,
    )
