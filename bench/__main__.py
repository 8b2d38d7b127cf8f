"""Command ``python -m bench``, which runs the benchmark, and its subcommand ``exam``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench.exam import exam_command
from bench.measurements import RIVALS, BenchPlan
from bench.run import run_bench
from referral.cli.serve import tune_gc
from referral.errors import InstanceError
from referral.settings import Settings

_TIMES = ("p50_ms", "p95_ms", "p99_ms", "max_ms", "questions")


class _RivalNames(click.ParamType[tuple[str, ...]]):
    name = "none|a,b"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        names = () if value == "none" else tuple(str(value).split(","))
        if unknown := set(names) - set(RIVALS):
            self.fail(f"{', '.join(sorted(unknown))}: choose from {', '.join(RIVALS)}.", param, ctx)
        return names


@click.group(
    "bench",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--instance",
    "instance_path",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the instance to copy (default: ./instance).",
)
@click.option(
    "--services",
    type=click.IntRange(100, 2_000_000),
    help="Measure on this many synthetic services (default: on a copy of the instance's own).",
)
@click.option(
    "--untagged",
    is_flag=True,
    help="Leave the synthetic services without topics, and suggest topics for them first.",
)
@click.option("--questions", type=click.IntRange(1), default=160, show_default=True)
@click.option(
    "--rivals",
    type=_RivalNames(),
    default=",".join(RIVALS),
    show_default=True,
    help="The other engines to measure, or none.",
)
@click.option(
    "--postgresql",
    default="",
    help="URL of a PostgreSQL server to measure too, or “embedded” to start one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def bench_command(
    context: click.Context,
    instance_path: Path | None,
    services: int | None,
    questions: int,
    rivals: tuple[str, ...],
    postgresql: str,
    *,
    untagged: bool,
    as_json: bool,
) -> None:
    """Measure how fast search is; bench/__init__.py defines each number."""
    if context.invoked_subcommand:
        return
    if untagged and services is None:
        raise click.UsageError("--untagged needs --services: an instance is measured as it is.")
    tune_gc()  # as in a serving process, because pages are measured in this process
    plan = BenchPlan(queries=questions, rivals=rivals, postgresql=postgresql, untagged=untagged)
    try:
        overrides: dict[str, Any] = {"instance_path": instance_path} if instance_path else {}
        report = run_bench(Settings.from_environment(**overrides), services, plan, _print_progress)
    except InstanceError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _print_report(report)


bench_command.add_command(exam_command)


def _print_progress(text: str) -> None:
    click.echo(text, err=True)


def _print_report(report: dict[str, Any]) -> None:
    console = Console()
    console.print(
        f"{report['services']} services; {report['processors']} processors,"
        f" load before {report['load_before']}"
    )
    console.print(_times_table(report))
    console.print(_others_table(report))
    for engine, reason in report["left_out"].items():
        console.print(f"Left out: {engine} ({reason})")
    aims = Table("aim", "measured", "aimed at", title="Beside what is aimed at")
    for line in report["aims"]:
        limit = "at most" if line["at_most"] else "at least"
        aims.add_row(line["what"], f"{line['measured']:g}", f"{limit} {line['aim']:g}")
    console.print(aims)


def _times_table(report: dict[str, Any]) -> Table:
    table = Table("engine", "question", *_TIMES, title="Milliseconds, warm")
    for engine, kinds in report["engines"].items():
        for kind, times in kinds.items():
            if isinstance(times, dict):
                table.add_row(engine, kind, *(f"{times[name]:g}" for name in _TIMES))
    for part in ("page", "hostile", "edit"):
        table.add_row("referral", part, *(f"{report[part][name]:g}" for name in _TIMES))
    return table


def _others_table(report: dict[str, Any]) -> Table:
    table = Table("what", "number", title="Building, in services a second; a worker")
    build, page = report["build"], report["page"]
    for name, rate in (*build.items(), *build["same_sample"].items()):
        if name != "same_sample":
            table.add_row(name, f"{rate:g}")
    table.add_row("SQL statements of a page, most", f"{page['most_statements']:g}")
    for name, number in report["suggestions"].items():
        table.add_row(f"suggestions: {name}", f"{number:g}")
    for name, number in report["worker"].items():
        table.add_row(f"worker: {name}", f"{number:g}")
    for kind, found in report["found"].items():
        table.add_row(
            f"services found by {kind}, half and 95 of 100", f"{found['p50']}, {found['p95']}"
        )
    table.add_row("slowest hostile input", report["hostile"]["slowest"])
    for engine, kinds in report["engines"].items():
        table.add_row(f"distance in {engine}", kinds["distance_by"])
    return table


if __name__ == "__main__":
    bench_command(prog_name="python -m bench")
