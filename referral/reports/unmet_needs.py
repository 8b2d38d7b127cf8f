"""Report on unmet needs from three sources: desk, searches without results, slip replies.

The desk contributes needs that were unmet or partly met, searches count by the topic that their
words stand for or that staff assigned to a word, slips by the replies "full" and "not eligible". A
slip has a service and a month, no place. Each source is published by itself; here they are added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.desk.codes import UnmetGroup
from referral.directory.context import Directory
from referral.reports.code_names import CodeNames
from referral.reports.published_tables import by_size, read_table
from referral.reports.records import Cell, Dimension, Measure, Period, Table
from referral.reports.standard_reports import read_names
from referral.reports.topic_tree import roll_up


class Source(StrEnum):
    """Source of an unmet need."""

    DESK = "desk"
    SEARCHES = "searches"
    SLIPS = "slips"


class UnmetNeedsView(StrEnum):
    """Dimension of the report."""

    TERM = "term"
    UNMET_GROUP = "unmet_group"
    COUNTY = "county"
    MONTH = "month"
    SOURCE = "source"


_MEASURES = {
    Source.DESK: Measure.UNMET,
    Source.SEARCHES: Measure.SEARCHES,
    Source.SLIPS: Measure.REPLIES,
}
_TABLES: Mapping[UnmetNeedsView, tuple[tuple[Measure, Dimension], ...]] = {
    UnmetNeedsView.TERM: (
        (Measure.UNMET, Dimension.TERM),
        (Measure.SEARCHES, Dimension.TERM),
        (Measure.FULL, Dimension.HEADING),
        (Measure.NOT_ELIGIBLE, Dimension.HEADING),
    ),
    UnmetNeedsView.UNMET_GROUP: (
        (Measure.UNMET, Dimension.UNMET_GROUP),
        (Measure.REPLIES, Dimension.UNMET_GROUP),
    ),
    UnmetNeedsView.COUNTY: (
        (Measure.UNMET, Dimension.COUNTY),
        (Measure.SEARCHES, Dimension.COUNTY),
    ),
    UnmetNeedsView.MONTH: tuple((measure, Dimension.MONTH) for measure in _MEASURES.values()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetNeeds:
    """Unmet needs of a period: a table for each view, and the names of their codes."""

    tables: Mapping[UnmetNeedsView, Table]
    names: CodeNames


def read_unmet_needs(directory: Directory, period: Period) -> UnmetNeeds:
    """The unmet needs of a period, as they are published."""
    with directory.store.read() as session:
        totals = {
            source.value: read_table(session, measure, Dimension.MONTH, period).total
            for source, measure in _MEASURES.items()
        }
        tables = {
            view: _add(Dimension(view.value), [read_table(session, *each, period) for each in of])
            for view, of in _TABLES.items()
        }
        # A search has no reason: nothing was found.
        searches = _table(
            Dimension.UNMET_GROUP, {UnmetGroup.NOT_FOUND.value: totals[Source.SEARCHES]}
        )
        tree = directory.listings.terms(session)
        tables[UnmetNeedsView.TERM] = roll_up(tables[UnmetNeedsView.TERM], tree)
        groups = tables[UnmetNeedsView.UNMET_GROUP]
        tables[UnmetNeedsView.UNMET_GROUP] = _add(Dimension.UNMET_GROUP, [groups, searches])
        tables[UnmetNeedsView.SOURCE] = _table(Dimension.SOURCE, totals)
        return UnmetNeeds(
            tables=tables, names=read_names(directory, session, tuple(tables.values()))
        )


def _table(dimension: Dimension, numbers: Mapping[str, int]) -> Table:
    cells = by_size(Cell(value, number) for value, number in numbers.items() if number)
    return Table(
        measure=Measure.UNMET,
        dimension=dimension,
        cells=cells,
        other=0,
        total=sum(numbers.values()),
    )


def _add(dimension: Dimension, tables: Iterable[Table]) -> Table:
    """The sum of several tables, row by row."""
    found = tuple(tables)
    cells = _add_cells(cell for table in found for cell in table.cells)
    if dimension is Dimension.MONTH:
        cells = tuple(sorted(cells, key=lambda cell: cell.value))
    return Table(
        measure=Measure.UNMET,
        dimension=dimension,
        cells=cells,
        other=sum(table.other for table in found),
        total=sum(table.total for table in found),
    )


def _add_cells(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    same: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        same[cell.value].append(cell)
    return by_size(
        Cell(
            value,
            sum(cell.number for cell in found),
            _add_cells(part for cell in found for part in cell.parts),
        )
        for value, found in same.items()
    )
