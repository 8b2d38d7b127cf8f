"""``referral export`` and ``referral translations``: files of the directory and of its texts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from referral.cli.progress import progress_bars
from referral.curation.translation_files import export_translations, import_translations
from referral.directory.instance import opened_instance
from referral.open_data.files.export import export_directory
from referral.open_data.records import ExportFormat
from referral.settings import Settings


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ExportFormat]),
    required=True,
    help="hsds-csv is a zip of tables; hsds-json has services with all that is theirs; "
    "airs-xml is for 2-1-1 software.",
)
@click.option("--source", default="", help="Only what this list brought; its name under Imports.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_command(settings: Callable[..., Settings], form: str, source: str, file: Path) -> None:
    """Write the public records to FILE.

    Withheld places, records for staff and retired records are left out. Importing the file creates
    the same records with the same ids, except for AIRS XML: it has numbers for ids, and not all
    fields.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with (
            opened_instance(settings()) as instance,
            progress_bars() as progress,
            new.open("wb") as stream,
        ):
            services = export_directory(
                instance, ExportFormat(form), stream, source=source, progress=progress
            )
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    click.echo(f"{services} services are in {file}.")


@click.group("translations")
def translations_group() -> None:
    """Export and import translations of the texts of services and topics."""


@translations_group.command("export")
@click.option("--language", required=True, help="A code such as es.")
@click.option(
    "--only",
    type=click.Choice(["all", "missing"]),
    default="all",
    show_default=True,
    help="missing: only what no person has checked yet.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_translations_command(
    settings: Callable[..., Settings], language: str, only: str, file: Path
) -> None:
    """Write a CSV file for translators, with each text, its translation and its status."""
    with opened_instance(settings()) as instance:
        content, count = export_translations(instance, language, only_missing=only == "missing")
    file.write_bytes(content)
    click.echo(f"{count} texts are in {file}. Fill in “translation” and “status”.")


@translations_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_translations_command(settings: Callable[..., Settings], file: Path) -> None:
    """Import a CSV file of translations. Rows that cannot be imported are listed."""
    with opened_instance(settings()) as instance:
        taken = import_translations(instance, file.read_bytes())
    click.echo(f"{taken.added} added, {taken.changed} changed, {taken.unchanged} as they were.")
    for problem in taken.problems:
        click.echo(f"Row {problem.row}: {problem.message}", err=True)
    if taken.problems:
        raise SystemExit(1)
