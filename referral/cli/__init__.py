"""The ``referral`` command. Exit codes: 0 done, 1 refused, 2 wrong use."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from referral.cli.account_commands import account_group
from referral.cli.bench_command import bench_command
from referral.cli.exam_command import exam_command
from referral.cli.help_lines_command import help_lines_command
from referral.cli.import_command import import_command
from referral.cli.index_commands import index_group
from referral.cli.listing_commands import unplaced_command
from referral.cli.search_command import search_command
from referral.cli.serve_commands import demo_command, serve_command
from referral.cli.store_commands import migrate_command, seed_command
from referral.cli.terminal_commands import terminal_group
from referral.cli.tidy_command import tidy_command
from referral.cli.translation_commands import translations_group
from referral.records.errors import DirectoryError
from referral.settings import Settings


class _Group(click.Group):
    """Turns our own errors into one plain sentence instead of a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DirectoryError as error:
            click.echo(str(error), err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="referral")
@click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the database, the index and the key (default: ./instance).",
)
@click.pass_context
def main(context: click.Context, instance: Path | None) -> None:
    """A directory of social services that a library runs itself."""
    overrides = {"instance_path": instance} if instance else {}
    context.obj = lambda **more: Settings.from_environment(**{**overrides, **more})


for command in (
    account_group,
    bench_command,
    demo_command,
    exam_command,
    help_lines_command,
    import_command,
    index_group,
    migrate_command,
    search_command,
    seed_command,
    serve_command,
    terminal_group,
    tidy_command,
    translations_group,
    unplaced_command,
):
    main.add_command(command)
