"""``referral export``: the public directory as a file for others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from referral.cli.progress import progress_shown
from referral.directory.context import opened_directory
from referral.exports.records import ExportFormat
from referral.exports.write import export_directory
from referral.settings import Settings


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ExportFormat]),
    required=True,
    help="hsds-csv is a zip of tables; hsds-json has services with all that is theirs.",
)
@click.option("--source", default="", help="Only what this list brought; its name under Imports.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_command(settings: Callable[..., Settings], form: str, source: str, file: Path) -> None:
    """Write all that everybody may see into FILE, and nothing else.

    Withheld places, records for staff and what was retired never leave. Importing the file gives
    the same records under the same ids.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with (
            opened_directory(settings()) as directory,
            progress_shown() as progress,
            new.open("wb") as stream,
        ):
            exported = export_directory(
                directory, ExportFormat(form), stream, source=source, progress=progress
            )
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    click.echo(f"{exported.services} services ({exported.records} records) are in {file}.")
