"""Writes texts and their translations as CSV, for translators and their spreadsheet programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, fields

from referral.formats.writing.sheets import BYTE_ORDER_MARK
from referral.records.translations import TranslationLine

# Programs would take these for a formula; an apostrophe before them says that they are text. One
# that stands there by itself gets a second, so that reading takes off what writing put on.
MARKED_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def csv_of_translations(lines: Iterable[TranslationLine]) -> bytes:
    """The lines as CSV in UTF-8; ``importing.translations`` reads back exactly these."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(each.name for each in fields(TranslationLine))
    writer.writerows(map(_marked, astuple(line)) for line in lines)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _marked(value: str) -> str:
    return f"'{value}" if value.startswith(MARKED_STARTS) else value
