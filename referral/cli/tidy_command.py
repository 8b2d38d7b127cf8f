"""``referral tidy``: erase and drop what need not be kept any longer."""

from __future__ import annotations

from collections.abc import Callable

import click

from referral.app.tidy import tidy
from referral.directory.context import opened_directory
from referral.settings import Settings

_WORDS = {
    "contacts": "ways to reach people erased",
    "inquiries": "inquiries reduced to counts",
    "slips": "slips ended",
    "searches": "unreviewed searches dropped",
    "notes": "shift notes over",
    "sessions": "old sessions of staff dropped",
    "links": "old one-time links dropped",
    "tries": "old tries to sign in dropped",
    "changes": "old entries of the change log dropped",
    "exports": "old files of exports dropped",
}


@click.command("tidy")
@click.pass_obj
def tidy_command(settings: Callable[..., Settings]) -> None:
    """Do the daily job now: erase what is due. A serving site does it by itself once a day."""
    with opened_directory(settings()) as directory:
        counts = tidy(directory)
    for name, count in counts.items():
        click.echo(f"{count:6} {_WORDS[name]}")
