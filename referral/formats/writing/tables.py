"""Tables as CSV or XLSX files that no spreadsheet program runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from referral.fields.formulas import guarded_cell


def csv_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file in UTF-8 with a mark, as spreadsheet programs want it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(guarded_cell, headers))
    writer.writerows(map(guarded_cell, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An XLSX file of one sheet, every cell of it text, with the header kept in sight."""
    content = io.BytesIO()
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        sheet.set_column(0, 0, 60, wrapped)
        sheet.freeze_panes(1, 0)
        for line, row in enumerate([headers, *rows]):
            for column, text in enumerate(row):
                sheet.write_string(line, column, guarded_cell(text), *([bold] if not line else []))
    return content.getvalue()
