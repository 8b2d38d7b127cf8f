"""Choice between two id columns of a table; ids that other tables write in another case.

Some exports number their rows in a column ``ID`` beside the ``id`` by which other tables point at
them. The column that more of these pointers match is taken, and a problem reports both counts.
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
_OTHER_ID_HEADER = re.compile(r"id \(\d+\)\Z|(?:record|row|unique)_?id\Z|uuid\Z|guid\Z")
_FEWEST_POINTERS = 5  # fewer are no evidence
_CHANCE_SHARE = 0.1  # share that fits by chance: row numbers that happen to be ids


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A column that may be a table's id column, and how many ids in other tables match it."""

    header: str
    matches: int


def choose_id_columns(tables: Mapping[str, Table]) -> Iterator[Problem]:
    """Use the column of a list's table to which other tables point as ``id``.

    Yield a problem about the choice.

    The problem is a doubt if the other column matches more than by chance.
    """
    for stem, pointer in _POINTERS.items():
        table = tables.get(stem)
        if table is None or not isinstance(table.rows, list):
            continue
        headers = [h for h in table.headers if h == _ID or _OTHER_ID_HEADER.match(h)]
        if len(headers) < 2:
            continue
        pointers = _ids_pointing_at(tables, stem, pointer)
        id_candidates = [
            _Candidate(header, _count_matches(table, header, pointers)) for header in headers
        ]
        current = next(
            (candidate for candidate in id_candidates if candidate.header == _ID),
            _Candidate(_ID, 0),
        )
        best = max(id_candidates, key=lambda candidate: candidate.matches)
        if len(pointers) >= _FEWEST_POINTERS and best.matches > current.matches:
            yield _two_columns_problem(table, current, best, len(pointers))
            _swap_with_id_column(table, best.header)


def _ids_pointing_at(tables: Mapping[str, Table], stem: str, pointer: str) -> list[str]:
    return [
        listed_id
        for other, table in tables.items()
        if other != stem and table.has(pointer)
        for row in table.rows
        for listed_id in ids_in(row.get(pointer))
    ]


def _count_matches(table: Table, header: str, pointing: Collection[str]) -> int:
    ids = {row.get(header).casefold() for row in table.rows}
    return sum(listed_id.casefold() in ids for listed_id in pointing)


def _two_columns_problem(
    table: Table, current: _Candidate, best: _Candidate, total: int
) -> Problem:
    detail = message(
        "The columns %(first)s and %(second)s both look like ids. Of %(total)s rows that point "
        "here, %(first_fits)s fit with the first, %(second_fits)s with the second. The second was "
        "taken.",
        first=_title(table, current.header),
        second=_title(table, best.header),
        total=format(total, ","),
        first_fits=format(current.matches, ","),
        second_fits=format(best.matches, ","),
    )
    is_sure = (
        current.matches <= _CHANCE_SHARE * total and best.matches >= (1 - _CHANCE_SHARE) * total
    )
    return Problem(
        code="two-id-columns",
        severity=Severity.WARNING if is_sure else Severity.DOUBT,
        message=detail,
        file=table.name,
        line=table.header_line,
        column=_title(table, best.header),
    )


def _title(table: Table, header: str) -> str:
    """Return a column header as in the file, without the number added to a duplicate."""
    return re.sub(r" \(\d+\)\Z", "", table.shown.get(header, header))


def _swap_with_id_column(table: Table, header: str) -> None:
    """Swap the header of a table's id column with that of another column."""
    swapped = {_ID: header, header: _ID}
    shown = dict(table.shown)
    if _ID in shown:
        shown[header], shown[_ID] = table.shown[_ID], table.shown[header]
    else:
        shown[_ID] = shown.pop(header)
    table.shown = shown
    table.headers = tuple(swapped.get(title, title) for title in table.headers)
    table.rows = [
        Row(row.file, row.line, {swapped.get(key, key): cell for key, cell in row.cells.items()})
        for row in table.rows
    ]


def join_ids_in_other_case(tables: Mapping[str, Table]) -> Iterator[Problem]:
    """Respell a list's ids that differ only in case from those of the table they point to.

    An id that two rows of that table have in different cases is left alone: its case matters.
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
                yield from _respell_ids(other, pointer, ids, spelling)


def _respell_ids(
    table: Table, pointer: str, ids: Collection[str], spelling: Mapping[str, str]
) -> Iterator[Problem]:
    first_line, count = 0, 0
    for number, row in enumerate(table.rows):
        cell = row.get(pointer)
        known = spelling.get(cell.casefold(), "") if cell and cell not in ids else ""
        if known:
            cells = {**row.cells, pointer: known}
            table.rows[number] = Row(row.file, row.line, cells)  # type: ignore[index]
            first_line, count = first_line or row.line, count + 1
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
            line=first_line,
            column=table.shown.get(pointer, pointer),
        )
