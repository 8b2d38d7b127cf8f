"""``referral unplaced``: services that no rule places under a heading."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.directory.context import opened_directory
from referral.directory.heading_placement import list_unplaced_services
from referral.settings import Settings


@click.command("unplaced")
@click.pass_obj
def unplaced_command(settings: Callable[..., Settings]) -> None:
    """List services under no heading: give them a term, a heading, or a crosswalk rule."""
    with opened_directory(settings()) as directory:
        services = list_unplaced_services(directory)
    click.echo(f"{len(services)} services are under no heading.")
    for service in services:
        click.echo(f"{service.id}  {service.name}")
