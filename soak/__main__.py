"""Command ``python -m soak NAME``, which runs a soak test until it ends or Ctrl-C stops it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from soak.attack import INQUIRIES_PER_MONTH, run_attack
from soak.damaged_file import run_damaged_file
from soak.failover import run_failover
from soak.follow import run_follow
from soak.full_disk import run_full_disk
from soak.fuzz import run_fuzz
from soak.index_kills import run_index_kills
from soak.kills import run_kills
from soak.mutants import run_mutants
from soak.progress import Progress, TimeIsUpError
from soak.slow_clients import run_slow_clients

SOAKS: dict[str, tuple[Callable[[Progress, int], None], int]] = {
    "attack": (run_attack, len(INQUIRIES_PER_MONTH)),
    "damaged-file": (run_damaged_file, 10),
    "failover": (run_failover, 20),
    "follow": (run_follow, 200),
    "full-disk": (run_full_disk, 8),
    "fuzz": (run_fuzz, 100_000),
    "index-kills": (run_index_kills, 200),
    "kills": (run_kills, 200),
    "mutants": (run_mutants, 200),
    "slow-clients": (run_slow_clients, 2),
}
"""Name of a soak test → the function that runs it, and the default number of rounds in all."""


@click.command("soak", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", type=click.Choice(sorted(SOAKS)))
@click.option("--rounds", type=click.IntRange(1), help="Rounds in all, with those done before.")
@click.option("--minutes", type=click.FloatRange(0), help="Minutes in all, instead of rounds.")
@click.option(
    "--progress",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of progress to continue from (default: soak-NAME.json).",
)
def main(name: str, rounds: int | None, minutes: float | None, progress: Path | None) -> None:
    """Run a soak test, continuing where it was stopped."""
    run, default_rounds = SOAKS[name]
    state = Progress(progress or Path(f"soak-{name}.json"), minutes)
    try:
        run(state, rounds or (default_rounds if minutes is None else sys.maxsize))
    except TimeIsUpError:
        pass
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        state.write()
        click.echo(json.dumps(state.numbers, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
