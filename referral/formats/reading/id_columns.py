"""Which column of a table has its ids, where two look like it; and ids written in another case.

Some exports number their rows in a column ``ID`` beside the ``id`` by which other tables point at
them. What fits is counted, the better column is taken, and both counts are said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from referral.formats.files.tables import Row, Table
from referral.formats.reading.joins import ids_in
from referral.message import message
from referral.records.problems import Problem, Severity

# How other tables point at the rows of a table.
_POINTERS: Mapping[str, str] = {
    "organizations": "organization_id",
    "programs": "program_id",
    "services": "service_id",
    "locations": "location_id",
    "service_at_location": "service_at_location_id",
    "contacts": "contact_id",
    "phones": "phone_id",
    "taxonomy_terms": "taxonomy_term_id",
}
_ID = "id"
_ALSO_ID = re.compile(r"id \(\d+\)\Z|(?:record|row|unique)_?id\Z|uuid\Z|guid\Z")
_FEWEST = 5  # of fewer pointers nothing can be said
_HARDLY = 0.1  # share that fits by chance: row numbers that happen to be ids


@dataclass(frozen=True, slots=True)
class _Fit:
    """How many of the ids by which other tables point at a table are in one of its columns."""

    header: str
    fits: int


def choose_id_columns(tables: Mapping[str, Table]) -> Iterator[Problem]:
    """Put the column to which other tables point in the place of ``id``, and say so.

    It is a doubt where the other column fits more than by chance.
    """
    for stem, pointer in _POINTERS.items():
        table = tables.get(stem)
        if table is None or not isinstance(table.rows, list):
            continue
        candidates = [h for h in table.headers if h == _ID or _ALSO_ID.match(h)]
        if len(candidates) < 2:
            continue
        pointing = _pointing(tables, stem, pointer)
        fits = [_Fit(header, _fitting(table, header, pointing)) for header in candidates]
        first = next((fit for fit in fits if fit.header == _ID), _Fit(_ID, 0))
        best = max(fits, key=lambda fit: fit.fits)
        if len(pointing) >= _FEWEST and best.fits > first.fits:
            yield _two_columns_problem(table, first, best, len(pointing))
            _exchange(table, best.header)


def _pointing(tables: Mapping[str, Table], stem: str, pointer: str) -> list[str]:
    return [
        given
        for other, table in tables.items()
        if other != stem and table.has(pointer)
        for row in table.rows
        for given in ids_in(row.get(pointer))
    ]


def _fitting(table: Table, header: str, pointing: Collection[str]) -> int:
    ids = {row.get(header).casefold() for row in table.rows}
    return sum(given.casefold() in ids for given in pointing)


def _two_columns_problem(table: Table, first: _Fit, best: _Fit, total: int) -> Problem:
    detail = message(
        "The columns %(first)s and %(second)s both look like ids. Of %(total)s rows that point "
        "here, %(first_fits)s fit with the first, %(second_fits)s with the second. The second was "
        "taken.",
        first=_title(table, first.header),
        second=_title(table, best.header),
        total=format(total, ","),
        first_fits=format(first.fits, ","),
        second_fits=format(best.fits, ","),
    )
    is_sure = first.fits <= _HARDLY * total and best.fits >= (1 - _HARDLY) * total
    return Problem(
        code="two-id-columns",
        severity=Severity.WARNING if is_sure else Severity.DOUBT,
        message=detail,
        file=table.name,
        line=table.header_line,
        column=_title(table, best.header),
    )


def _title(table: Table, header: str) -> str:
    """Return a header as in the file, without the number added to a duplicate."""
    return re.sub(r" \(\d+\)\Z", "", table.shown.get(header, header))


def _exchange(table: Table, header: str) -> None:
    """Let two columns of a table change their headers."""
    swapped = {_ID: header, header: _ID}
    shown = dict(table.shown)
    if _ID in shown:
        shown[header], shown[_ID] = table.shown[_ID], table.shown[header]
    else:
        shown[_ID] = shown.pop(header)
    table.shown = shown
    table.headers = tuple(swapped.get(each, each) for each in table.headers)
    table.rows = [
        Row(row.file, row.line, {swapped.get(key, key): cell for key, cell in row.cells.items()})
        for row in table.rows
    ]


def join_ids_in_other_case(tables: Mapping[str, Table]) -> Iterator[Problem]:
    """Write ids as the table has them to which they point, where only their case differs.

    An id that two rows have in different cases stays as it is: there the case matters.
    """
    for stem, pointer in _POINTERS.items():
        table = tables.get(stem)
        if table is None or not isinstance(table.rows, list):
            continue
        ids = {given for row in table.rows if (given := row.get(_ID))}
        spelling: dict[str, str] = {}
        for given in ids:
            folded = given.casefold()
            spelling[folded] = "" if folded in spelling else given
        for other in tables.values():
            if other is not table and other.has(pointer) and isinstance(other.rows, list):
                yield from _respelled(other, pointer, ids, spelling)


def _respelled(
    table: Table, pointer: str, ids: Collection[str], spelling: Mapping[str, str]
) -> Iterator[Problem]:
    first, count = 0, 0
    for number, row in enumerate(table.rows):
        cell = row.get(pointer)
        known = spelling.get(cell.casefold(), "") if cell and cell not in ids else ""
        if known:
            cells = {**row.cells, pointer: known}
            table.rows[number] = Row(row.file, row.line, cells)  # type: ignore[index]
            first, count = first or row.line, count + 1
    if count:
        yield Problem(
            code="ids-in-other-case",
            severity=Severity.WARNING,
            message=message(
                "%(count)s ids differ from those they point at only in capital letters. They were "
                "taken as the same.",
                count=format(count, ","),
            ),
            file=table.name,
            line=first,
            column=table.shown.get(pointer, pointer),
        )
