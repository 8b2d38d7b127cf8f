"""``referral positions``: positions of locations, from the library's address points."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from referral.address_points.positions import (
    count_positions,
    load_address_points,
    place_locations,
    undo_positions,
)
from referral.cli.progress import progress_bars
from referral.directory.instance import opened_instance
from referral.settings import Settings


@click.command("positions")
@click.argument(
    "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--undo", "is_undone", is_flag=True, help="Take back the positions added last.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_obj
def positions_command(
    settings: Callable[..., Settings], *, path: Path | None, is_undone: bool, as_json: bool
) -> None:
    """Print the origin of the positions of places, or add positions from PATH.

    PATH is a CSV file of address points. Places whose list has no coordinates are looked up in it,
    offline.
    """
    with opened_instance(settings()) as instance:
        if is_undone:
            click.echo(f"{undo_positions(instance):,} places are as they were.", err=as_json)
        elif path:
            with progress_bars() as progress:
                stored, left_out = load_address_points(instance, path, progress)
                placed = place_locations(instance, progress)
            click.echo(f"{stored:,} address points, {left_out:,} rows left out.", err=as_json)
            click.echo(f"{placed:,} places have another position now.", err=as_json)
        counts = count_positions(instance)
    if as_json:
        click.echo(json.dumps(counts.as_dict()))
        return
    click.echo(f"{counts.listed:,} places: position of the list, or set by hand")
    click.echo(f"{counts.by_address:,} places: position of an address point")
    click.echo(f"{counts.by_zip:,} places: middle of the ZIP code")
    click.echo(f"{counts.unknown:,} places: no position")
