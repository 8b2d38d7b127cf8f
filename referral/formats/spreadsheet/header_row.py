"""Header row of a sheet, when titles and dates stand above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from referral.formats.column_mapping import SheetMapping
from referral.formats.files.tables import FindHeader, Numbered, Row, Table, fold_header
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
_FEWEST = 3  # headers that make a second table, or a second line of one
_DIGIT = re.compile(r"\d")
_COLUMN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)


def is_header_row(cells: Sequence[str]) -> bool:
    """Return whether cells are the headers of a list of services: a name and one more known column.

    The name of a place will do where there are two things more.
    """
    found = columns_of((cell, cell) for cell in cells if cell.strip())
    if any(name in found for name in NAME_TARGETS):
        return len(found) > 1
    return PLACE_NAME in found and len(found) > 2


def _is_header(cells: Sequence[str]) -> bool:
    return is_icarol_header(cells) or is_header_row(cells) or _is_of_a_table(cells)


def _is_of_a_table(cells: Sequence[str]) -> bool:
    """Return whether headers are columns of a database table, such as ``id`` and ``service_id``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return "id" in filled and all(_COLUMN.fullmatch(cell) for cell in filled)


def find_header_row(rows: Numbered) -> int:
    """Return the index of the header row: the first with known headers, else the first wide one."""
    first = [cells for _, cells in rows[:_FIRST_ROWS]]
    found = next((at for at, cells in enumerate(first) if _is_header(cells)), None)
    if found is not None:
        return found
    widths = [sum(1 for cell in cells if cell.strip()) for cells in first]
    return next(at for at, width in enumerate(widths) if 2 * width > max(widths))


def join_header_rows(table: Table) -> Table:
    """Join headers that are spread over two rows, such as ``Zip`` above ``Code``."""
    if not isinstance(table.rows, list) or not table.rows:
        return table
    first = table.rows[0]
    repeated = {key for key, text in first.cells.items() if text == table.shown.get(key)}
    own = {key: text for key, text in first.cells.items() if key not in repeated}
    first = replace(first, cells=own)  # a header cell merged over both lines is in both
    if first.line > table.header_line + 1 or not _continues(table, first):
        return table
    shown = {key: _joined(key, title, first.get(key)) for key, title in table.shown.items()}
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


def _joined(key: str, title: str, below: str) -> str:
    """Join a header with the one below it; only the lower one if that alone is known."""
    whole = f"{title if not key.startswith('column ') else ''} {below}".strip()
    return whole if not below or target_of(whole) else below


def split_tables(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Split each table at rows that are the header of another table.

    The second table of a sheet is called ``Sheet (2)``.
    """
    found: dict[str, Table] = {}
    for stem, table in tables.items():
        for number, part in enumerate(_parts(table), 1):
            found[stem if number == 1 else f"{stem} ({number})"] = part
    return found


def _parts(table: Table) -> Iterator[Table]:
    begins = [at for at, row in enumerate(table.rows) if _is_other_header(table, row)]
    if not begins:
        yield table
        return
    yield replace(table, rows=table.rows[: begins[0]])
    for at, end in zip(begins, [*begins[1:], len(table.rows)], strict=True):
        header = table.rows[at]
        keys = {key: fold_header(text) for key, text in header.cells.items()}
        shown = {keys[key]: text for key, text in header.cells.items()}
        rows = [
            replace(row, cells={keys.get(key, key): text for key, text in row.cells.items()})
            for row in table.rows[at + 1 : end]
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
    """Return whether a row is the header of another table: known headers, but not this table's."""
    texts = list(row.cells.values())
    if len(texts) < _FEWEST or any(map(_DIGIT.search, texts)):
        return False
    headers = {fold_header(shown) for shown in table.shown.values()}
    known = [text for text in texts if fold_header(text) not in headers and target_of(text)]
    return len(known) >= _FEWEST and 2 * len(known) >= len(texts) and is_header_row(texts)


def _continues(table: Table, row: Row) -> bool:
    """Return whether a row continues the headers above it: short words only, and no name."""
    if not row.cells or not all(key in table.shown for key in row.cells):
        return False
    if any(map(_DIGIT.search, row.cells.values())):  # an id, not a word
        return False
    named = columns_of(table.shown.items())
    if any(key in row.cells for target in NAME_TARGETS for key in named.get(target, ())):
        return False
    if len(row.cells) < _FEWEST:  # a lone word may be a value; with its header it must be one
        wholes = [f"{table.shown[key]} {text}" for key, text in row.cells.items()]
        return all(map(target_of, wholes)) and all(map(are_header_words, row.cells.values()))
    return all(
        (are_header_words(text) and target_of(_joined(key, table.shown[key], text)))
        or weekday_of(text)
        for key, text in row.cells.items()
    )


def header_finder(sheet: SheetMapping | None) -> FindHeader:
    """Return a function that finds the header row of a mapping, also if it moved."""
    if sheet is None or not (sheet.header_line or sheet.columns):
        return find_header_row
    wanted = {fold_header(rule.column) for rule in sheet.columns if rule.target}

    def matching_headers(cells: Sequence[str]) -> int:
        return len(wanted & {fold_header(cell) for cell in cells})

    def find(rows: Numbered) -> int:
        lines = [line for line, _ in rows]
        named = lines.index(sheet.header_line) if sheet.header_line in lines else None
        first = rows[:_FIRST_ROWS]
        best = max(range(len(first)), key=lambda at: (matching_headers(first[at][1]), -at))
        if named is not None and matching_headers(rows[named][1]) >= matching_headers(
            first[best][1]
        ):
            return named
        return best if matching_headers(first[best][1]) else (named or 0)

    return find
