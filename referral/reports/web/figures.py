"""Figures of reports: a table of counts with its summary, chart, labeled rows and file.

Templates draw the charts as SVG. Lengths are in percent of the width, so that a chart fits every
screen without scaling its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.formats.writing.sheets import Sheet
from referral.reports.counts import ABOVE
from referral.reports.records import IN_ORDER, Cell, Dimension, Measure, Table
from referral.reports.rounded_counts import FEW
from referral.reports.standard_reports import CodeNames
from referral.reports.web.labels import (
    DIMENSION_LABELS,
    MEASURE_LABELS,
    number_label,
    report_title,
    tick_label,
    value_label,
)

_TOTAL_SENTENCES: Mapping[Measure, Any] = {
    Measure.INQUIRIES: lazy_gettext("Inquiries: %(number)s."),
    Measure.NEEDS: lazy_gettext("Needs: %(number)s."),
    Measure.UNMET: lazy_gettext("Needs unmet or only partly met: %(number)s."),
    Measure.REFERRALS: lazy_gettext("Services given: %(number)s."),
    Measure.FOLLOW_UPS: lazy_gettext("Follow-ups that people agreed to: %(number)s."),
    Measure.RESULTS: lazy_gettext("Services given whose result we know: %(number)s."),
    Measure.BARRIERS: lazy_gettext("Barriers that people named: %(number)s."),
    Measure.ALL_UNMET: lazy_gettext("Unmet needs: %(number)s."),
}
_MOST_TICKS = 13
ROW = 46
"""Distance of horizontal bars in pixels."""
_BAR_SHARE = 84.0  # length of the longest bar in percent, which leaves space for its number
COLUMN_HEIGHT = 180
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report table on a page: label, count, percent of the total and parts.

    The percent is "" for none.
    """

    label: str
    shown: str
    share: str
    parts: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A report table to show on a page, with its chart.

    ``more`` is the number of rows that the chart leaves out.
    """

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
        """Return the HTML id of a report's figure."""
        return f"{self.measure}-{self.dimension}".replace("_", "-")

    @property
    def row_word(self) -> str:
        """Return the label of the column that names the rows of a report table."""
        return str(DIMENSION_LABELS[ABOVE.get(self.dimension, self.dimension)])


def build_figure(table: Table, names: CodeNames, most: int, height: int = COLUMN_HEIGHT) -> Figure:
    """Build the figure for a report table: the rows, a summary, and a chart of bars or columns.

    A bar chart has at most ``most`` bars, a column chart all columns.

    Args:
        height: the height of a column chart in pixels.
    """
    points = [
        DataPoint(label, number, number_label(number, is_rounded=table.is_rounded))
        for label, number in _label_bars(table, names)
    ]
    common: dict[str, Any] = {
        "measure": table.measure,
        "dimension": table.dimension,
        "title": report_title(table.measure, table.dimension, is_rounded=table.is_rounded),
        "sentence": _summary(table, points),
        "rows": table_rows(table, names),
        "total": number_label(table.total, is_rounded=table.is_rounded),
    }
    if table.dimension in IN_ORDER and len(points) > 1:
        ticks = _tick_labels(table.dimension, [cell.value for cell in table.cells if cell.value])
        return Figure(**common, columns=column_chart(points, ticks, height))
    return Figure(**common, bars=bar_chart(points[:most]), more=max(len(points) - most, 0))


def _label_bars(table: Table, names: CodeNames) -> list[tuple[str, int]]:
    """Return label and number of each bar in a report's bar chart.

    A heading without topics has a bar of its own, and so have needs of a heading without topic.
    """
    if table.dimension not in ABOVE:
        return [
            (value_label(table.dimension, cell.value, names), cell.number)
            for cell in table.cells
            if cell.value or table.dimension not in IN_ORDER
        ]
    found = []
    for cell in table.cells:
        label = value_label(ABOVE[table.dimension], cell.value, names)
        for part in cell.parts or (Cell("", cell.number),):
            itself = own_label(label) if cell.parts and cell.value else label
            found.append(
                (
                    value_label(table.dimension, part.value, names) if part.value else itself,
                    part.number,
                )
            )
    return sorted(found, key=lambda bar: -bar[1])


