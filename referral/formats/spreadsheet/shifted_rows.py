"""Shifted rows: a cell too many or too few puts their cells under the wrong headers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from referral.formats.files.tables import Row, Table
from referral.formats.spreadsheet.cell_evidence import kind_of_cell, share_that_fits
from referral.formats.spreadsheet.targets import TARGETS

_TRUSTED = 0.4
_SAMPLE = 80  # rows


def recognizable_columns(table: Table, columns: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the targets of columns whose cells show whether a sheet's row is shifted.

    Args:
        table: the sheet.
        columns: target → keys.
    """
    sample = [row.cells for row in islice(table.rows, _SAMPLE)]
    return {
        key: target
        for target, keys in columns.items()
        if TARGETS[target].kind
        for key in keys
        if share_that_fits(target, [cells[key] for cells in sample if key in cells]) >= _TRUSTED
    }


def is_shifted(row: Row, recognizable: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Return whether a sheet's row is shifted: two cells misfit, and one fits another column.

    In a row with more cells than there are headers one cell is enough.

    Args:
        row: the row as given.
        recognizable: key → target, from ``recognizable_columns``.
        headers: the keys of the sheet.
    """
    odd = fit_others = 0
    for key, target in recognizable.items():
        text = row.cells.get(key, "")
        if not text:
            continue
        kind = kind_of_cell(text)
        fits_other = bool(kind) and kind != TARGETS[target].kind
        if fits_other or not TARGETS[target].fits(text):
            odd += 1
            fit_others += fits_other
    has_more = any(key not in headers for key in row.cells)
    return (odd > 1 and fit_others > 0) or (odd > 0 and has_more)
