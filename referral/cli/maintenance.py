"""``referral help-lines``: which lines pages show, and when each was last called to check it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from referral.directory.help_lines import (
    FILE,
    check_help_lines,
    help_lines,
    is_due,
)
from referral.errors import DirectoryError
from referral.settings import Settings


@click.command("help-lines")
@click.pass_obj
def help_lines_command(settings: Callable[..., Settings]) -> None:
    """Show the help lines, and what is wrong in the library's own help_lines.csv.

    A library adds lines, or says ours differently, in help_lines.csv in the instance folder; it
    has the columns of seed_data/help_lines.csv. Pages follow at once, on each node with the file.
    """
    opened = settings()
    today = datetime.now(UTC).date()
    for line in help_lines(opened):
        checked = f"checked {line.checked_on}" if line.checked_on else "never checked"
        due = "  CALL IT AGAIN" if is_due(line, today) else ""
        click.echo(f"{line.key:20} {line.phone or line.text_to:20} {checked}{due}")
    if problems := check_help_lines(opened):
        for problem in problems:
            click.echo(f"{FILE}:{problem.line}: {problem.column}: {problem.detail}", err=True)
        raise DirectoryError(f"{len(problems)} lines of {FILE} are left out until they are mended.")
