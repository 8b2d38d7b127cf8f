"""Commands for backups and checks of data: ``backup``, ``restore`` and ``verify``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from referral.app.checks import VERIFY, diagnose
from referral.backups.backup import write_backup
from referral.backups.records import Manifest, RestoreReport
from referral.backups.restore import restore_backup
from referral.directory.instance import opened_instance
from referral.settings import Settings

_LISTINGS_SHOWN = 20
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("file", type=_FILE)
@click.pass_obj
def backup_command(settings: Callable[..., Settings], file: Path) -> None:
    """Write a backup of all data to FILE, also while the site serves.

    Keys are included only if REFERRAL_BACKUP_PASSPHRASE is set, encrypted with that passphrase.
    """
    with opened_instance(settings()) as instance:
        manifest = write_backup(instance.settings, instance.store, file)
    click.echo(_manifest_sentence(manifest))
    if not manifest.has_sealed_keys:
        click.echo("Keys are not in it. Keep them apart: without them contacts cannot be opened.")


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check the file and say what would be done.")
@click.option("--replace", is_flag=True, help="Also where there is a directory; it is set aside.")
@click.pass_obj
def restore_command(
    settings: Callable[..., Settings], file: Path, *, dry_run: bool, replace: bool
) -> None:
    """Replace the data by those of the backup FILE, also while the site serves.

    All staff have to sign in again afterwards. Records that are withheld now stay withheld, and
    accounts that are disabled now stay disabled. Accounts and listings that come back are listed
    before anything is changed.
    """
    read = settings()

    def announce(report: RestoreReport) -> None:
        click.echo(_manifest_sentence(report.manifest))
        for line in _returning_lines(report):
            click.echo(line)

    report = restore_backup(read, file, dry_run=dry_run, replace=replace, announce=announce)
    for line in _report_lines(report, dry_run=dry_run):
        click.echo(line)
    if not dry_run:
        with opened_instance(read) as instance:
            instance.index.sync_after_commit()
        click.echo("Restored. Run referral verify.")


@click.command("verify")
@click.pass_obj
def verify_command(settings: Callable[..., Settings]) -> None:
    """Check database, links, index, keys and files; the exit code is 1 if something is wrong."""
    with opened_instance(settings()) as instance:
        diagnosis = diagnose(instance, VERIFY)
    for each in diagnosis.findings:
        click.echo(f"{each.about}: {each.what} {each.do}")
    for about in diagnosis.fine:
        click.echo(f"{about}: as it should be")
    for about in diagnosis.not_looked_at:
        click.echo(f"{about}: not looked at")
    sys.exit(int(diagnosis.is_wrong))


def _manifest_sentence(manifest: Manifest) -> str:
    files = len(manifest.parts) - manifest.tables
    return (
        f"Backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC, version {manifest.version}, "
        f"{manifest.database}: {manifest.tables} tables with {manifest.rows} rows, {files} files."
    )


def _settings_lines(settings: Mapping[str, str]) -> list[str]:
    """Return lines on the settings to set again after a restore, as in the settings file."""
    yes_no = {"True": "yes", "False": "no"}
    known = [
        f"  REFERRAL_{name.upper()}={yes_no.get(value, value)}"
        for name, value in sorted(settings.items())
        if value
    ]
    others = ", ".join(sorted(name for name, value in settings.items() if not value))
    lines = ["Settings that were set when it was made:", *known] if known else []
    if others:
        lines.append(f"Settings that were set, whose values are not in a backup: {others}.")
    return lines


def _returning_lines(report: RestoreReport) -> list[str]:
    """Return lines on accounts and listings that a restored backup brings back or disables."""
    returning, lines = report.returning, []
    if returning.accounts:
        lines.append(f"Accounts that come back: {', '.join(returning.accounts)}.")
    if returning.disabled:
        lines.append(f"Accounts that stay disabled: {', '.join(returning.disabled)}.")
    if listings := returning.listings:
        lines.append(f"Listings that come back: {len(listings)}.")
        lines += [f"  {name}" for name in listings[:_LISTINGS_SHOWN]]
        if len(listings) > _LISTINGS_SHOWN:
            lines.append(f"  and {len(listings) - _LISTINGS_SHOWN} more.")
    if not report.is_present_known:
        lines.append(
            "The present data cannot all be read. What was withheld or disabled since the backup "
            "may be open again: look at both before people use the site."
        )
    return lines


def _report_lines(report: RestoreReport, *, dry_run: bool) -> list[str]:
    would = "would be" if dry_run else "were"
    lines = [f"{report.files} files {would} put into the instance folder."]
    if report.replaces < 0:
        lines.append(f"The database is damaged; its file {would} set aside.")
    elif report.replaces:
        lines.append(f"The data of now {would} set aside, and replaced.")
    if report.still_withheld:
        lines.append(
            f"{report.still_withheld} records stay withheld that were public in the backup: "
            "they were withheld since. Look at them in the list of what is withheld."
        )
    if report.still_retired:
        lines.append(
            f"{report.still_retired} records and parts stay off the list that were on it in the "
            "backup: lists that you follow took them away since."
        )
    if report.keys:
        lines.append(f"Keys that {would} put back: {', '.join(report.keys)}.")
    if report.unfit_keys:
        lines.append(
            f"Keys that are not those of the backup: {', '.join(report.unfit_keys)}. Set them as "
            "they were, or contacts cannot be opened and links in mail do not work."
        )
    lines += _settings_lines(report.manifest.settings)
    if report.set_aside:
        lines.append(f"What was there before is in {report.set_aside}.")
    return lines
