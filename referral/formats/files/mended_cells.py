"""Cells of a table whose letters were decoded with a wrong code page, mended and counted."""

from __future__ import annotations

from collections.abc import Mapping

from referral.fields.mojibake import mend_mojibake
from referral.fields.text import clean_text
from referral.formats.files.tables import Row, Table
from referral.message import message
from referral.records.problems import Problem, Severity

_MENDED = message(
    "Wrongly decoded letters, such as %(example)s for %(mended)s, were fixed in %(count)s cells."
)
_MOST_ROUNDS = 3


def mend_cells(table: Table) -> Problem | None:
    """Repair wrongly decoded letters in a table's cells, and return a problem with their count.

    Rows that are read one by one (AIRS XML) are left as they are.
    """
    if not isinstance(table.rows, list):
        return None
    first_line, count = 0, 0
    for index, row in enumerate(table.rows):
        changed = _mended_cells(row)
        if changed:
            table.rows[index] = Row(row.file, row.line, {**row.cells, **changed})
            first_line = first_line or row.line
            count += len(changed)
    if not count:
        return None
    return Problem(
        code="letters-mended",
        severity=Severity.WARNING,
        message=_MENDED.filled(example="GÇÖ", mended="’", count=format(count, ",")),
        file=table.name,
        line=first_line,
    )


def _mended_cells(row: Row) -> Mapping[str, str]:
    return {
        header: mended
        for header, text in row.cells.items()
        if not text.isascii() and (mended := _mended_text(text)) != text
    }


def _mended_text(text: str) -> str:
    """Repair wrongly decoded letters in a text until nothing is left to repair.

    Cleaning comes between, since an invisible character may stand inside a broken letter.
    """
    mended = mend_mojibake(text)
    for _ in range(_MOST_ROUNDS):
        cleaned = clean_text(mended)
        again = mend_mojibake(cleaned)
        if again == cleaned:
            break
        mended = again
    return mended
