"""What a person who says what the columns hold is shown of a list."""

from __future__ import annotations

from referral.importing.mapping import ColumnMapping
from referral.importing.proposing import propose_mapping
from referral.importing.remembered import changes_since, kept_where_same
from referral.importing.sheet_samples import samples_of
from referral.importing.tables import Tables
from referral.importing.wire import SheetsSeen


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
