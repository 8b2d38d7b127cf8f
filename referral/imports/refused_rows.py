"""Rows of a list that have problems as CSV or XLSX, with reasons, to correct and send again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Select, or_, select

from referral.directory.context import Directory
from referral.errors import refused
from referral.formats.files.tables import Row, Table
from referral.formats.writing.sheets import csv_table, xlsx_table
from referral.imports.batches import batch_row
from referral.imports.rows import ImportProblemRow
from referral.imports.upload_files import upload_path
from referral.records.problems import LEFT_OUT, ROWS_WITHOUT_PARENT, Severity

_FORMS = {"csv": csv_table, "xlsx": xlsx_table}


def refused_rows_file(
    directory: Directory, batch_id: str, form: str = "xlsx", code: str = "", column: str = ""
) -> bytes:
    """Just the rows refused or left out, as their owner wrote them, the reason in the first column.

    Args:
        form: csv or xlsx.
        code, column: the rows with these problems instead, refused or not.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: the upload is gone, there is no such form, or its rows have no lines.
    """
    if form not in _FORMS:
        raise refused("There is no form %(form)s. Choose csv or xlsx.", form=form)
    from referral.formats.provider_list import open_list  # noqa: PLC0415  # as in ``read_in_process``

    with directory.store.read() as session:
        batch = batch_row(session, batch_id)
        format_name = batch.format
        found = session.scalars(_problems(batch_id, code, column)).all()
    path = upload_path(directory, batch_id)
    tables = open_list(path, format=format_name or "auto").tables.values()
    reasons = _reasons(each for problem in found for each in _places(problem, tables))
    rows = [
        (row.file, row.line, _cells(table, row))
        for table in tables
        for row in table.rows
        if (row.file, row.line) in reasons
    ]
    columns = list(dict.fromkeys(header for _, _, cells in rows for header in cells))
    return _FORMS[form](
        ["What to fix", "File", "Line", *columns],
        [
            [reasons[file, line], file, str(line), *(cells.get(name, "") for name in columns)]
            for file, line, cells in rows
        ],
    )


def _problems(batch_id: str, code: str, column: str) -> Select[ImportProblemRow]:
    row = ImportProblemRow
    wanted = or_(row.severity == Severity.ERROR, row.code.in_(LEFT_OUT))
    if code:
        wanted = (row.code == code) & (row.column == column)
    return select(row).where(row.batch_id == batch_id, wanted)


def _cells(table: Table, row: Row) -> dict[str, str]:
    """The cells of a row by header as shown, the empty ones too: some are to be filled in."""
    keys = dict.fromkeys((*table.headers, *row.cells))
    return {table.shown.get(key, key): row.cells.get(key, "") for key in keys}


def _places(
    problem: ImportProblemRow, tables: Iterable[Table]
) -> Iterator[tuple[str, int, ImportProblemRow]]:
    """The rows that a problem is about: (file, line, problem)."""
    if problem.code in LEFT_OUT:
        yield from ((problem.file, line, problem) for line in problem.lines)
        return
    if problem.code != ROWS_WITHOUT_PARENT:
        yield problem.file, problem.line, problem
        return
    for table in tables:
        if table.name == problem.file:
            lacking = (row for row in table.rows if problem.column not in row.cells)
            yield from ((row.file, row.line, problem) for row in lacking)


def _reasons(
    places: Iterable[tuple[str, int, ImportProblemRow]],
) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for file, line, problem in places:
        where = f"{problem.column}: " if problem.column else ""
        found[file, line].append(f"{where}{problem.message}")
    return {place: " ".join(details) for place, details in found.items()}
