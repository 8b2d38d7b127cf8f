"""Sheets of a workbook (XLSX, XLSB, ODS, XLS) as tables; refused if a sheet is too large.

A workbook reader allocates every cell between the first and the last filled one, so one stray
letter in the last row takes a gigabyte: extents are checked first, whatever a sheet declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from referral.errors import RefusedError, refused
from referral.formats.files.archive import MAX_FILE_BYTES, ListFiles, is_zip, zip_members
from referral.formats.files.tables import FindHeader, Table, table_of

Cell = int | float | str | bool | time | date | datetime | timedelta
Rows = list[tuple[int, list[str]]]
HeaderFinderOf = Callable[[str], FindHeader]
"""Returns the header finder of a sheet by its name."""

MAX_SHEETS = 50
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MAX_CELLS = 6_000_000
_LONGEST_CELL_HEAD = 256
_FILLED_CELL = re.compile(rb"<c [^>]{0,80}?r=\"([A-Z]{1,3})(\d{1,7})\"[^>]{0,80}(?<!/)>")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")


def read_workbook(path: Path, header_of: HeaderFinderOf) -> dict[str, Table]:
    """Read the tables of a workbook file."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise refused("%(name)s is too large for a list. Save the sheet as CSV.", name=path.name)
    return read_sheets(path.name, path.read_bytes(), header_of)


def read_sheets(name: str, content: bytes, header_of: HeaderFinderOf) -> dict[str, Table]:
    """Read the tables of a workbook by sheet name, for sheets with rows below a header.

    The safety of the zip and the extents of its sheets are checked first.

    Raises:
        RefusedError: the workbook is damaged, unsafe, locked, too large or empty.
    """
    if is_zip(content):
        check_sheet_sizes(zip_members(name, content))
    elif _ENCRYPTED in content:
        raise refused(
            "%(name)s has a password. Open it, save it without one, and send it again.", name=name
        )
    filled = {sheet: rows for sheet, rows in _sheets(name, content) if len(rows) > 1}
    if not filled:
        raise refused("%(name)s has no sheet with a header and rows below it.", name=name)
    shown = {sheet: f"{name}: {sheet}" if len(filled) > 1 else name for sheet in filled}
    return {
        sheet: table_of(shown[sheet], rows, find_header=header_of(sheet))
        for sheet, rows in filled.items()
    }


def _sheets(file: str, content: bytes) -> Iterator[tuple[str, Rows]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        if len(workbook.sheet_names) > MAX_SHEETS:
            raise refused(
                "%(name)s has %(count)s sheets; a list has at most %(most)s. Leave those of "
                "the list.",
                name=file,
                count=len(workbook.sheet_names),
                most=MAX_SHEETS,
            )
        for index, name in enumerate(workbook.sheet_names):
            yield name, _rows_of(workbook.get_sheet_by_index(index))
    except (CalamineError, OSError, ValueError) as error:
        raise refused(
            "%(name)s cannot be opened as a workbook: it is damaged, has a password, or is "
            "another kind of Office file. Save it as XLSX or CSV.",
            name=file,
        ) from error


def _rows_of(sheet: CalamineSheet) -> Rows:
    rows = [[_cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom < len(rows) and left < len(rows[top]):
            # A cell merged over several rows is the cell of each of them.
            for below in rows[top + 1 : bottom + 1]:
                below[left] = below[left] or rows[top][left]
    return [(line, cells) for line, cells in enumerate(rows, start=1) if any(cells)]


def _cell_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    return str(cell)


def check_sheet_sizes(workbook: ListFiles) -> None:
    """Refuse a workbook with a sheet of too many rows and columns.

    Raises:
        RefusedError: a cell is too far from the list; the message names its row and column.
    """
    for name in filter(_SHEET.match, workbook.names):
        try:
            extent = _sheet_extent(workbook, name)
        except RefusedError as error:
            # The message names the workbook: users do not know the file of a sheet in the zip.
            raise refused(
                "%(name)s is damaged or cut short. Ask for it again, or download it again.",
                name=workbook.title,
            ) from error
        _refuse_large_sheet(workbook.title, *extent)


def _refuse_large_sheet(name: str, rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise refused(
            "A sheet of %(name)s has something in row %(row)s and in column %(column)s. "
            "That is far from the list. Delete the empty rows and columns after it, or "
            "save it as CSV.",
            name=name,
            row=format(rows, ","),
            column=format(columns, ","),
        )


def _sheet_extent(workbook: ListFiles, name: str) -> tuple[int, int]:
    """Return the last row and column of a workbook sheet with a filled cell, counted from 1."""
    rows = columns = 0
    rest = b""
    with workbook.open(name) as stream:
        while chunk := stream.read():
            text = rest + chunk
            for letters, digits in _FILLED_CELL.findall(text):
                rows = max(rows, int(digits))
                columns = max(columns, _column_number(letters))
            rest = text[-_LONGEST_CELL_HEAD:]
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
