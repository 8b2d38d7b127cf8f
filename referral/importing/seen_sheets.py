"""Sheet samples and the proposed mapping, for the column-mapping page."""

from __future__ import annotations

from referral.importing.mapping import ColumnMapping
from referral.importing.proposing import propose_mapping
from referral.importing.remembered import changes_since, reuse_unchanged
from referral.importing.sheet_samples import samples_of
from referral.importing.tables import Tables
from referral.importing.wire import SheetInspection


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
