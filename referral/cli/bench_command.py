"""``referral bench``: how fast is search, beside others?"""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from referral.operations.run_bench import run_bench


@click.command("bench")
@click.option("--services", type=click.IntRange(100, 2_000_000), default=10_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def bench_command(services: int, *, as_json: bool) -> None:
    """Measure search on a synthetic directory, in one run beside other engines."""
    report = run_bench(services, lambda words: click.echo(words, err=True))
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2))
        return
    console = Console()
    table = Table("what", "p50", "p95", "p99", "questions", title="Milliseconds, warm")
    for name, times in report.times.items():
        table.add_row(name, *(f"{times[each]:g}" for each in ("p50", "p95", "p99", "n")))
    console.print(table)
    rates = Table("engine", "services a second", title="Building the index")
    for name, rate in report.build_rates.items():
        rates.add_row(name, f"{rate:g}")
    console.print(rates)
    console.print(f"One edit to searchable: {report.edit_ms:g} ms")
    console.print(f"Cold start of a worker: {report.cold_start_ms:g} ms")
    console.print(f"Private memory of a worker: {report.private_mb:g} MB")
    if report.missing:
        console.print(f"Not installed: {', '.join(report.missing)}")
