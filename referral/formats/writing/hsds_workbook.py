"""Export workbook: a readable sheet, then the tables of HSDS 3.1, one sheet each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from referral.fields.formulas import escape_formula
from referral.formats.writing.hsds_package import Table
from referral.formats.writing.hsds_values import TABLES, cell_of, columns_of_kind

_LONGEST_CELL = 32_767
_CUT = "…"
_WIDTH = 24
_EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001  # workbooks know no time zone


def write_workbook(
    file: IO[bytes],
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    tables: Iterable[Table],
    about: Mapping[str, str] | None = None,
) -> None:
    """Write the workbook, row after row; what is written is on disk, not in memory.

    Args:
        title: name of the sheet to read.
        header, rows: what it has.
        tables: one after the other.
        about: properties of the document, such as its author.
    """
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"created": _EARLIEST, **(about or {})})
        bold = book.add_format({"bold": True})
        _write_sheet(book.add_worksheet(title), header, rows, bold)
        for kind, values in tables:
            names = [name for name, _ in columns_of_kind(kind)]
            cells = ([cell_of(v[n]) if n in v else "" for n in names] for v in values)
            _write_sheet(book.add_worksheet(TABLES[kind]), names, cells, bold)


def _write_sheet(
    sheet: Any, header: Sequence[str], rows: Iterable[Sequence[str]], bold: Any
) -> None:
    sheet.set_column(0, len(header) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(line, column, _fitting(escape_formula(text)))


def _fitting(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + _CUT
