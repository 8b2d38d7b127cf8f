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

_NAMES = tuple(each.name for each in fields(TranslationLine))
_NEEDED = {each.name for each in fields(TranslationLine) if each.default is MISSING}
_LARGEST_CELL = 1_000_000


def read_translation_lines(content: bytes) -> list[tuple[int, TranslationLine]]:
    """Number of the row (the heading is 1) and the line it has; rows with nothing are left out.

    Raises:
        RefusedError: it is no such file; the message says what to do.
    """
    csv.field_size_limit(_LARGEST_CELL)
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
    if missing := sorted((_NEEDED | {"translation", "status"}) - set(header)):
        raise refused(
            "These columns are missing: %(columns)s. Keep the first row as it was "
            "exported, with commas between the columns.",
            columns=", ".join(missing),
        )
    places = {name: header.index(name) for name in _NAMES}
    return [
        (number, TranslationLine(**{name: _cell(row, at) for name, at in places.items()}))
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]


def _cell(row: list[str], at: int) -> str:
    return unescape_formula(row[at]) if at < len(row) else ""


def csv_of_translations(lines: Iterable[TranslationLine]) -> bytes:
    """Write translations as CSV in UTF-8; ``read_translation_lines`` is its inverse."""
    return csv_table([each.name for each in fields(TranslationLine)], map(astuple, lines))
