"""A table as a file has it: a title, a header, and rows of texts and numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table to download.

    Attributes:
        name: what its file or its sheet is called, without an ending.
        title: what it is, in a line.
        notes: lines under the title, such as the period.
    """

    name: str
    title: str
    notes: tuple[str, ...] = ()
    header: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]
