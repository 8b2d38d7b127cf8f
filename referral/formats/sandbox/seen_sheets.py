"""Sheet samples and the proposed mapping, for the column-mapping page."""

from __future__ import annotations

from referral.formats.column_mapping import ColumnMapping
from referral.formats.files.tables import Tables
from referral.formats.sandbox.protocol import SheetInspection
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.samples import samples_of
from referral.formats.spreadsheet.saved_mapping import (
    changes_since,
    reuse_unchanged,
)


def inspect_sheets(tables: Tables, remembered: ColumnMapping | None) -> SheetInspection:
    """The sheets, the mapping proposed for them, and what differs from last time."""
    proposed = propose_mapping(tables)
    if remembered is None:
        return SheetInspection(samples=samples_of(tables), mapping=proposed)
    return SheetInspection(
        samples=samples_of(tables),
        mapping=reuse_unchanged(proposed, remembered),
        changes=changes_since(remembered, proposed),
    )
