"""Report of the exam on real lists, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from referral.vocabulary.list_exam import Answered, ListExamReport, MetricsRow

_HEAD = f"{'list':24} {'half':6} {'kind':12}    n    @1    @3   P@5   MRR zero  es-en@3  es-en P@5"


def list_report_as_dict(
    report: ListExamReport, failures: Sequence[Answered] | None
) -> dict[str, Any]:
    """The report for ``--json``; without failures unless they were asked for."""
    known: dict[str, Any] = {
        "lists": {
            name: {"services": report.services[name], "asked": asked, "of": report.phrases}
            for name, asked in report.asked.items()
        },
        "metrics": [_row_as_dict(row) for row in report.rows()],
    }
    if failures is not None:
        known["failures"] = [_failure_as_dict(each) for each in failures]
    return known


def list_report_as_lines(report: ListExamReport, failures: Sequence[Answered]) -> Iterator[str]:
    """The report as a table."""
    for name, asked in report.asked.items():
        yield (
            f"{name}: {report.services[name]} services,"
            f" {asked} of {report.phrases} phrases have enough right answers"
        )
    yield _HEAD
    yield from map(_line, report.rows())
    for each in failures:
        place = f"first right at {each.result.rank}" if each.result.rank else "none right in ten"
        yield (
            f"{each.phrase.id} on {each.list_name}: {each.phrase.words!r}: {place}"
            f" ({each.result.right} right); wanted {_wanted(each)}; found first:"
        )
        yield from (f"    {name}" for name in each.names)


def _line(row: MetricsRow) -> str:
    metrics, gap = row.metrics, row.spanish_gap
    return (
        f"{row.list_name[:24]:24} {row.half:6} {row.kind:12} {metrics.phrases:4}"
        f" {metrics.success_at_1:5.3f} {metrics.success_at_3:5.3f} {metrics.precision_at_5:5.3f}"
        f" {metrics.mean_reciprocal_rank:5.3f} {metrics.zero_results:4}"
        f"  {_signed(gap.success_at_3):>7}  {_signed(gap.precision_at_5):>9}"
    )


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"


def _wanted(each: Answered) -> str:
    name = each.phrase.name.pattern if each.phrase.name else ""
    return " or ".join(filter(None, (*each.phrase.needs, name)))


def _row_as_dict(row: MetricsRow) -> dict[str, Any]:
    return {
        "list": row.list_name,
        "half": row.half,
        "kind": row.kind,
        **asdict(row.metrics),
        "spanish_minus_english": asdict(row.spanish_gap),
    }


def _failure_as_dict(each: Answered) -> dict[str, Any]:
    return {
        "id": each.phrase.id,
        "list": each.list_name,
        "half": each.phrase.half,
        "phrase": each.phrase.words,
        "needs": list(each.phrase.needs),
        "rank": each.result.rank,
        "right": each.result.right,
        "found_first": list(each.names),
    }
