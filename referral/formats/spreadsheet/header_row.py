"""Header row of a sheet, when titles and dates stand above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from referral.formats.column_mapping import NAME_TARGETS, SheetMapping
from referral.formats.files.tables import FindHeader, Numbered, fold_header
from referral.formats.icarol.columns import is_icarol_header
from referral.formats.spreadsheet.header_matching import columns_of

_FIRST_ROWS = 20
_COLUMN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)


def is_header_row(cells: Sequence[str]) -> bool:
    """Whether these are the headers of a service list: a name and one thing more."""
    found = columns_of((cell, cell) for cell in cells if cell.strip())
    return any(name in found for name in NAME_TARGETS) and len(found) > 1


def _is_header(cells: Sequence[str]) -> bool:
    return is_icarol_header(cells) or is_header_row(cells) or _is_of_a_table(cells)


def _is_of_a_table(cells: Sequence[str]) -> bool:
    """Whether these are columns of a database's table, as in ``id``, ``service_id``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return "id" in filled and all(_COLUMN.fullmatch(cell) for cell in filled)


def find_header_row(rows: Numbered) -> int:
    """The first row that reads like headers, else the first that is nearly as wide as any."""
    first = [cells for _, cells in rows[:_FIRST_ROWS]]
    found = next((at for at, cells in enumerate(first) if _is_header(cells)), None)
    if found is not None:
        return found
    widths = [sum(1 for cell in cells if cell.strip()) for cells in first]
    return next(at for at, width in enumerate(widths) if 2 * width > max(widths))


def header_finder(sheet: SheetMapping | None) -> FindHeader:
    """What finds the header that a mapping was made for, also where it moved by some rows."""
    if sheet is None or not (sheet.header_line or sheet.columns):
        return find_header_row
    wanted = {fold_header(rule.column) for rule in sheet.columns if rule.target}

    def held(cells: Sequence[str]) -> int:
        return len(wanted & {fold_header(cell) for cell in cells})

    def find(rows: Numbered) -> int:
        lines = [line for line, _ in rows]
        named = lines.index(sheet.header_line) if sheet.header_line in lines else None
        first = rows[:_FIRST_ROWS]
        best = max(range(len(first)), key=lambda at: (held(first[at][1]), -at))
        if named is not None and held(rows[named][1]) >= held(first[best][1]):
            return named
        return best if held(first[best][1]) else (named or 0)

    return find