def table_rows(table: Table, names: CodeNames) -> tuple[Row, ...]:
    """Return the labeled rows of a report table, with their parts."""
    top = ABOVE.get(table.dimension, table.dimension)

    def row(dimension: Dimension, cell: Cell, above: str = "") -> Row:
        label = value_label(dimension, cell.value, names)
        if above and above == cell.value:
            label = own_label(label)
        return Row(
            label,
            number_label(cell.number, is_rounded=table.is_rounded),
            _percent_label(cell.number, table),
            tuple(row(table.dimension, part, cell.value) for part in cell.parts),
        )

    return tuple(row(top, cell) for cell in table.cells)


def table_sheet(table: Table, names: CodeNames, period: str) -> Sheet:
    """Return a report table of a closed period as a sheet of a spreadsheet file.

    Numbers are numeric cells, except those for 1 to 4.
    """
    top = ABOVE.get(table.dimension, table.dimension)
    has_parts = top is not table.dimension
    header = [DIMENSION_LABELS[top], MEASURE_LABELS[table.measure]]
    if has_parts:
        header.insert(1, DIMENSION_LABELS[table.dimension])
    return Sheet(
        name=f"{table.measure} {table.dimension}".replace("_", " "),
        title=report_title(table.measure, table.dimension, is_rounded=True),
        notes=(period, rounding_note()),
        header=tuple(map(str, header)),
        rows=tuple(_iter_lines(table, names, has_parts=has_parts)),
    )


def own_label(label: str) -> str:
    """Return the label for report counts of a topic that are in none of its narrower topics."""
    return str(gettext("%(topic)s, nothing closer said", topic=label))


def rounding_note() -> str:
    """Return the note that explains the rounding of report numbers of closed periods."""
    return str(
        gettext(
            "Each number is rounded to the nearest five, so they may not add up. "
            "1 to 4 are “fewer than 5”, so that nobody can be recognized."
        )
    )


def _iter_lines(
    table: Table, names: CodeNames, *, has_parts: bool
) -> Iterator[tuple[str | int, ...]]:
    """Yield the rows of a report's spreadsheet: each value, followed by its parts."""
    top = ABOVE.get(table.dimension, table.dimension)
    between = ("",) if has_parts else ()
    for cell in table.cells:
        label = value_label(top, cell.value, names)
        yield label, *between, sheet_number(cell.number)
        for part in cell.parts:
            yield label, value_label(table.dimension, part.value, names), sheet_number(part.number)
    yield str(gettext("All")), *between, sheet_number(table.total)


def sheet_number(number: int | None) -> str | int:
    """Return a rounded report number as a spreadsheet cell."""
    return number_label(number, is_rounded=True) if number in {None, FEW} else number or 0


def _percent_label(number: int, table: Table) -> str:
    if not table.total or (table.is_rounded and number == FEW):
        return ""
    percent = round(100 * number / table.total)
    return f"{min(percent, 100)}%" if percent else "<1%"


def _summary(table: Table, points: Sequence[DataPoint]) -> str:
    if not table.is_counted:
        return str(gettext("This is counted two months later, when more is known."))
    if not table.cells:
        return str(gettext("Nothing was counted in this time."))
    total = number_label(table.total, is_rounded=table.is_rounded)
    sentence = str(_TOTAL_SENTENCES[table.measure]) % {"number": total}
    if table.dimension is Dimension.RESULT:
        return f"{sentence} {_success_rate(table)}".strip()
    if len(points) < 2:
        return sentence
    largest = max(points, key=lambda point: point.number)
    share = _percent_label(largest.number, table)
    number = f"{largest.shown} ({share})" if share else largest.shown
    if table.dimension is Dimension.MONTH:
        most_sentence = gettext(
            "Most in %(month)s: %(number)s.", month=largest.label, number=number
        )
    else:
        most_sentence = gettext(
            "Most often “%(label)s”: %(number)s.", label=largest.label, number=number
        )
    return f"{sentence} {most_sentence}"


