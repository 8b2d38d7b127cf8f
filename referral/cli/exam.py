"""``referral exam``: search relevance over judged queries, on the sample county or on lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from referral.cli.list_exam_report import list_report_as_dict, list_report_as_lines
from referral.cli.progress import progress_bars
from referral.directory.context import opened_directory
from referral.settings import Settings
from referral.vocabulary.list_exam import load_list_exam, run_list_exam
from referral.vocabulary.search_exam import HALVES, ExamReport, exam_directory, own_exam, run_exam


@click.command("exam")
@click.option(
    "--half",
    type=click.Choice([*HALVES, "all"]),
    default="all",
    show_default=True,
    help="The half that ranking is tuned on, the other, or both.",
)
@click.option(
    "--list",
    "lists",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Take the exam on this provider list instead; may be given several times.",
)
@click.option(
    "--failures",
    is_flag=True,
    help="With --list, print what failed: of the half “tune”, unless --half report is given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def exam_command(
    settings: Callable[..., Settings],
    half: str,
    lists: tuple[Path, ...],
    *,
    failures: bool,
    as_json: bool,
) -> None:
    """Put the phrases of the search exam to this search.

    They are about the sample county. An instance without it stays as it is: the exam then runs
    on a temporary one, with the instance's own words. A library's own search_exam.csv in the
    instance folder takes its place.

    With --list, each list is imported into a temporary instance, and what search finds is judged by
    what the list itself says. Phrases of the half “report” are not for reading: a half whose
    failures were read measures nothing any more.
    """
    opened = settings()
    if lists:
        _print_list_exam(opened, lists, half, failures=failures, as_json=as_json)
        return
    with exam_directory(opened) as directory:
        report = run_exam(directory, half, own=own_exam(opened))
    if as_json:
        click.echo(json.dumps(_as_dict(report), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_as_lines(report)))


def _print_list_exam(
    settings: Settings, lists: tuple[Path, ...], half: str, *, failures: bool, as_json: bool
) -> None:
    exam = load_list_exam(settings, half)
    with opened_directory(settings) as directory, progress_bars() as progress:
        report = run_list_exam(directory, lists, exam, progress)
    failed = report.failures("report" if half == "report" else "tune") if failures else None
    if as_json:
        click.echo(json.dumps(list_report_as_dict(report, failed), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(list_report_as_lines(report, failed or ())))


def _as_dict(report: ExamReport) -> dict[str, Any]:
    return {
        "marks": {group: asdict(marks) for group, marks in report.marks.items()},
        "failures": [
            {
                "id": result.phrase.id,
                "half": result.phrase.half,
                "phrase": result.phrase.words,
                "rank": result.rank,
                "found": result.found,
                "missing": [list(group) for group in result.missing],
                "forbidden": list(result.forbidden),
            }
            for result in report.failures
        ],
    }


def _as_lines(report: ExamReport) -> Iterator[str]:
    yield f"{'':22} phrases   @1    @3   @10   MRR  zero  misled"
    for group, marks in sorted(report.marks.items()):
        yield (
            f"{group:22} {marks.phrases:7}"
            f" {marks.success_at_1:5.2f} {marks.success_at_3:5.2f}"
            f" {marks.success_at_10:5.2f} {marks.mean_reciprocal_rank:5.2f}"
            f" {marks.zero_results:5.2f}  {marks.misled:5.2f}"
        )
    for result in report.failures:
        wanted = " or ".join(_named(target, report) for target in result.phrase.first3)
        place = f"at {result.rank}" if result.rank else "not in ten"
        yield f"{result.phrase.id}: {result.phrase.words!r}: {place}, wanted {wanted}"
        yield from (f"    missing in ten: {' or '.join(group)}" for group in result.missing)
        for service in result.forbidden:
            yield f"    must not be shown: {report.names.get(service, service)}"


def _named(target: str, report: ExamReport) -> str:
    return report.names.get(target.removeprefix("service:"), target)
