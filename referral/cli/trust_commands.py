"""``referral check``: what curators find in their queues, brought up to date; for every night."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.directory.context import opened_directory
from referral.duplicates.find_duplicates import find_duplicates
from referral.settings import Settings
from referral.verification.quality import check_quality


@click.command("check")
@click.pass_obj
def check_command(settings: Callable[..., Settings]) -> None:
    """Look for likely duplicates, and for what listings lack, in all that changed."""
    with opened_directory(settings()) as directory:
        looked = find_duplicates(directory)
        click.echo(f"{looked.compared} records compared: {looked.found} new pairs.")
        click.echo(f"{check_quality(directory)} listings looked at.")
