"""CSV and XLSX writers: formulas in texts are escaped, numbers stay numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from referral.fields.formulas import escape_formula

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | float
_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False}
# Characters that spreadsheet programs refuse in a sheet name, and its maximum length.
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31
_WIDEST = 60
_FORM_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table to download as CSV or XLSX.

    Attributes:
        name: name of the file or of the worksheet, without an ending.
        title: one-line description.
        notes: lines under the title, such as the period.
    """

    name: str
    title: str
    notes: tuple[str, ...] = ()
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def write_csv(text: IO[str], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table's header and rows as CSV to an open text file (``newline=""``)."""
    writer = csv.writer(text)
    writer.writerow(map(_escape_cell, header))
    writer.writerows(map(_escape_cell, row) for row in rows)


def csv_table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a CSV file in UTF-8 with the byte order mark that spreadsheet programs expect."""
    text = io.StringIO(newline="")
    write_csv(text, header, rows)
    return text.getvalue().encode("utf-8-sig")


def csv_from(sheet: Sheet) -> bytes:
    """Write the header and rows of a table to download as a CSV file."""
    return csv_table(sheet.header, sheet.rows)


def xlsx_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write an Excel workbook of one sheet of text cells, with a frozen header."""
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet()
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        page.set_column(0, 0, 60, wrapped)
        page.freeze_panes(1, 0)
        for line, row in enumerate([header, *rows]):
            for column, text in enumerate(row):
                page.write_string(line, column, escape_formula(text), *([bold] if not line else []))
    return content.getvalue()


def xlsx_form(hints: Mapping[str, str], yes_no: Container[str] = ()) -> bytes:
    """Write an Excel workbook of one empty sheet with headers, to be filled in.

    Args:
        hints: header → instruction, shown when a cell of the column is selected.
        yes_no: the headers of columns that only take yes or no.
    """
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@", "text_wrap": True})  # ZIP codes keep their zero
        page.freeze_panes(1, 0)
        for column, (header, hint) in enumerate(hints.items()):
            page.set_column(column, column, max(len(header) + 4, 18), text)
            page.write_string(0, column, header, bold)
            choice = {"validate": "list", "source": ["yes", "no"]} if header in yes_no else {}
            shown = {"validate": "any", "input_title": header, "input_message": hint, **choice}
            page.data_validation(1, column, _FORM_ROWS, column, shown)
    return content.getvalue()


def xlsx_from(sheets: Iterable[Sheet]) -> bytes:
    """Write an Excel workbook with a worksheet for each table.

    The title and notes stand above the table.
    """
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **_TEXT_ONLY}) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(_NOT_IN_SHEET_NAMES.sub(" ", sheet.name)[:_LONGEST_NAME])
            lines = [(sheet.title,), *((note,) for note in sheet.notes), (), sheet.header]
            for number, line in enumerate([*lines, *sheet.rows]):
                style = bold if number in {0, len(lines) - 1} else None
                for column, value in enumerate(line):
                    page.write(number, column, _escape_cell(value), style)
            for column, width in enumerate(_column_widths(sheet)):
                page.set_column(column, column, width)
            page.freeze_panes(len(lines), 0)
    return content.getvalue()


def _column_widths(sheet: Sheet) -> Sequence[int]:
    """Return the widths of Excel columns in characters."""
    return [
        min(max(len(str(row[column])) for row in (sheet.header, *sheet.rows)) + 2, _WIDEST)
        for column in range(len(sheet.header))
    ]


def _escape_cell(value: Cell) -> Cell:
    return escape_formula(value) if isinstance(value, str) else value
