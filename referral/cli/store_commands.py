"""``referral migrate`` and ``referral seed``."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.cli.progress import progress_shown
from referral.directory.context import opened_directory
from referral.imports.seed_lists import load_base, load_sample
from referral.settings import Settings


@click.command("migrate")
@click.pass_obj
def migrate_command(settings: Callable[..., Settings]) -> None:
    """Bring the tables up to date; does nothing when they are."""
    with opened_directory(settings()):
        click.echo("The tables are up to date.")


@click.command("seed")
@click.option("--sample", is_flag=True, help="Load the invented sample county as well.")
@click.pass_obj
def seed_command(settings: Callable[..., Settings], *, sample: bool) -> None:
    """Load the headings, our taxonomy and the national help lines."""
    with opened_directory(settings()) as directory, progress_shown() as progress:
        (load_sample if sample else load_base)(directory, progress)
    click.echo("The seed data is in place.")
