"""Column mapping of an uploaded spreadsheet: proposal, correction, and reuse for its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.formats.column_mapping import ColumnMapping, SheetMapping, check_mapping
from referral.formats.sandbox.parent import inspect_sandboxed
from referral.formats.sandbox.protocol import Mappings, SheetInspection
from referral.formats.spreadsheet.samples import SheetSample
from referral.formats.spreadsheet.saved_mapping import (
    ColumnChanges,
    reuse_unchanged,
    with_answers,
)
from referral.imports.batches import READ, batch_row, require_state
from referral.imports.records import BatchState
from referral.imports.sources import mapping_in, read_saved_mapping, rules_of, save_mapping
from referral.imports.upload_files import load_sheets, save_sheets, upload_path
from referral.jobs.job_queue import add_job
from referral.message import message
from referral.records.accounts import COMMAND_LINE, Actor

_WHY_SPREADSHEET = message("No known format claims it, so it is read by its columns.")
_STATES_WITH_MAPPING = (BatchState.MAPPING, BatchState.READY, BatchState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsPage:
    """The sheets of an uploaded list with the proposed or saved mapping of their columns.

    Attributes:
        is_remembered: whether lists of this source were mapped before.
        changes: columns that are new or gone since that mapping.
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
        """Return each sheet of an uploaded list with its column mapping."""
        return tuple(zip(self.samples, self.mapping.sheets, strict=True))


def request_mapping(instance: Instance, batch_id: str, inspection: SheetInspection) -> None:
    """Set an import to wait until a user maps the columns of its list."""
    save_sheets(instance, batch_id, msgspec.json.encode(inspection))
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        batch.state, batch.format, batch.why = (
            BatchState.MAPPING.value,
            "spreadsheet",
            _WHY_SPREADSHEET,
        )


def read_columns(
    instance: Instance,
    batch_id: str,
    forms: Sequence[SheetMapping] = (),
    *,
    inspect_again: bool = False,
) -> ColumnsPage:
    """Return the columns of an uploaded list with their proposed or saved mapping.

    Args:
        forms: corrected line of the headers, separator, quotation mark and encoding of each
            sheet.
        inspect_again: whether to inspect a list again that was read before.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: the upload is no spreadsheet, is deleted, or was applied.
    """
    with instance.store.read() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, *_STATES_WITH_MAPPING)
        remembered = mapping_in(rules_of(session, batch.source))
        list_name, source, state = batch.list_name, batch.source, batch.state
    path = upload_path(instance, batch_id)
    saved = load_sheets(instance, batch_id)
    if saved and not forms and (state == BatchState.MAPPING or not inspect_again):
        inspection = msgspec.json.decode(saved, type=SheetInspection)
    else:
        inspection = _inspect(path, remembered, forms)
        save_sheets(instance, batch_id, msgspec.json.encode(inspection))
    return _page(batch_id, list_name, source, inspection, remembered)


def save_columns(
    instance: Instance, batch_id: str, mapping: ColumnMapping, actor: Actor = COMMAND_LINE
) -> None:
    """Save the column mapping for a source, and queue reading its uploaded list by it.

    Raises:
        RefusedError: the mapping cannot be followed, or the list was applied.
    """
    check_mapping(mapping)
    columns = [rule for sheet in mapping.sheets if sheet.row != "none" for rule in sheet.columns]
    left_out = sum(not rule.target for rule in columns)
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, *_STATES_WITH_MAPPING)
        save_mapping(session, batch.source, mapping)
        batch.state, batch.wanted_format = BatchState.UPLOADED.value, "spreadsheet"
        add_job(session, READ, batch_id, actor.account_id)
        counts = {"columns": len(columns) - left_out, "left_out": left_out}
        record_audit(session, actor, "columns-mapped", "import", batch_id, **counts)


def propose_mapping(path: Path, form: SheetMapping | None = None) -> ColumnMapping:
    """Propose a column mapping for a list on disk, read in a sandbox process.

    Args:
        path: path of the list.
        form: line of the headers, separator, quotation mark and encoding; None detects them.

    Raises:
        RefusedError: there is no table in it, or it is not safe to read.
    """
    return _inspect(path, None, (form,) if form else ()).mapping


def answer_questions(
    instance: Instance, path: Path, source: str, answers: Mapping[str, str]
) -> ColumnMapping:
    """Return the column mapping of a list with a user's answers about columns.

    Saved rules of its source stay.

    Args:
        path: path of the list.
        source: name of the list.
        answers: header → target of its column (see ``saved_mapping.with_answers``).

    Raises:
        RefusedError: an answer does not fit, or the list is not safe to read.
    """
    remembered = read_saved_mapping(instance, source)
    inspection = _inspect(path, remembered, ())
    mapping = reuse_unchanged(inspection.mapping, remembered) if remembered else inspection.mapping
    answered = with_answers(mapping, answers)
    check_mapping(answered)
    return answered


def keep_answers(instance: Instance, source: str, mapping: ColumnMapping) -> None:
    """Save the column mapping of an applied list, so that its questions are not asked again."""
    with instance.store.write() as session:
        save_mapping(session, source, mapping)


def _inspect(
    path: Path, remembered: ColumnMapping | None, forms: Sequence[SheetMapping]
) -> SheetInspection:
    given = ColumnMapping(sheets=tuple(forms)) if forms else None
    return inspect_sandboxed(path, mappings=Mappings(given=given, saved=remembered))


def _page(
    batch_id: str,
    list_name: str,
    source: str,
    inspection: SheetInspection,
    remembered: ColumnMapping | None,
) -> ColumnsPage:
    mapping = reuse_unchanged(inspection.mapping, remembered) if remembered else inspection.mapping
    return ColumnsPage(
        batch_id=batch_id,
        list_name=list_name,
        source=source,
        samples=inspection.samples,
        mapping=mapping,
        is_remembered=remembered is not None,
        changes=inspection.changes,
    )
