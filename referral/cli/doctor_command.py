"""``referral doctor``: a report of problems of the installation and their remedies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version

import click

from referral.app.checks import DOCTOR, Finding, diagnose, forget_removed
from referral.directory.instance import instance_without_upgrade
from referral.settings import Settings


@click.command("doctor")
@click.pass_obj
def doctor_command(settings: Callable[..., Settings]) -> None:
    """Check this installation and print problems with their remedies.

    The exit code is 1 if something is wrong. Suggestions for improvement do not count.
    """
    opened_settings = settings()
    with instance_without_upgrade(opened_settings) as instance:
        diagnosis = diagnose(instance, DOCTOR)
        if not diagnosis.not_looked_at:
            forget_removed(instance)  # each note is shown once
    click.echo(f"Referral {version('referral')}, {opened_settings.instance_path}")
    _print_findings("WRONG", [each for each in diagnosis.findings if each.is_wrong])
    _print_findings("COULD BE BETTER", [each for each in diagnosis.findings if not each.is_wrong])
    if diagnosis.not_looked_at:
        left_out = ", ".join(map(str, diagnosis.not_looked_at))
        click.echo(f"\nNot looked at, for want of a database: {left_out}.")
    click.echo(f"\nFine: {', '.join(map(str, diagnosis.fine)) or 'nothing'}.")
    sys.exit(int(diagnosis.is_wrong))


def _print_findings(title: str, findings: list[Finding]) -> None:
    if findings:
        click.echo(f"\n{title}")
    for each in findings:
        click.echo(f"  {each.about}: {each.what}")
        click.echo(f"      {each.do}")
