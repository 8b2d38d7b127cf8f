"""The sentences of the page for the board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext

from referral.desk.codes import UnmetReason
from referral.reports.reason_publication import topic_key
from referral.reports.records import Cell, Dimension, Measure, Table
from referral.reports.standard_reports import Reports
from referral.reports.web.labels import value_label
from referral.web.code_labels import stored_code_label

_MOST_HEADINGS = 4
_MOST_TOPICS = 2


def need_sentences(found: Reports) -> list[str]:
    """What was asked most, how much of it stayed unmet, and why: headings first, then topics.

    Of topics those of which it is published how many stayed unmet.
    """
    needs, unmet = (found.of(each, Dimension.TERM) for each in (Measure.NEEDS, Measure.UNMET))
    of_headings = {cell.value: cell.number for cell in unmet.cells}
    sentences = [
        _sentence(
            value_label(Dimension.HEADING, cell.value, found.names),
            cell.number,
            of_headings.get(cell.value),
            found.reasons.get(cell.value, {}),
        )
        for cell in needs.cells[:_MOST_HEADINGS]
    ]
    of_topics = _topics(unmet)
    known = {key: number for key, number in _topics(needs).items() if key in of_topics and key[1]}
    for key in sorted(known, key=lambda key: (-known[key], key))[:_MOST_TOPICS]:
        label = value_label(Dimension.TERM, key[1], found.names)
        reasons = found.reasons.get(topic_key(*key), {})
        sentences.append(_sentence(label, known[key], of_topics[key], reasons))
    return sentences


def _topics(table: Table) -> Mapping[tuple[str, str], int]:
    """The topics of all headings that have none below them: only their numbers are not sums."""
    return {
        (heading.value, topic.value): topic.number
        for heading in table.cells
        for topic in _without_parts(heading)
    }


def _without_parts(above: Cell) -> Iterator[Cell]:
    for part in above.parts:
        if part.parts:
            yield from _without_parts(part)
        elif part.value != above.value:
            yield part


def most_often(reasons: Mapping[str, int], unmet: int) -> str:
    """The reason that no other one can exceed, with all that is untold; "" for none."""
    if not reasons:
        return ""
    most = max(reasons, key=lambda reason: reasons[reason])
    others = max((n for reason, n in reasons.items() if reason != most), default=0)
    untold = unmet - sum(reasons.values())
    return most if reasons[most] >= others + untold else ""


def _sentence(name: str, asked: int, unmet: int | None, reasons: Mapping[str, int]) -> str:
    if unmet is None:
        return str(gettext("%(need)s: asked %(asked)s times.", need=name, asked=f"{asked:,}"))
    said = gettext(
        "%(need)s: asked %(asked)s times. %(unmet)s times there was no help, or not enough.",
        need=name,
        asked=f"{asked:,}",
        unmet=f"{unmet:,}",
    )
    return f"{said} {_why(reasons, unmet)}".strip()


def _why(reasons: Mapping[str, int], unmet: int) -> str:
    """Why most often, where that is sure; else the largest reason with its number."""
    if not reasons:
        return ""
    if most := most_often(reasons, unmet):
        return str(gettext("Most often: %(reason)s.", reason=_reason_label(most)))
    largest = max(reasons, key=lambda reason: reasons[reason])
    return str(
        gettext(
            "One reason: %(reason)s (%(number)s).",
            reason=_reason_label(largest),
            number=f"{reasons[largest]:,}",
        )
    )


def _reason_label(reason: str) -> str:
    label = stored_code_label(UnmetReason, reason)
    return label[:1].lower() + label[1:]
