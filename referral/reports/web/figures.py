"""Figures of reports: a table of counts with summary, chart, labelled rows and file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.formats.writing.sheets import Sheet
from referral.reports.code_names import CodeNames
from referral.reports.counts import ABOVE
from referral.reports.records import IN_ORDER, Cell, Dimension, Measure, Table
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
    report_title,
    tick_label,
    value_label,
)

_TOTALS: Mapping[Measure, Any] = {
    Measure.INQUIRIES: lazy_gettext("Inquiries: %(number)s."),
    Measure.NEEDS: lazy_gettext("Needs: %(number)s."),
    Measure.UNMET: lazy_gettext("Needs unmet or only partly met: %(number)s."),
    Measure.REFERRALS: lazy_gettext("Services given: %(number)s."),
    Measure.FOLLOW_UPS: lazy_gettext("Follow-ups that people agreed to: %(number)s."),
    Measure.RESULTS: lazy_gettext("Services given whose result we know: %(number)s."),
    Measure.BARRIERS: lazy_gettext("Barriers that people named: %(number)s."),
    Measure.SEARCHES: lazy_gettext("Searches that found nothing: %(number)s."),
    Measure.REPLIES: lazy_gettext("Answers to slips that say it did not help: %(number)s."),
    Measure.FULL: lazy_gettext("Answers to slips that say “full”: %(number)s."),
    Measure.NOT_ELIGIBLE: lazy_gettext("Answers to slips that say “not eligible”: %(number)s."),
}
_MOST_TICKS = 13


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is of, its count, its share of all in percent ("" for none), its parts."""

    label: str
    shown: str
    share: str
    parts: tuple[Row, ...] = ()


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
        return str(DIMENSION_LABELS[ABOVE.get(self.dimension, self.dimension)])


def build_figure(
    table: Table, names: CodeNames, most: int, height: int = COLUMN_HEIGHT, title: str = ""
) -> Figure:
    """A table as a page shows it, with at most so many bars; months are all shown.

    Args:
        height: of upright bars, in pixels.
    """
    cells = [cell for cell in bars_of(table) if cell.value or table.dimension not in IN_ORDER]
    points = [
        DataPoint(value_label(charted_by(table), cell.value, names), cell.number) for cell in cells
    ]
    common: dict[str, Any] = {
        "measure": table.measure,
        "dimension": table.dimension,
        "title": title or report_title(table.measure, table.dimension),
        "sentence": _summary(table, points),
        "rows": table_rows(table, names),
        "total": f"{table.total:,}",
    }
    if table.dimension in IN_ORDER:
        ticks = _ticks(table.dimension, [cell.value for cell in cells])
        return Figure(**common, columns=column_chart(points, ticks, height))
    return Figure(**common, bars=bar_chart(points[:most]), more=max(len(points) - most, 0))


def charted_by(table: Table) -> Dimension:
    """What the bars are of: of reasons by heading, the headings."""
    is_crossed = table.dimension is Dimension.HEADING_REASON
    return Dimension.HEADING if is_crossed else table.dimension


def bars_of(table: Table) -> Sequence[Cell]:
    """What a chart shows: what stands just below the headings, counties or groups, by size."""
    if charted_by(table) is not table.dimension or table.dimension not in ABOVE:
        return table.cells
    parts = [part for cell in table.cells for part in cell.parts if part.value]
    return sorted(parts, key=lambda cell: (-cell.number, cell.value))


def leaves_of(cell: Cell) -> Iterator[Cell]:
    """What is below a cell and has no parts itself."""
    for part in cell.parts:
        yield from leaves_of(part) if part.parts else (part,)


def table_rows(table: Table, names: CodeNames) -> tuple[Row, ...]:
    """The rows of a table, with parts and "Other", so that they add up to its sum."""
    top = ABOVE.get(table.dimension, table.dimension)

    def row(dimension: Dimension, cell: Cell, above: str = "") -> Row:
        parts = [row(table.dimension, part, cell.value) for part in cell.parts]
        if parts and cell.other:
            parts.append(_row(other_label(), cell.other, table.total))
        label = value_label(dimension, cell.value, names)
        if above and above == cell.value:
            label = own_label(label)
        return _row(label, cell.number, table.total, tuple(parts))

    rows = [row(top, cell) for cell in table.cells]
    if table.other:
        rows.append(_row(other_label(), table.other, table.total))
    return tuple(rows)


