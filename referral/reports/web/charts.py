"""Geometry of bar and column charts, which templates draw as SVG.

Lengths are percent of the width, so that a chart fits every screen while its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROW = 46
"""Pixels from one bar to the next."""
_BAR_SHARE = 84.0  # the longest bar, so that its number fits beside it
COLUMN_HEIGHT = 180
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One number to draw, with its label and as text."""

    label: str
    number: int
    shown: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar: its top in pixels and its length in percent."""

    label: str
    shown: str
    top: int
    length: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal bars, one under the other, as high as they need."""

    bars: tuple[Bar, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """An upright bar: its left edge and width in percent, its height in pixels."""

    label: str
    tick: str
    shown: str
    left: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its words stand, in percent."""
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Upright bars side by side, on lines that say how high they are (words, pixels)."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, float], ...]
    height: int


def bar_chart(measured: Sequence[DataPoint]) -> BarChart:
    """Bars in the order given."""
    largest = max((one.number for one in measured), default=0) or 1
    bars = tuple(
        Bar(
            label=one.label,
            shown=one.shown,
            top=place * ROW,
            length=_BAR_SHARE * one.number / largest,
        )
        for place, one in enumerate(measured)
    )
    return BarChart(bars=bars, height=len(bars) * ROW)


def column_chart(
    measured: Sequence[DataPoint], ticks: Sequence[str], height: int = COLUMN_HEIGHT
) -> ColumnChart:
    """Columns in the order given; ``ticks`` are the short words under them, "" for none."""
    largest = max((one.number for one in measured), default=0)
    top_line = _round_above(largest)
    share = 100 / max(len(measured), 1)
    columns = tuple(
        _column(one, tick, place * share, share, height / top_line)
        for place, (one, tick) in enumerate(zip(measured, ticks, strict=True))
    )
    parts = (1.0, 0.5) if top_line >= 10 else (1.0,)
    lines = tuple((f"{top_line * part:,.0f}", height * (1 - part)) for part in parts if largest)
    return ColumnChart(columns=columns, lines=lines, height=height)


def _column(one: DataPoint, tick: str, left: float, share: float, pixels: float) -> Column:
    return Column(
        label=one.label,
        tick=tick,
        shown=one.shown,
        left=left + share * 0.14,
        width=share * 0.72,
        height=pixels * one.number,
    )


def _round_above(number: float) -> int:
    """The next number that is easy to read, as 200, 250 or 500 for what is just below it."""
    size = 1
    while size * 10 < number:
        size *= 10
    return int(next(size * step for step in _STEPS if size * step >= number))
