"""Command ``python -m bench exam``, which measures how relevant results are by judged phrases."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from bench.exam_files import HALVES
from bench.list_exam import list_report
from bench.record_exam import record_report
from bench.sample_exam import sample_report
from referral.search import weights

_RANKINGS = ("words", "phrases", "topics")  # in the order of ``weights.FUSED``
_Folder = click.Path(path_type=Path, file_okay=False)


@click.command("exam")
@click.option(
    "--half", type=click.Choice(HALVES), help="Ask one half of the phrases (default: both)."
)
@click.option(
    "--list",
    "lists",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Import this provider list instead, and judge by its own words; may be repeated.",
)
@click.option(
    "--records",
    "data",
    type=_Folder,
    help="Import lists of this folder of real lists instead, and judge by their records.",
)
@click.option("--folder", type=_Folder, help="Keep imported lists here for the next run.")
@click.option(
    "--without",
    type=click.Choice(_RANKINGS),
    multiple=True,
    help="Leave this one of the three fused ranks out; may be repeated.",
)
@click.option("--misses", is_flag=True, help="Print what failed: of the half “tune”, or of --half.")
def exam_command(
    half: str | None,
    lists: tuple[Path, ...],
    data: Path | None,
    folder: Path | None,
    without: tuple[str, ...],
    *,
    misses: bool,
) -> None:
    """Search for judged phrases and print how many answers are right.

    Without --list and --records the phrases are about the sample county.
    Do not read misses of the half “report” when you tune search: it would measure nothing any more.
    """
    if len({path.absolute().stem for path in lists}) < len(lists):
        raise click.UsageError("Two lists have the same name.")
    words, phrases, topics = (
        weight * (rank not in without)
        for rank, weight in zip(_RANKINGS, weights.FUSED, strict=True)
    )
    weights.FUSED = (words, phrases, topics)
    missed_half = (half or HALVES[0]) if misses else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        instances = folder or Path(temporary)
        if lists:
            report = list_report(lists, instances, half, missed_half)
        elif data:
            report = record_report(data, instances, half, missed_half)
        else:
            report = sample_report(half, missed_half)
        for line in report:
            click.echo(line)
