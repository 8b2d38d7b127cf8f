"""The ``referral`` command. Exit codes: 0 for success, 1 for a refusal, 2 for wrong usage."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from referral.errors import InstanceError
from referral.settings import Settings
from referral.settings_file import settings_of_file

# The objects created at the start, above all modules, are never freed: garbage collection among
# them would take a tenth of the starting time.
gc.set_threshold(50_000)

# Module and function of each command. Only the command that runs is imported: workers of the site
# start from this package too, and need no other command.
_COMMANDS = {
    "account": "account_commands:account_group",
    "backup": "backup_commands:backup_command",
    "check": "maintenance:check_command",
    "demo": "serve:demo_command",
    "doctor": "doctor_command:doctor_command",
    "export": "exports:export_command",
    "help-lines": "maintenance:help_lines_command",
    "import": "imports:import_command",
    "index": "maintenance:index_group",
    "keys": "maintenance:keys_command",
    "migrate": "maintenance:migrate_command",
    "positions": "position_commands:positions_command",
    "restore": "backup_commands:restore_command",
    "search": "search:search_command",
    "seed": "maintenance:seed_command",
    "serve": "serve:serve_command",
    "suggest-topics": "topic_commands:suggest_topics_command",
    "terminal": "terminal_commands:terminal_group",
    "tidy": "maintenance:tidy_command",
    "translations": "exports:translations_group",
    "unplaced": "maintenance:unplaced_command",
    "verify": "backup_commands:verify_command",
    "work": "maintenance:work_command",
}
# Commands that only read: they do not create an instance.
_READ_ONLY_COMMANDS = {"backup", "export", "search", "unplaced", "verify"}
# Commands whose files other users may read, as far as the system's umask permits.
_PUBLIC_FILE_COMMANDS = {"export", "translations"}


class _CommandGroup(click.Group):
    """Click group that imports each command when it runs, and prints errors without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"referral.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name not in _PUBLIC_FILE_COMMANDS:
            previous = os.umask(0o077)  # only the user of the instance may read its files
            ctx.call_on_close(lambda: os.umask(previous))
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except InstanceError as error:
            click.echo(str(error), err=True)
            sys.exit(1)


def _refuse_without_instance(folder: Path) -> None:
    """Refuse a command that only reads if the instance folder contains no instance."""
    if not (os.environ.get("DATABASE_URL") or (folder / "referral.sqlite3").exists()):
        raise InstanceError(
            f"There is no directory in {folder.absolute()}. Bring in a list there first "
            "(referral import), or name another folder with --instance."
        )


@click.group(cls=_CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="referral")
@click.option(
    "--instance",
    "instance_path",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the database, the index and the key (default: ./instance).",
)
@click.pass_context
def main(context: click.Context, instance_path: Path | None) -> None:
    """A directory of social services that a library runs itself."""
    folder = instance_path or Path(os.environ.get("REFERRAL_INSTANCE") or "instance")
    os.environ.update({**settings_of_file(folder), **os.environ})  # for workers of the site too
    overrides = {"instance_path": instance_path} if instance_path else {}

    def settings(**more: Any) -> Settings:
        if context.invoked_subcommand in _READ_ONLY_COMMANDS:
            _refuse_without_instance(folder)
        return Settings.from_environment(**{**overrides, **more})

    context.obj = settings
