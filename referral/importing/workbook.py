"""The first sheet with something in it of an XLSX workbook, as a table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from referral.importing.archive import MAX_FILE_BYTES, check_zip
from referral.importing.tables import IsHeader, Table, table_of
from referral.records.errors import RefusedError

Cell = int | float | str | bool | time | date | datetime | timedelta


def read_workbook(path: Path, is_header: IsHeader) -> Table:
    """The table in the first sheet with a header; titles above the header are passed over.

    Its safety as a zip is checked first. There is no limit on memory yet: that needs a child
    process.

    Raises:
        RefusedError: the workbook is damaged, unsafe, locked or empty.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise RefusedError(f"{path.name} is too large for a list. Save the sheet as CSV.")
    check_zip(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = [workbook.get_sheet_by_index(at) for at in range(len(workbook.sheet_names))]
    except (CalamineError, OSError, ValueError) as error:
        raise RefusedError(
            f"{path.name} cannot be opened as a workbook. Save it again, or save it as CSV."
        ) from error
    filled = [rows for rows in map(_rows_of, sheets) if len(rows) > 1]
    if not filled:
        raise RefusedError(f"{path.name} has no sheet with a header and rows below it.")
    headed = (rows for rows in filled if any(is_header(cells) for _, cells in rows[:20]))
    return table_of(path.name, next(headed, filled[0]), is_header=is_header)


def _rows_of(sheet: CalamineSheet) -> list[tuple[int, list[str]]]:
    rows = sheet.to_python(skip_empty_area=False)
    numbered = [(line, [_text(cell) for cell in row]) for line, row in enumerate(rows, start=1)]
    return [(line, cells) for line, cells in numbered if any(cells)]


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    return str(cell)