def table_sheet(table: Table, names: CodeNames, period: str, title: str = "") -> Sheet:
    """A table as a file has it: numbers as numbers; with "Other" it adds up."""
    top = ABOVE.get(table.dimension, table.dimension)
    has_parts = top is not table.dimension
    header = [DIMENSION_LABELS[top], MEASURE_LABELS[table.measure]]
    if has_parts:
        header.insert(1, DIMENSION_LABELS[table.dimension])
    return Sheet(
        name=f"{table.measure} {table.dimension}".replace("_", " "),
        title=title or report_title(table.measure, table.dimension),
        notes=(period, str(suppression_note())),
        header=tuple(map(str, header)),
        rows=tuple(_lines(table, names, has_parts=has_parts)),
    )


def other_label() -> str:
    """Label of what is counted without a row of its own."""
    return str(gettext("Other"))


def own_label(label: str) -> str:
    """Label of what was said of a topic and of none below it."""
    return str(gettext("%(topic)s, nothing closer said", topic=label))


def suppression_note() -> str:
    """Note on what "Other" has."""
    return str(
        gettext(
            "“Other” has counts of 1 to 4, so that nobody can be recognized. "
            "Where these add up to very little, a larger count is in it too. "
            "So a row may be a little too small, or missing."
        )
    )


def _lines(table: Table, names: CodeNames, *, has_parts: bool) -> Iterator[tuple[str | int, ...]]:
    top = ABOVE.get(table.dimension, table.dimension)
    between = ("",) if has_parts else ()
    for cell in table.cells:
        label = value_label(top, cell.value, names)
        if not has_parts:
            yield label, cell.number
            continue
        for part in leaves_of(cell):
            yield label, value_label(table.dimension, part.value, names), part.number
        if cell.other:
            yield label, other_label(), cell.other
    if table.other:
        yield other_label(), *between, table.other
    yield str(gettext("All")), *between, table.total


def _row(label: str, number: int, total: int, parts: tuple[Row, ...] = ()) -> Row:
    percent = round(100 * number / total) if total else 0
    return Row(label, f"{number:,}", f"{percent}%" if percent else "<1%", parts)


def _summary(table: Table, points: Sequence[DataPoint]) -> str:
    if not table.total:
        return str(gettext("Nothing was counted in this time."))
    said = str(_TOTALS[table.measure]) % {"number": f"{table.total:,}"}
    if table.dimension is Dimension.RESULT:
        return f"{said} {_success_rate(table)}".strip()
    if table.dimension is Dimension.HEADING_REASON:
        by_quarter = gettext("Reasons are shown for whole quarters.")
        return f"{said} {by_quarter}"
    if len(points) < 2:
        return said
    most = max(points, key=lambda point: point.number)
    number = f"{most.number:,} ({round(100 * most.number / table.total)}%)"
    if table.dimension is Dimension.MONTH:
        said_most = gettext("Most in %(month)s: %(number)s.", month=most.label, number=number)
    else:
        said_most = gettext("Most often “%(label)s”: %(number)s.", label=most.label, number=number)
    return f"{said} {said_most}"


def _success_rate(table: Table) -> str:
    """How many got help, of those whose result may be told."""
    helped = [cell.number for cell in table.cells if cell.value in {"solved", "got_help"}]
    if not helped:
        return ""
    shown, share = f"{sum(helped):,}", f"{100 * sum(helped) / table.total:.0f}%"
    return str(
        gettext(
            "With %(number)s of them people got help, which is %(share)s.",
            number=shown,
            share=share,
        )
    )


def _ticks(dimension: Dimension, values: Sequence[str]) -> list[str]:
    """A word under every month, or under some where there are many."""
    step = -(-len(values) // _MOST_TICKS) or 1
    return [
        tick_label(dimension, value) if at % step == 0 else "" for at, value in enumerate(values)
    ]
