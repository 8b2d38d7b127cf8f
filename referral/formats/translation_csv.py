"""CSV of texts and their translations: written for translators, read when they send it back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import MISSING, astuple, fields

from referral.errors import refused
from referral.fields.formulas import unescape_formula
from referral.formats.writing.sheets import csv_table
from referral.records.translated_fields import TranslationLine

_COLUMNS = tuple(field.name for field in fields(TranslationLine))
_REQUIRED = {field.name for field in fields(TranslationLine) if field.default is MISSING}
_LONGEST_CELL = 1_000_000


def read_translation_lines(content: bytes) -> list[tuple[int, TranslationLine]]:
    """Return the row number and content of each filled row of a translator's CSV.

    The header is row 1.

    Raises:
        RefusedError: it is no CSV file of translations.
    """
    csv.field_size_limit(_LONGEST_CELL)
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise refused("The file is not in UTF-8. Save it as “CSV UTF-8”.") from None
    except csv.Error as error:
        raise refused(
            "The file is not CSV (%(cause)s). Save it as “CSV UTF-8”.", cause=str(error)
        ) from None
    header = [name.strip() for name in rows[0]] if rows else []
    if missing := sorted((_REQUIRED | {"translation", "status"}) - set(header)):
        raise refused(
            "These columns are missing: %(columns)s. Keep the first row as it was "
            "exported, with commas between the columns.",
            columns=", ".join(missing),
        )
    columns = {name: header.index(name) for name in _COLUMNS}
    return [
        (number, TranslationLine(**{name: _cell(row, column) for name, column in columns.items()}))
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]


def _cell(row: list[str], column: int) -> str:
    return unescape_formula(row[column]) if column < len(row) else ""


def csv_of_translations(lines: Iterable[TranslationLine]) -> bytes:
    """Write texts and their translations as CSV for translators.

    It is UTF-8; ``read_translation_lines`` is its inverse.
    """
    return csv_table([field.name for field in fields(TranslationLine)], map(astuple, lines))
