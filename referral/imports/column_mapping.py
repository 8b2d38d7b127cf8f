"""Maps the columns of a spreadsheet: how its sheets look, and what a mapping makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from referral.errors import RefusedError
from referral.formats.column_mapping import (
    TARGETS,
    ColumnMapping,
    ColumnRule,
    RowKind,
    SheetMapping,
    Target,
    check_mapping,
    mapping_from_json,
    name_targets,
)
from referral.formats.reading.items import Item
from referral.formats.sandbox.parent import (
    inspect_sandboxed,
    preview_sandboxed,
)
from referral.formats.sandbox.protocol import SheetInspection
from referral.formats.spreadsheet.samples import SheetSample
from referral.formats.spreadsheet.saved_mapping import (
    ColumnChanges,
    ColumnRef,
)
from referral.message import message

_PREVIEWED = 20


class ColumnsAskedError(RefusedError):
    """Somebody has to say first what the columns hold; ``seen`` is what they are asked about."""

    def __init__(self, source: str, seen: SheetInspection) -> None:
        new, gone = (_named(places) for places in (seen.changes.new, seen.changes.gone))
        told = [
            message("The columns are not those that “%(source)s” had last time.", source=source)
        ]
        if new:
            told.append(message("New: %(columns)s.", columns=new))
        if gone:
            told.append(message("Gone: %(columns)s.", columns=gone))
        told.append(message("Say on the page of imports what they hold, or in a column mapping."))
        super().__init__(told[0].then(*told[1:]))
        self.seen = seen


def _named(places: Iterable[ColumnRef]) -> str:
    return ", ".join(" of ".join(filter(None, (header, sheet))) for sheet, header in places)


def look_at_sheets(path: Path) -> SheetInspection:
    """The first rows of each sheet of a list, and the mapping that is proposed for them.

    Raises:
        RefusedError: there is no table in it, or it is not safe to read; the sentence says why.
    """
    return inspect_sandboxed(path)


def preview_mapping(
    path: Path, mapping: ColumnMapping, *, first: int = _PREVIEWED
) -> tuple[Item, ...]:
    """The records, refused rows and problems of the first services of a list. Nothing is written.

    Raises:
        RefusedError: the mapping cannot be followed, or the list cannot be read.
    """
    check_mapping(mapping)
    return tuple(preview_sandboxed(path, "preview", mapping, first))


def read_mapping(text: str | bytes) -> ColumnMapping:
    """The mapping written in JSON.

    Raises:
        RefusedError: it is no mapping; the sentence says where and what.
    """
    return mapping_from_json(text)


def list_targets() -> Mapping[str, Target]:
    """What a column can hold: the name in a mapping → what a person reads."""
    return TARGETS


def names_for(row: RowKind) -> tuple[str, ...]:
    """The targets of which a sheet must have one, so that its rows say what they are about."""
    return name_targets(row)


__all__ = [
    "ColumnChanges",
    "ColumnMapping",
    "ColumnRule",
    "ColumnsAskedError",
    "SheetInspection",
    "SheetMapping",
    "SheetSample",
    "list_targets",
    "look_at_sheets",
    "names_for",
    "preview_mapping",
    "read_mapping",
]
