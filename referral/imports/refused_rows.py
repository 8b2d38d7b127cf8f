"""Rows of a list that have problems as CSV or XLSX, with reasons, to correct and send again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, or_, select

from referral.directory.instance import Instance
from referral.errors import refused
from referral.formats.sandbox.parent import rows_sandboxed
from referral.formats.sandbox.protocol import Place
from referral.formats.writing.sheets import csv_table, xlsx_table
from referral.imports.batches import batch_row
from referral.imports.rows import ImportProblemRow
from referral.imports.upload_files import upload_path
from referral.records.problems import LEFT_OUT, Severity

_WRITERS = {"csv": csv_table, "xlsx": xlsx_table}


def refused_rows_file(
    instance: Instance, batch_id: str, form: str = "xlsx", code: str = "", column: str = ""
) -> bytes:
    """Return a list's refused rows as a file like the upload, with the reason in column one.

    Args:
        form: csv or xlsx.
        code, column: problem of the rows to return instead of refused ones.

    Raises:
        NotFoundError: there is no such import.
        RefusedError: the upload is gone, there is no such form, or its rows have no lines.
    """
    if form not in _WRITERS:
        raise refused("There is no form %(form)s. Choose csv or xlsx.", form=form)
    with instance.store.read() as session:
        format_name = batch_row(session, batch_id).format or "auto"
        reasons = _reasons(session.scalars(_problems(batch_id, code, column)))
    path = upload_path(instance, batch_id)
    rows = rows_sandboxed(path, frozenset(reasons), format=format_name)
    columns = list(dict.fromkeys(header for row in rows for header in row.cells))
    return _WRITERS[form](
        ["What to fix", "File", "Line", *columns],
        [
            [
                reasons[row.file, row.line],
                row.file,
                str(row.line),
                *(row.cells.get(name, "") for name in columns),
            ]
            for row in rows
        ],
    )


def _problems(batch_id: str, code: str, column: str) -> Select[ImportProblemRow]:
    condition = or_(
        ImportProblemRow.severity == Severity.ERROR, ImportProblemRow.code.in_(LEFT_OUT)
    )
    if code:
        condition = (ImportProblemRow.code == code) & (ImportProblemRow.column == column)
    return select(ImportProblemRow).where(ImportProblemRow.batch_id == batch_id, condition)


def _reasons(problems: Iterable[ImportProblemRow]) -> dict[Place, str]:
    """Return the texts of the problems of each refused row of an imported list."""
    found: dict[Place, list[str]] = defaultdict(list)
    for problem in problems:
        where = f"{problem.column}: " if problem.column else ""
        for line in problem.lines or (problem.line,):
            found[problem.file, line].append(f"{where}{problem.message}")
    return {place: " ".join(details) for place, details in found.items()}
