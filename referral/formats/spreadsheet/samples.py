"""Sheet samples for the column-mapping page: headers, fill counts, examples."""

from __future__ import annotations

from collections import Counter

import msgspec

from referral.formats.files.tables import Table, Tables

_LONGEST = 200
_EXAMPLES = 3


class SheetSample(msgspec.Struct, frozen=True, kw_only=True):
    """Summary of a sheet for the column-mapping page: headers, counts and example cells.

    Attributes:
        sheet: its name in a mapping; "" for the only one.
        header_line: line of the header (1 is the first).
        is_text: whether it is a text file, which has a separator and an encoding.
        row_count: rows below the header that have a filled cell.
        columns: the headers, as a mapping names them.
        filled: for each column, the number of filled cells.
        examples: for each column, its first distinct cells, cut at 200 characters.
    """

    sheet: str
    header_line: int
    is_text: bool = False
    row_count: int
    columns: tuple[str, ...]
    filled: tuple[int, ...]
    examples: tuple[tuple[str, ...], ...]


def sheet_samples(tables: Tables) -> tuple[SheetSample, ...]:
    """Return a summary of each sheet of a list: headers, counts and example cells."""
    several = len(tables.by_stem) > 1
    return tuple(
        _sample_of(stem if several else "", table) for stem, table in tables.by_stem.items()
    )


def _sample_of(name: str, table: Table) -> SheetSample:
    filled = Counter(key for row in table.rows for key in row.cells)
    return SheetSample(
        sheet=name,
        header_line=table.header_line,
        is_text=table.is_text,
        row_count=len(table.rows),
        columns=tuple(table.shown[key] for key in table.headers),
        filled=tuple(filled[key] for key in table.headers),
        examples=tuple(_examples_of(table, key) for key in table.headers),
    )


def _examples_of(table: Table, key: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in table.rows:
        if key in row.cells:
            found[row.cells[key][:_LONGEST]] = None
            if len(found) == _EXAMPLES:
                break
    return tuple(found)
