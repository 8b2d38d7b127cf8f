"""Spreadsheet formula guard: cells escaped on export, unescaped on import."""

from __future__ import annotations

import re

# Also the wide forms of the signs, and what makes a program skip to the next cell or line.
_RISKY = re.compile(r"'*\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_GUARD = "'"


def escape_formula(text: str) -> str:
    """The text as it may stand in a CSV or XLSX file: no program takes it for a formula.

    A text that begins like a formula gets an apostrophe before it; a plain number stays.
    ``unescape_formula`` gives the text back.
    """
    if _RISKY.match(text) and not _NUMBER.match(text):
        return _GUARD + text
    return text


def unescape_formula(text: str) -> str:
    """The text without the apostrophe that ``escape_formula`` put before it."""
    if text.startswith(_GUARD) and _RISKY.match(text) and not _NUMBER.match(text[1:]):
        return text[1:]
    return text
