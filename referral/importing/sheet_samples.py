"""The first rows of each sheet, as a person who maps its columns wants to see them."""

from __future__ import annotations

import msgspec

from referral.importing.tables import Table, Tables

_ROWS = 5
_LONGEST = 200


class SheetSample(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a sheet.

    Attributes:
        sheet: its name in a mapping; "" for the only one.
        header_line: line of the header (1 is the first).
        row_count: rows below it that say something.
        columns: the headers, as a mapping names them.
        rows: the first rows, a text for each column, cut at 200 characters.
    """

    sheet: str
    header_line: int
    row_count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def samples_of(tables: Tables) -> tuple[SheetSample, ...]:
    """A sample of each sheet."""
    several = len(tables.by_stem) > 1
    return tuple(
        _sample_of(stem if several else "", table) for stem, table in tables.by_stem.items()
    )


def _sample_of(name: str, table: Table) -> SheetSample:
    rows = (tuple(row.get(key)[:_LONGEST] for key in table.headers) for row in table.rows[:_ROWS])
    return SheetSample(
        sheet=name,
        header_line=table.header_line,
        row_count=len(table.rows),
        columns=tuple(table.shown[key] for key in table.headers),
        rows=tuple(rows),
    )