def _success_rate(table: Table) -> str:
    """Return the sentence of a report on the share of people who got help."""
    helped = [cell.number for cell in table.cells if cell.value in {"solved", "got_help"}]
    if not (sum(helped) and table.total):
        return ""
    shown, share = f"{sum(helped):,}", f"{min(100 * sum(helped) / table.total, 100):.0f}%"
    if table.is_rounded:
        return str(
            gettext(
                "With about %(number)s of them people got help, which is about %(share)s.",
                number=shown,
                share=share,
            )
        )
    return str(
        gettext(
            "With %(number)s of them people got help, which is %(share)s.",
            number=shown,
            share=share,
        )
    )


def _tick_labels(dimension: Dimension, values: Sequence[str]) -> list[str]:
    """Return the labels under the columns of a chart, "" for some if there are many."""
    step = -(-len(values) // _MOST_TICKS) or 1
    return [
        tick_label(dimension, value) if place % step == 0 else ""
        for place, value in enumerate(values)
    ]


@dataclass(frozen=True, slots=True)
class DataPoint:
    """A number to draw in a report's chart, with its label and its formatted text."""

    label: str
    number: int
    shown: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar of a chart, with its top in pixels and its length in percent."""

    label: str
    shown: str
    top: int
    length: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart of horizontal bars, with its height in pixels."""

    bars: tuple[Bar, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """A vertical bar of a chart, with left edge and width in percent, and height in pixels."""

    label: str
    tick: str
    shown: str
    left: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return the horizontal center of a chart's column in percent, where its label is."""
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A chart of vertical bars, with horizontal lines (label, position in pixels)."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, float], ...]
    height: int


def bar_chart(points: Sequence[DataPoint]) -> BarChart:
    """Build a chart with horizontal bars, in the order of the data."""
    largest = max((point.number for point in points), default=0) or 1
    bars = tuple(
        Bar(
            label=point.label,
            shown=point.shown,
            top=place * ROW,
            length=_BAR_SHARE * point.number / largest,
        )
        for place, point in enumerate(points)
    )
    return BarChart(bars=bars, height=len(bars) * ROW)


def column_chart(
    points: Sequence[DataPoint], ticks: Sequence[str], height: int = COLUMN_HEIGHT
) -> ColumnChart:
    """Build a chart with vertical bars, in the order of the data.

    ``ticks`` are labels, "" for none.
    """
    largest = max((point.number for point in points), default=0)
    top_line = _round_above(largest)
    share = 100 / max(len(points), 1)
    columns = tuple(
        _column(point, tick, place * share, share, height / top_line)
        for place, (point, tick) in enumerate(zip(points, ticks, strict=True))
    )
    parts = (1.0, 0.5) if top_line >= 10 else (1.0,)
    lines = tuple((f"{top_line * part:,.0f}", height * (1 - part)) for part in parts if largest)
    return ColumnChart(columns=columns, lines=lines, height=height)


def _column(point: DataPoint, tick: str, left: float, share: float, pixels: float) -> Column:
    return Column(
        label=point.label,
        tick=tick,
        shown=point.shown,
        left=left + share * 0.14,
        width=share * 0.72,
        height=pixels * point.number,
    )


def _round_above(number: float) -> int:
    """Return the next round number, such as 200, 250 or 500, for the top line of a chart."""
    size = 1
    while size * 10 < number:
        size *= 10
    return int(next(size * step for step in _ROUND_STEPS if size * step >= number))
