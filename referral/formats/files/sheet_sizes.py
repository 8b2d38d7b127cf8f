"""How far the sheets of an XLSX workbook reach, looked up before anything makes room for them.

A workbook reader makes room for each cell between the first and the last one that is filled: one
stray letter in the last row of a sheet asks for a gigabyte. What a sheet declares does not matter.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from referral.errors import refused

MAX_CELLS = 6_000_000
_CHUNK = 2**20
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
_LONGEST_CELL_HEAD = 256
_CELL = re.compile(rb"<c [^>]{0,80}?r=\"([A-Z]{1,3})(\d{1,7})\"[^>]{0,80}(?<!/)>")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")


def check_sheet_sizes(path: Path) -> None:
    """Refuse a workbook with a sheet that reaches too far.

    Raises:
        RefusedError: it says which row or column has something far away from the list.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in filter(_SHEET.match, archive.namelist()):
                _check(path.name, *_reach(archive, name))
    except _DAMAGED as error:
        raise refused(
            "%(name)s is damaged or cut short. Ask for it again, or download it again.",
            name=path.name,
        ) from error


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


def _reach(archive: zipfile.ZipFile, name: str) -> tuple[int, int]:
    """The last row and the last column with a cell that is not empty, both from 1."""
    rows = columns = 0
    with archive.open(name) as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
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
