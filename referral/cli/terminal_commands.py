"""``referral terminal link``: signed links that make a device a terminal."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.cli.serve import DEFAULT_PORT
from referral.directory.context import opened_directory
from referral.records.accounts import COMMAND_LINE
from referral.settings import Settings
from referral.terminal.device_links import record_device_link
from referral.web.terminal_device import LINK_HOURS, device_link_token


@click.group("terminal")
def terminal_group() -> None:
    """Computers that many people share."""


@terminal_group.command("link")
@click.option(
    "--site",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="Address of this site, as the device sees it.",
)
@click.option("--end", is_flag=True, help="A link that makes a device no terminal any more.")
@click.pass_obj
def link_command(settings: Callable[..., Settings], site: str, *, end: bool) -> None:
    """Print a link to open once on each shared computer."""
    with opened_directory(settings()) as directory:
        record_device_link(directory, COMMAND_LINE, terminal=not end)
        token = device_link_token(directory.settings, terminal=not end)
    click.echo(f"{site.rstrip('/')}/terminal/{token}")
    click.echo(f"It works for {LINK_HOURS} hours. Open it on the device itself.", err=True)
