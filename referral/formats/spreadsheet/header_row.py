"""Header row of a sheet, when titles and dates stand above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from referral.formats.column_mapping import SheetMapping
from referral.formats.files.tables import FindHeader, NumberedRows, Row, Table, fold_header
from referral.formats.icarol.columns import is_icarol_header
from referral.formats.reading.yes_no import weekday_of
from referral.formats.spreadsheet.header_matching import (
    PLACE_NAME,
    are_header_words,
    columns_of,
    target_of,
)
from referral.formats.spreadsheet.targets import NAME_TARGETS

_FIRST_ROWS = 20
_FEWEST_HEADERS = 3  # of a second table, or in the second line of a header
_DIGIT = re.compile(r"\d")
_DATABASE_COLUMN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)


def is_header_row(cells: Sequence[str]) -> bool:
    """Return whether a sheet's row is the headers of services: a name and another known column.

    Instead of a name of a service or organization, a place name with two more will do.
    """
    found = columns_of((cell, cell) for cell in cells if cell.strip())
    if any(name in found for name in NAME_TARGETS):
        return len(found) > 1
    return PLACE_NAME in found and len(found) > 2


def _is_header(cells: Sequence[str]) -> bool:
    return is_icarol_header(cells) or is_header_row(cells) or _has_database_columns(cells)


def _has_database_columns(cells: Sequence[str]) -> bool:
    """Return whether headers are columns of a database table, such as ``id`` and ``service_id``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return "id" in filled and all(_DATABASE_COLUMN.fullmatch(cell) for cell in filled)


def find_header_row(rows: NumberedRows) -> int:
    """Return the index of a sheet's header row: the first known, else the first wide one."""
    top_rows = [cells for _, cells in rows[:_FIRST_ROWS]]
    header_index = next((index for index, cells in enumerate(top_rows) if _is_header(cells)), None)
    if header_index is not None:
        return header_index
    widths = [sum(1 for cell in cells if cell.strip()) for cells in top_rows]
    return next(index for index, width in enumerate(widths) if 2 * width > max(widths))


def join_header_rows(table: Table) -> Table:
    """Join column headers that are spread over two rows, such as ``Zip`` above ``Code``."""
    if not isinstance(table.rows, list) or not table.rows:
        return table
    second_row = table.rows[0]
    repeated = {key for key, text in second_row.cells.items() if text == table.shown.get(key)}
    below = {key: text for key, text in second_row.cells.items() if key not in repeated}
    second_row = replace(second_row, cells=below)  # a header cell merged over both lines is in both
    if second_row.line > table.header_line + 1 or not _continues_headers(table, second_row):
        return table
    shown = {
        key: _join_headers(key, title, second_row.get(key)) for key, title in table.shown.items()
    }
    keys = {key: key for key in table.shown}
    for key, title in shown.items():
        if fold_header(title) not in keys.values():
            keys[key] = fold_header(title)
    rows = [
        replace(row, cells={keys.get(key, key): text for key, text in row.cells.items()})
        for row in table.rows[1:]
    ]
    headers = tuple(keys[key] for key in table.headers)
    return replace(
        table, headers=headers, shown={keys[key]: shown[key] for key in table.headers}, rows=rows
    )


def _join_headers(key: str, title: str, below: str) -> str:
    """Join a column header with the one below it; only the lower one if that alone is known."""
    joined = f"{title if not key.startswith('column ') else ''} {below}".strip()
    return joined if not below or target_of(joined) else below


def split_tables(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Split each table of a sheet at rows that are the header of another table.

    The second table of a sheet is called ``Sheet (2)``.
    """
    found: dict[str, Table] = {}
    for stem, table in tables.items():
        for number, part in enumerate(_split_at_headers(table), 1):
            found[stem if number == 1 else f"{stem} ({number})"] = part
    return found


def _split_at_headers(table: Table) -> Iterator[Table]:
    header_indexes = [index for index, row in enumerate(table.rows) if _is_other_header(table, row)]
    if not header_indexes:
        yield table
        return
    yield replace(table, rows=table.rows[: header_indexes[0]])
    for index, end in zip(header_indexes, [*header_indexes[1:], len(table.rows)], strict=True):
        header = table.rows[index]
        keys = {key: fold_header(text) for key, text in header.cells.items()}
        shown = {keys[key]: text for key, text in header.cells.items()}
        rows = [
            replace(row, cells={keys.get(key, key): text for key, text in row.cells.items()})
            for row in table.rows[index + 1 : end]
        ]
        yield replace(
            table,
            headers=tuple(shown),
            shown=shown,
            rows=rows,
            problems=(),
            header_line=header.line,
            short_rows=0,
            broken=(),
        )


def _is_other_header(table: Table, row: Row) -> bool:
    """Return whether a row of a sheet is the header of another table on it."""
    texts = list(row.cells.values())
    if len(texts) < _FEWEST_HEADERS or any(map(_DIGIT.search, texts)):
        return False
    headers = {fold_header(shown) for shown in table.shown.values()}
    known = [text for text in texts if fold_header(text) not in headers and target_of(text)]
    return len(known) >= _FEWEST_HEADERS and 2 * len(known) >= len(texts) and is_header_row(texts)


def _continues_headers(table: Table, row: Row) -> bool:
    """Return whether a row continues the column headers above it: short words only, and no name."""
    if not row.cells or not all(key in table.shown for key in row.cells):
        return False
    if any(map(_DIGIT.search, row.cells.values())):  # an id, not a word
        return False
    columns_by_target = columns_of(table.shown.items())
    if any(
        key in row.cells for target in NAME_TARGETS for key in columns_by_target.get(target, ())
    ):
        return False
    if len(row.cells) < _FEWEST_HEADERS:  # a lone word may be a value
        wholes = [f"{table.shown[key]} {text}" for key, text in row.cells.items()]
        return all(map(target_of, wholes)) and all(map(are_header_words, row.cells.values()))
    return all(
        (are_header_words(text) and target_of(_join_headers(key, table.shown[key], text)))
        or weekday_of(text)
        for key, text in row.cells.items()
    )


def header_finder(sheet: SheetMapping | None) -> FindHeader:
    """Return a function that finds the header row of a saved column mapping, even if it moved."""
    if sheet is None or not (sheet.header_line or sheet.columns):
        return find_header_row
    mapped_headers = {fold_header(rule.column) for rule in sheet.columns if rule.target}

    def matching_headers(cells: Sequence[str]) -> int:
        return len(mapped_headers & {fold_header(cell) for cell in cells})

    def find(rows: NumberedRows) -> int:
        lines = [line for line, _ in rows]
        mapped_index = lines.index(sheet.header_line) if sheet.header_line in lines else None
        top_rows = rows[:_FIRST_ROWS]
        best_index = max(
            range(len(top_rows)), key=lambda index: (matching_headers(top_rows[index][1]), -index)
        )
        if mapped_index is not None and matching_headers(rows[mapped_index][1]) >= matching_headers(
            top_rows[best_index][1]
        ):
            return mapped_index
        return best_index if matching_headers(top_rows[best_index][1]) else (mapped_index or 0)

    return find
