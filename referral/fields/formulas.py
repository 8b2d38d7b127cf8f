"""Guard against spreadsheet formulas: escapes cells on export, unescapes them on import."""

from __future__ import annotations

import re

# Includes the full-width signs, and control characters that move a program to another cell or line.
_RISKY = re.compile(r"'*\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_GUARD = "'"


def escape_formula(text: str) -> str:
    """Escape a text for a CSV or XLSX cell, so that no spreadsheet program runs it as a formula.

    A text that begins like a formula gets a leading apostrophe; a plain number is unchanged.
    """
    if _RISKY.match(text) and not _NUMBER.match(text):
        return _GUARD + text
    return text


def unescape_formula(text: str) -> str:
    """Remove the leading apostrophe that ``escape_formula`` adds to spreadsheet cells."""
    if text.startswith(_GUARD) and _RISKY.match(text) and not _NUMBER.match(text[1:]):
        return text[1:]
    return text
