"""Sandbox, child side: reads one untrusted list with little memory, writes no file, and ends.

Started as ``python -m referral.formats.sandbox.child`` by ``sandbox.parent``: it takes a
``ReadRequest`` from standard input and sends messages to standard output.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec

from referral.errors import RefusedError, refused
from referral.fields.phones import AREA_CODE
from referral.fields.places.gazetteer import GAZETTEER
from referral.formats.checks.shelters import withhold_marked_places, withhold_places
from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.tables import Tables
from referral.formats.open_referral.api_pages import read_page
from referral.formats.open_tables import open_sheets
from referral.formats.provider_list import ProviderList, open_list
from referral.formats.reading.items import sort_parents_first
from referral.formats.sandbox.protocol import (
    CellsRead,
    Finished,
    GivenRow,
    Opened,
    ReadRequest,
    Refused,
    RowsRead,
    SheetInspection,
    receive_pages,
    send,
    send_items,
)
from referral.formats.spreadsheet.list_template import is_template
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.reader import apply_mapping
from referral.formats.spreadsheet.samples import sheet_samples
from referral.formats.spreadsheet.saved_mapping import (
    changes_since,
    reuse_unchanged,
    with_form_of,
)

_ROWS_BETWEEN_MESSAGES = 500
_LINES_BETWEEN_MESSAGES = 5_000
# A list in memory makes far more objects than garbage, so collections are rarer than usual.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
_FORMATS_WITH_MAPPING = frozenset({"auto", "spreadsheet"})


def main() -> None:
    """Run the task that the sandbox's parent requests, and send its results.

    The exit code means nothing.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=ReadRequest)
    stream = sys.stdout.buffer
    AREA_CODE.set(request.mappings.area_code)
    if request.gazetteer:
        GAZETTEER.use_folder(Path(request.gazetteer))
    _limit_process(request.memory_bytes, request.cpu_seconds)
    try:
        _TASKS[request.task](request, stream)
    except RefusedError as error:
        send(stream, Refused(error.message))
    except MemoryError:
        send(stream, Refused())
    else:
        send(stream, Finished())


def _limit_process(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit memory and CPU of the sandbox process, and forbid files and core dumps."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (
            resource.RLIMIT_CPU,
            cpu_seconds,
            cpu_seconds + 1,
        ),  # a signal with the reason, then the end
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for limit, soft, hard in limits:
        try:
            resource.setrlimit(limit, (soft, hard))
        except (ValueError, OSError):
            continue


def _read(request: ReadRequest, stream: BinaryIO) -> None:
    lines = count(1)

    def on_line() -> None:
        if (number := next(lines)) % _LINES_BETWEEN_MESSAGES == 1:
            send(stream, RowsRead(number))

    opened = _open(request, on_line)
    if isinstance(opened, SheetInspection):
        send(stream, opened)
        return
    head = Opened(
        format=opened.format,
        why=opened.why,
        row_count=opened.row_count,
        notices=opened.notices,
        mapping=opened.mapping,
    )
    send(stream, head)

    def on_row(number: int) -> None:
        if number % _ROWS_BETWEEN_MESSAGES == 0:
            send(stream, RowsRead(number))

    send_items(stream, opened.read(request.source, on_row, is_read_once=True))
    send(stream, RowsRead(opened.row_count))
    send(stream, CellsRead(tuple(opened.columns)))


def _open(request: ReadRequest, on_line: Callable[[], None]) -> ProviderList | SheetInspection:
    """Open a source list in the sandbox, or return its sheets if columns must be mapped first."""
    path, given_mapping, saved = (
        Path(request.path),
        request.mappings.given,
        request.mappings.saved,
    )
    can_ask = request.mappings.interactive and request.format in _FORMATS_WITH_MAPPING
    try:
        opened = open_list(
            path, format=request.format, mapping=given_mapping, saved=saved, on_line=on_line
        )
    except RefusedError:
        inspection = (
            _inspect_unrecognized(path, saved) if can_ask and given_mapping is None else None
        )
        if inspection is None:
            raise
        return inspection
    if opened.format == "spreadsheet" and given_mapping is None and (can_ask or saved):
        inspection = inspect_sheets(Tables(opened.tables), saved)
        if inspection.changes or (saved is None and not is_template(inspection.mapping)):
            return inspection
    return opened


def _inspect_unrecognized(path: Path, saved: ColumnMapping | None) -> SheetInspection | None:
    """Return the sheets of a source list in no known format; None if it has none."""
    try:
        tables = open_sheets(path, saved)
    except RefusedError:
        return None
    return None if tables.form else inspect_sheets(tables, saved)


def _inspect(request: ReadRequest, stream: BinaryIO) -> None:
    saved = request.mappings.saved
    tables = open_sheets(Path(request.path), request.mappings.given or saved)
    if tables.form:
        raise refused("This list has no columns to choose: it is not a spreadsheet.")
    send(stream, inspect_sheets(tables, saved, request.mappings.given))


def _preview(request: ReadRequest, stream: BinaryIO) -> None:
    tables = open_sheets(Path(request.path), request.mappings.given)
    mapping = request.mappings.given or propose_mapping(tables)
    items = sort_parents_first(apply_mapping(tables, mapping, request.source, first=request.first))
    send_items(stream, withhold_places(withhold_marked_places(items)))


def _send_rows(request: ReadRequest, stream: BinaryIO) -> None:
    for table in open_list(Path(request.path), format=request.format).tables.values():
        for row in table.rows:
            if (row.file, row.line) in request.places:
                keys = dict.fromkeys((*table.headers, *row.cells))
                cells = {table.shown.get(key, key): row.cells.get(key, "") for key in keys}
                send(stream, GivenRow(row.file, row.line, cells))


def _read_pages(_request: ReadRequest, stream: BinaryIO) -> None:
    for page in receive_pages(sys.stdin.buffer):
        send(stream, read_page(page))


def inspect_sheets(
    tables: Tables, saved: ColumnMapping | None, given: ColumnMapping | None = None
) -> SheetInspection:
    """Inspect a list's sheets: samples, proposed mapping, and changes since the saved one.

    Args:
        tables: the sheets, read in the form of ``given``, else of ``saved``.
        saved: the saved mapping.
        given: a mapping with the form of text files (separator, quotation mark, encoding).
    """
    proposed = propose_mapping(tables)
    if saved is None:
        mapping = with_form_of(proposed, given)
        return SheetInspection(samples=sheet_samples(tables), mapping=mapping)
    return SheetInspection(
        samples=sheet_samples(tables),
        mapping=with_form_of(reuse_unchanged(proposed, saved), given or saved),
        changes=changes_since(saved, proposed),
    )


_TASKS = {
    "read": _read,
    "inspect": _inspect,
    "preview": _preview,
    "rows": _send_rows,
    "pages": _read_pages,
}

if __name__ == "__main__":
    main()
