"""The sentences of the page for the board."""

from __future__ import annotations

from flask_babel import gettext

from referral.reports.records import Dimension, Measure
from referral.reports.standard_reports import Reports
from referral.reports.web.labels import number_label, value_label

_MOST = 4


def need_sentences(found: Reports) -> list[str]:
    """The headings that were asked for most, and how much of each stayed unmet."""
    needs = found.of(Measure.NEEDS, Dimension.TERM)
    unmet = found.of(Measure.UNMET, Dimension.HEADING)
    numbers = {cell.value: cell.number for cell in unmet.cells}
    return [
        _sentence(
            value_label(Dimension.HEADING, cell.value, found.names),
            cell.number,
            numbers.get(cell.value),
        )
        for cell in needs.cells[:_MOST]
    ]


def _sentence(name: str, asked: int, unmet: int | None) -> str:
    asked_label = number_label(asked, is_rounded=True)
    if unmet is None:
        return str(gettext("%(need)s: asked %(asked)s times.", need=name, asked=asked_label))
    return str(
        gettext(
            "%(need)s: asked %(asked)s times; %(unmet)s times there was no help, or not enough.",
            need=name,
            asked=asked_label,
            unmet=number_label(unmet, is_rounded=True),
        )
    )
