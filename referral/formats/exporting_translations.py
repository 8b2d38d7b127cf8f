"""Texts and their translations as CSV, for translators and their spreadsheet programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields

from referral.formats.writing.sheets import csv_table
from referral.records.translations import TranslationLine


def csv_of_translations(lines: Iterable[TranslationLine]) -> bytes:
    """The lines as CSV in UTF-8; ``importing.translations`` reads back exactly these."""
    return csv_table([each.name for each in fields(TranslationLine)], map(astuple, lines))
