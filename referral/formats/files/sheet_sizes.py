"""How far the sheets of an XLSX workbook reach, looked up before anything makes room for them.

A workbook reader makes room for each cell between the first and the last one that is filled: one
stray letter in the last row of a sheet asks for a gigabyte. What a sheet declares does not matter.
"""

from __future__ import annotations

import re

from referral.errors import RefusedError, refused
from referral.formats.files.archive import ListFiles

MAX_CELLS = 6_000_000
_LONGEST_CELL_HEAD = 256
_CELL = re.compile(rb"<c [^>]{0,80}?r=\"([A-Z]{1,3})(\d{1,7})\"[^>]{0,80}(?<!/)>")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")


def check_sheet_sizes(workbook: ListFiles) -> None:
    """Refuse a workbook with a sheet that reaches too far.

    Raises:
        RefusedError: it says which row or column has something far away from the list.
    """
    for name in filter(_SHEET.match, workbook.names):
        try:
            reach = _reach(workbook, name)
        except RefusedError as error:  # nobody knows the sheet by its name in the zip
            raise refused(
                "%(name)s is damaged or cut short. Ask for it again, or download it again.",
                name=workbook.title,
            ) from error
        _check(workbook.title, *reach)


def _check(name: str, rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise refused(
            "A sheet of %(name)s has something in row %(row)s and in column %(column)s. "
            "That is far from the list. Delete the empty rows and columns after it, or "
            "save it as CSV.",
            name=name,
            row=format(rows, ","),
            column=format(columns, ","),
        )


def _reach(workbook: ListFiles, name: str) -> tuple[int, int]:
    """The last row and the last column with a cell that is not empty, both from 1."""
    rows = columns = 0
    rest = b""
    with workbook.open(name) as stream:
        while chunk := stream.read():
            text = rest + chunk
            for letters, digits in _CELL.findall(text):
                rows = max(rows, int(digits))
                columns = max(columns, _column(letters))
            rest = text[-_LONGEST_CELL_HEAD:]
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
