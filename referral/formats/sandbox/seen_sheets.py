"""What a person who says what the columns hold is shown of a list."""

from __future__ import annotations

from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.tables import Tables
from referral.formats.sandbox.protocol import SheetsSeen
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.samples import samples_of
from referral.formats.spreadsheet.saved_mapping import (
    changes_since,
    kept_where_same,
)


def see_sheets(tables: Tables, remembered: ColumnMapping | None) -> SheetsSeen:
    """The sheets, the mapping proposed for them, and what differs from last time."""
    proposed = propose_mapping(tables)
    if remembered is None:
        return SheetsSeen(samples=samples_of(tables), mapping=proposed)
    return SheetsSeen(
        samples=samples_of(tables),
        mapping=kept_where_same(proposed, remembered),
        changes=changes_since(remembered, proposed),
    )
