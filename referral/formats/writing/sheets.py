"""Writes tables as CSV and XLSX, so that no text in them can act as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from referral.formats.writing.records_sheets import Sheet

BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What spreadsheet programs do not take in the name of a sheet, and how long one may be.
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31
_WIDEST = 60


def csv_from(sheet: Sheet) -> bytes:
    """One table as CSV in UTF-8, with the mark by which spreadsheet programs know that."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(_harmless, sheet.header))
    writer.writerows([_harmless(value) for value in row] for row in sheet.rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def xlsx_from(sheets: Iterable[Sheet]) -> bytes:
    """Tables as one workbook, a sheet for each."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(_NOT_IN_NAMES.sub(" ", sheet.name)[:_LONGEST_NAME])
            lines = [(sheet.title,), *((note,) for note in sheet.notes), (), sheet.header]
            for number, line in enumerate([*lines, *sheet.rows]):
                for column, value in enumerate(line):
                    style = bold if number in {0, len(lines) - 1} else None
                    page.write(number, column, value, style)
            for column, width in enumerate(_widths(sheet)):
                page.set_column(column, column, width)
            page.freeze_panes(len(lines), 0)
    return file.getvalue()


def _widths(sheet: Sheet) -> Sequence[int]:
    """How many letters wide each column should be."""
    return [
        min(max(len(str(row[column])) for row in (sheet.header, *sheet.rows)) + 2, _WIDEST)
        for column in range(len(sheet.header))
    ]


def _harmless(value: str | float) -> str | float:
    """A text that a spreadsheet program would take for a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
