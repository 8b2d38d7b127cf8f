"""``referral translations``: texts of the directory to translators, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from referral.curation.translation_files import (
    export_translations,
    import_translations,
)
from referral.directory.directory import opened
from referral.settings import Settings


@click.group("translations")
def translations_group() -> None:
    """Texts of services and topics in other languages."""


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
def export_command(settings: Callable[..., Settings], language: str, only: str, file: Path) -> None:
    """Write a CSV file for translators: each text, its translation, and who stands for it."""
    with opened(settings()) as directory:
        content, count = export_translations(directory, language, only_missing=only == "missing")
    file.write_bytes(content)
    click.echo(f"{count} texts are in {file}. Fill in “translation” and “status”.")


@translations_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_command(settings: Callable[..., Settings], file: Path) -> None:
    """Keep the translations of such a file. What cannot be kept is named by its row."""
    with opened(settings()) as directory:
        taken = import_translations(directory, file.read_bytes())
    click.echo(f"{taken.added} added, {taken.changed} changed, {taken.unchanged} as they were.")
    for problem in taken.problems:
        click.echo(f"Row {problem.row}: {problem.words}", err=True)
    if taken.problems:
        raise SystemExit(1)
