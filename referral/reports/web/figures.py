"""Figures of reports: a table of counts with summary, chart, labelled rows and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.formats.writing.sheets import Sheet
from referral.reports.code_names import CodeNames
from referral.reports.records import Cell, CrossTable, Dimension, Measure, Table
from referral.reports.web.charts import (
    COLUMN_HEIGHT,
    BarChart,
    ColumnChart,
    DataPoint,
    bar_chart,
    column_chart,
)
from referral.reports.web.labels import (
    DIMENSION_LABELS,
    MEASURE_LABELS,
    cell_text,
    month_tick,
    report_title,
    value_label,
)

_TOTALS: Mapping[Measure, Any] = {
    Measure.INQUIRIES: lazy_gettext("Inquiries: %(number)s."),
    Measure.NEEDS: lazy_gettext("Needs: %(number)s."),
    Measure.UNMET: lazy_gettext("Needs unmet or only partly met: %(number)s."),
    Measure.REFERRALS: lazy_gettext("Services given: %(number)s."),
    Measure.FOLLOW_UPS: lazy_gettext("Follow-ups that people agreed to: %(number)s."),
    Measure.RESULTS: lazy_gettext("Services given whose result we know: %(number)s."),
}
_MOST_TICKS = 13


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is of, its count, and its share of all in percent ("" if not told)."""

    label: str
    shown: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One report. ``more`` is how many rows the chart and the short table leave out."""

    measure: Measure
    dimension: Dimension
    title: str
    sentence: str
    rows: tuple[Row, ...]
    total: str
    bars: BarChart | None = None
    columns: ColumnChart | None = None
    more: int = 0

    @property
    def id(self) -> str:
        """For the address of the part of the page it is on."""
        return f"{self.measure}-{self.dimension}".replace("_", "-")

    @property
    def row_word(self) -> str:
        """What the rows are."""
        return str(DIMENSION_LABELS[self.dimension])


def build_figure(table: Table, names: CodeNames, most: int, height: int = COLUMN_HEIGHT) -> Figure:
    """A table as a page shows it, with at most so many rows; months are all shown.

    Args:
        height: of upright bars, in pixels.
    """
    labels = [value_label(table.dimension, cell.value, names) for cell in table.cells]
    rows = tuple(
        Row(label, cell_text(cell), _share(cell, table.total))
        for label, cell in zip(labels, table.cells, strict=True)
    )
    measured = [
        DataPoint(row.label, cell.number, row.shown)
        for row, cell in zip(rows, table.cells, strict=True)
    ]
    common: dict[str, Any] = {
        "measure": table.measure,
        "dimension": table.dimension,
        "title": report_title(table.measure, table.dimension),
        "sentence": _summary(table, rows),
        "total": cell_text(table.total),
    }
    if table.dimension is Dimension.MONTH:
        ticks = _ticks([cell.value for cell in table.cells])
        return Figure(**common, rows=rows, columns=column_chart(measured, ticks, height))
    more = max(len(rows) - most, 0)
    return Figure(**common, rows=rows[:most], bars=bar_chart(measured[:most]), more=more)


def table_sheet(table: Table, names: CodeNames, period: str) -> Sheet:
    """A table as a file has it: numbers as numbers, and what is not told as it is shown."""
    header = (DIMENSION_LABELS[table.dimension], MEASURE_LABELS[table.measure])
    lines = [
        (value_label(table.dimension, cell.value, names), cell_value(cell)) for cell in table.cells
    ]
    return Sheet(
        name=f"{table.measure} {table.dimension}".replace("_", " "),
        title=report_title(table.measure, table.dimension),
        notes=(period, str(suppression_note())),
        header=tuple(map(str, header)),
        rows=(*lines, (str(gettext("All")), cell_value(table.total))),
    )


def cell_value(cell: Cell) -> str | int:
    """A count as the value of a cell in a file."""
    return cell_text(cell) if cell.number is None else cell.number


def cross_table_chart(table: CrossTable, labels: Sequence[str], most: int) -> BarChart:
    """The sums of the rows of a table as bars."""
    sums = [total for _, _, total in table.rows]
    return bar_chart(
        [
            DataPoint(label, cell.number, cell_text(cell))
            for label, cell in list(zip(labels, sums, strict=True))[:most]
        ]
    )


def suppression_note() -> str:
    """Note that small counts are suppressed."""
    return str(gettext("Counts of 1 to 4 are shown as <5. So nobody can be known by them."))


def _share(cell: Cell, total: Cell) -> str:
    if not (cell.number and total.number):
        return ""
    percent = round(100 * cell.number / total.number)
    return f"{percent}%" if percent else "<1%"


def _summary(table: Table, rows: Sequence[Row]) -> str:
    if not rows:
        return str(gettext("Nothing was counted in this time."))
    said = str(_TOTALS[table.measure]) % {"number": cell_text(table.total)}
    if table.dimension is Dimension.RESULT:
        return f"{said} {_success_rate(table)}".strip()
    known = [(cell.number, row) for cell, row in zip(table.cells, rows, strict=True) if cell.number]
    if not known or len(rows) < 2:
        return said
    most = max(known, key=lambda one: one[0])[1]
    number = f"{most.shown} ({most.share})" if most.share else most.shown
    if table.dimension is Dimension.MONTH:
        said_most = gettext("Most in %(month)s: %(number)s.", month=most.label, number=number)
    else:
        said_most = gettext("Most often “%(label)s”: %(number)s.", label=most.label, number=number)
    return f"{said} {said_most}"


def _success_rate(table: Table) -> str:
    """How many got help, if every count that tells of it may be told."""
    cells = {cell.value: cell for cell in table.cells}
    helped = [cells[value].number for value in ("solved", "got_help") if value in cells]
    if not helped or None in helped or not table.total.number:
        return ""
    number = sum(each for each in helped if each)
    shown, share = f"{number:,}", f"{100 * number / table.total.number:.0f}%"
    return str(
        gettext(
            "With %(number)s of them people got help, which is %(share)s.",
            number=shown,
            share=share,
        )
    )


def _ticks(months: Sequence[str]) -> list[str]:
    """A word under every month, or under some where there are many."""
    step = -(-len(months) // _MOST_TICKS) or 1
    return [month_tick(month) if at % step == 0 else "" for at, month in enumerate(months)]
