"""Columns with one rule on who can get a service (income, veterans, immigration) as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from referral.fields.text import clean_line
from referral.formats.reading.row_reader import RowReader
from referral.formats.reading.yes_no import parse_yes_no
from referral.formats.spreadsheet.header_matching import words_about
from referral.formats.spreadsheet.mapped_rows import MappedSheet

_TARGET = "service.more_eligibility"
_VETERANS = frozenset(
    {"require veteran", "requires veteran", "veteran status", "veterans only", "solo veteranos"}
)
_GENDERS = {"f": "women", "female": "women", "m": "men", "male": "men"}


def more_eligibility(sheet: MappedSheet, reader: RowReader) -> Iterator[str]:
    """Each rule of a row as a sentence, under the name that its column has.

    A no is no rule. A number alone may be dollars or percent of something, so it says so.
    """
    for column in sheet.columns.get(_TARGET, ()):
        text = clean_line(reader.row.get(column)).rstrip(".")
        text = _GENDERS.get(text.casefold(), text)  # before "F" is taken for a no
        reader.mark_used(column)
        words = words_about(sheet.table.shown[column])
        said = parse_yes_no(text) if text else False
        if said is False:
            continue
        if words in _VETERANS and said:
            yield "For: veterans."
        elif said:
            yield f"{words.capitalize()}: yes."
        elif "income" in words and text.replace(",", "").isdigit():
            yield f"{words.capitalize()}: {text} (dollars or percent is not said; ask)."
        else:
            yield f"{words.capitalize()}: {text}."
