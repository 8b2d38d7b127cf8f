"""Maintenance commands: tables, search index, checks, clean-up and background jobs.

``check``, ``help-lines``, ``index``, ``keys``, ``migrate``, ``seed``, ``tidy``, ``unplaced`` and
``work``.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import click

from referral.app.job_kinds import do_work
from referral.app.log_lines import start_logging
from referral.app.metrics import count_warnings_of_worker
from referral.app.tidy import tidy_by_hand
from referral.cli.file_access import refuse_readable_by_others
from referral.cli.progress import progress_bars
from referral.directory.heading_placement import list_unplaced_services
from referral.directory.help_lines import FILE, check_help_lines, help_lines, is_due
from referral.directory.instance import opened_instance
from referral.duplicates.candidates import find_duplicates
from referral.errors import InstanceError
from referral.imports.added_parts import list_added_parts
from referral.imports.seed_lists import load_base, load_sample
from referral.instance_keys import environment_lines
from referral.records.accounts import COMMAND_LINE
from referral.settings import Settings
from referral.verification.quality import check_quality
from referral.vocabulary.shipped_words import add_missing_words

_POLL_SECONDS = 2.0
_GC_THRESHOLD = 50_000  # a list in memory has many objects, hardly any of them garbage
_TIDY_LABELS = {
    "contacts": "ways to reach people erased",
    "inquiries": "inquiries reduced to counts",
    "slips": "slips ended",
    "notes": "shift notes over",
    "sessions": "old sessions of staff dropped",
    "links": "old links dropped",
    "capacities": "numbers of free places ended",
    "tries": "old tries to sign in dropped",
    "visits": "ended visits at terminals forgotten",
    "terminals": "shared computers taken back long ago dropped",
    "changes": "old entries of the change log dropped",
    "exports": "old files of exports dropped",
    "lists": "uploads of lists settled long ago dropped",
    "parts of files": "parts of files that never came in whole dropped",
    "encrypted again": "ways to reach people encrypted with the first of REFERRAL_CONTACT_KEYS",
    "not decrypted": "ways to reach people that none of REFERRAL_CONTACT_KEYS decrypts",
}


@click.command("keys")
@click.pass_context
def keys_command(context: click.Context) -> None:
    """Print the lines that set the keys in the environment of every node.

    Keys in use are repeated, from the environment or else from the instance folder. Others are new.
    Keep the lines secret, like passwords.
    """
    click.echo("\n".join(environment_lines(context.find_root().params["instance_path"])))


@click.command("migrate")
@click.pass_obj
def migrate_command(settings: Callable[..., Settings]) -> None:
    """Upgrade the tables of the database to this release, if needed."""
    with opened_instance(settings()):
        click.echo("The tables are up to date.")


@click.command("seed")
@click.option("--sample", is_flag=True, help="Load the invented sample county as well.")
@click.pass_obj
def seed_command(settings: Callable[..., Settings], *, sample: bool) -> None:
    """Load the headings, Referral's taxonomy, everyday words and national help lines.

    After an upgrade, this adds the words of the new version. Words that staff changed or deleted
    are left alone.
    """
    with opened_instance(settings()) as instance, progress_bars() as progress:
        (load_sample if sample else load_base)(instance, progress)
        added = add_missing_words(instance, COMMAND_LINE)
    click.echo("The seed data is in place.")
    if added:
        click.echo(f"{added} words of this version are new here; the page Words takes them back.")


@click.group("index")
def index_group() -> None:
    """Show, update or rebuild the search index of this node."""


@index_group.command("status")
@click.pass_obj
def index_status_command(settings: Callable[..., Settings]) -> None:
    """Print how many services are in the index and how many changes are not."""
    with opened_instance(settings()) as instance:
        status = instance.index.status()
    click.echo(f"{status.documents} services; {status.lag} changes not yet searchable.")


@index_group.command("sync")
@click.pass_obj
def index_sync_command(settings: Callable[..., Settings]) -> None:
    """Update the index with the changes since the last update."""
    with opened_instance(settings()) as instance:
        report = instance.index.sync()
    if report.waiting:
        click.echo("Another process is bringing the index up to date.")
    else:
        click.echo(f"The index is up to date ({report.services} services written).")


@index_group.command("rebuild")
@click.pass_obj
def index_rebuild_command(settings: Callable[..., Settings]) -> None:
    """Rebuild the index; searches use the old index until it is done."""
    with opened_instance(settings()) as instance, progress_bars() as progress:
        instance.index.rebuild(lambda done, total: progress("Indexing", done, total))
    click.echo("The index is new.")


@click.command("check")
@click.pass_obj
def check_command(settings: Callable[..., Settings]) -> None:
    """Search for duplicates, incomplete listings, and parts that lists added to others."""
    with opened_instance(settings()) as instance:
        summary = find_duplicates(instance)
        click.echo(f"{summary.compared} records compared: {summary.found} new pairs.")
        click.echo(f"{check_quality(instance)} listings looked at.")
        added = list_added_parts(instance)
    if added:
        click.echo(f"{len(added)} parts that lists added to listings of others: decide of each.")
    for part in added:
        click.echo(f"{part.source}: {part.kind} {part.record_id}, on {part.leader}")


@click.command("unplaced")
@click.pass_obj
def unplaced_command(settings: Callable[..., Settings]) -> None:
    """List services without a heading. A term, a heading or a crosswalk rule corrects this."""
    with opened_instance(settings()) as instance:
        services = list_unplaced_services(instance)
    click.echo(f"{len(services)} services are under no heading.")
    for service in services:
        click.echo(f"{service.id}  {service.name}")


@click.command("help-lines")
@click.pass_obj
def help_lines_command(settings: Callable[..., Settings]) -> None:
    """Show the help lines, and the errors in the library's own help_lines.csv.

    A library adds or changes lines in the file help_lines.csv in the instance folder, with the
    columns of seed_data/help_lines.csv. Pages show changes at once, on each node with the file.
    """
    opened_settings = settings()
    today = datetime.now(UTC).date()
    for line in help_lines(opened_settings):
        checked = f"checked {line.checked_on}" if line.checked_on else "never checked"
        due = "  CALL IT AGAIN" if is_due(line, today) else ""
        click.echo(f"{line.key:20} {line.phone or line.text_to:20} {checked}{due}")
    if problems := check_help_lines(opened_settings):
        for problem in problems:
            click.echo(f"{FILE}:{problem.line}: {problem.column}: {problem.detail}", err=True)
        raise InstanceError(f"{len(problems)} lines of {FILE} are left out until they are mended.")


@click.command("tidy")
@click.option("--clock-is-right", is_flag=True, help="Erase, however far the clock went on.")
@click.pass_obj
def tidy_command(settings: Callable[..., Settings], *, clock_is_right: bool) -> None:
    """Run the daily clean-up now. A serving site runs it by itself once a day.

    If the last clean-up was more than a week ago, the clock may be wrong. Then nothing is erased
    until two days later, or until you confirm that the clock is right.
    """
    with opened_instance(settings()) as instance:
        counts = tidy_by_hand(instance, is_clock_right=clock_is_right)
    for name, count in counts.items():
        click.echo(f"{count:6} {_TIDY_LABELS[name]}")


@click.command("work")
@click.option("--once", is_flag=True, help="Do what waits now, then stop.")
@click.option("--owner", default="", help="Name of this worker (default: its process number).")
@click.pass_obj
def work_command(settings: Callable[..., Settings], owner: str, *, once: bool) -> None:
    """Run background jobs, such as reading lists, one after the other.

    A serving process starts this command by itself unless REFERRAL_RUN_JOBS is no.
    """
    gc.set_threshold(_GC_THRESHOLD)
    owner = owner or f"work-{os.getpid()}"
    opened_settings = settings()
    refuse_readable_by_others(opened_settings)
    start_logging(opened_settings)
    count_warnings_of_worker()
    with opened_instance(opened_settings) as instance:
        while True:
            job_count = do_work(instance, owner)
            if once:
                break
            if not job_count:
                time.sleep(_POLL_SECONDS)
