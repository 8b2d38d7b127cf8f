"""``referral index``: the search index of this node."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.cli.progress import progress_shown
from referral.directory.context import opened_directory
from referral.settings import Settings


@click.group("index")
def index_group() -> None:
    """Look after the search index of this node."""


@index_group.command("status")
@click.pass_obj
def status_command(settings: Callable[..., Settings]) -> None:
    """Say what the index holds and how far it is behind."""
    with opened_directory(settings()) as directory:
        status = directory.index.status()
    click.echo(f"{status.documents} services; {status.lag} changes not yet searchable.")


@index_group.command("sync")
@click.pass_obj
def sync_command(settings: Callable[..., Settings]) -> None:
    """Bring the index up to date."""
    with opened_directory(settings()) as directory:
        report = directory.index.sync()
    if report.waiting:
        click.echo("Another process is bringing the index up to date.")
    else:
        click.echo(f"The index is up to date ({report.services} services written).")


@index_group.command("rebuild")
@click.pass_obj
def rebuild_command(settings: Callable[..., Settings]) -> None:
    """Make the index anew; the old one answers meanwhile."""
    with opened_directory(settings()) as directory, progress_shown() as progress:
        directory.index.rebuild(lambda done, total: progress("Indexing", done, total))
    click.echo("The index is new.")
