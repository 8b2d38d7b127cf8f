"""``referral terminal link``: links that mark a device as a shared computer."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.cli.serve import DEFAULT_PORT
from referral.directory.instance import opened_instance
from referral.records.accounts import COMMAND_LINE
from referral.settings import Settings
from referral.terminal.devices import LINK_HOURS, make_link


@click.group("terminal")
def terminal_group() -> None:
    """Mark computers that many people share."""


@terminal_group.command("link")
@click.option(
    "--site",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="Address of this site, as the device sees it.",
)
@click.option("--label", default="Terminal", show_default=True, help="Name of the device.")
@click.option("--end", is_flag=True, help="A link that makes a device no terminal any more.")
@click.pass_obj
def link_command(settings: Callable[..., Settings], site: str, label: str, *, end: bool) -> None:
    """Print a link to open once, on one shared computer."""
    with opened_instance(settings()) as instance:
        token = make_link(instance, COMMAND_LINE, "" if end else label, ends_mark=end)
    click.echo(f"{site.rstrip('/')}/terminal/{token}")
    click.echo(f"It works once, within {LINK_HOURS} hours. Open it on the device itself.", err=True)
