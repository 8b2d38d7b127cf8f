"""The sentences of the page for the board."""

from __future__ import annotations

from flask_babel import gettext

from referral.reports.records import Dimension, Measure
from referral.reports.standard_reports import Reports
from referral.reports.web.labels import value_label

_MOST = 6


def need_sentences(found: Reports) -> list[str]:
    """What was asked most, and how much of it stayed unmet, a sentence for each heading."""
    unmet = {cell.value: cell.number for cell in found.of(Measure.UNMET, Dimension.TERM).cells}
    needs = found.of(Measure.NEEDS, Dimension.TERM).cells[:_MOST]
    return [
        _sentence(
            value_label(Dimension.HEADING, cell.value, found.names),
            cell.number,
            unmet.get(cell.value),
        )
        for cell in needs
    ]


def _sentence(name: str, asked: int, unmet: int | None) -> str:
    if unmet is None:
        return str(gettext("%(need)s: asked %(asked)s times.", need=name, asked=f"{asked:,}"))
    return str(
        gettext(
            "%(need)s: asked %(asked)s times. %(unmet)s times there was no help, or not enough.",
            need=name,
            asked=f"{asked:,}",
            unmet=f"{unmet:,}",
        )
    )
