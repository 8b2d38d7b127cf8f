"""Background work of a serving process: rounds that three threads repeat.

Short rounds share one thread. The index has a thread, and rounds that may take minutes have
another, so that neither delays a short round. With PostgreSQL, a fourth thread watches the
database, since a server that does not answer blocks all others. Jobs such as imports run in a
process of their own.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

from flask import Flask

from referral.accounts.sessions import write_sessions_seen
from referral.app.digest_mails import send_digests
from referral.app.health import make_first_page
from referral.app.job_kinds import JOB_KINDS, queue_due_jobs
from referral.app.tidy import tidy_once_a_day
from referral.backups.daily_backups import back_up_daily
from referral.backups.records import BackupError
from referral.capacity.statements import retire_expired_capacities
from referral.directory.health import write_unnamed_proxy
from referral.directory.instance import Instance, list_by_today
from referral.directory.missed_searches import write_missed_searches
from referral.directory.node_files import note_node_files
from referral.directory.shared_help_lines import follow_help_lines
from referral.imports.upload_files import take_over_old_uploads
from referral.jobs.worker_process import Workers
from referral.open_data.ledger.ledger_updates import queue_ledger_update
from referral.store.availability import log_failure
from referral.store.stored_files import drop_old_copies
from referral.topic_suggestions.suggestion_runs import queue_if_changed
from referral.verification.website_checks import check_websites

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """A task that the background threads of a serving process repeat at intervals.

    Attributes:
        name: first words of the log line after a failure.
        seconds: pause from the end of one round to the next.
        waits: whether there is a pause before the first round too.
    """

    name: str
    seconds: float
    act: Callable[[], object]
    waits: bool = False


def run_rounds(rounds: Sequence[Round], stop: threading.Event) -> None:
    """Run background tasks when they are due, one after the other, until ``stop`` is set."""
    now = time.monotonic()
    due = [now + each.seconds if each.waits else now for each in rounds]
    while not stop.is_set():
        for number, each in enumerate(rounds):
            if due[number] <= time.monotonic() and not stop.is_set():
                do_round(each)
                due[number] = time.monotonic() + each.seconds
        stop.wait(max(0.0, min(due) - time.monotonic()))


def do_round(each: Round) -> None:
    """Run a background task once. An exception is logged by its class and not raised."""
    try:
        each.act()
    except Exception as error:  # noqa: BLE001  # one fault must not end the thread
        log_failure(log, f"{each.name} failed and is tried again: %s", error)


@contextmanager
def working_in_background(app: Flask) -> Iterator[None]:
    """Run the background threads of a serving process during a ``with`` block."""
    instance: Instance = app.extensions["referral"]
    take_over_old_uploads(instance)
    instance.store.limit_statements()
    stop = threading.Event()
    workers = Workers(instance, JOB_KINDS)

    def do_short_rounds() -> None:
        run_rounds(_short_rounds(app, workers), stop)
        do_round(Round("Writing counts", 0, partial(write_counts, instance)))

    targets: dict[str, Callable[[], None]] = {
        "short-rounds": do_short_rounds,
        "follow-index": partial(run_rounds, [index_round(instance, stop)], stop),
        "long-rounds": partial(run_rounds, _long_rounds(app, stop), stop),
    }
    if instance.store.engine.dialect.name == "postgresql":
        targets["watch-database"] = partial(instance.store.availability.watch_until, stop)
    threads = [
        threading.Thread(target=target, name=name, daemon=True) for name, target in targets.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        workers.stop()
        for thread in threads:
            thread.join(timeout=10)


def index_round(instance: Instance, stop: threading.Event, seconds: float = 1.0) -> Round:
    """Return the background task that updates the search index with the change log."""
    return Round("Index sync", seconds, partial(instance.index.follow, stop))


def _short_rounds(app: Flask, workers: Workers) -> list[Round]:
    instance: Instance = app.extensions["referral"]
    rounds = [
        *text_rounds(instance),
        Round("Following the day of listings", 1, partial(follow_day, instance)),
        Round("Ending statements of capacity", 30, partial(retire_expired_capacities, instance)),
        Round("Writing counts", 30, partial(write_counts, instance)),
        Round("Queueing the ledger", 2, partial(queue_ledger_update, instance), waits=True),
    ]
    if not app.testing:
        rounds.append(Round("Making the first page", 1, partial(make_first_page, app)))
    if instance.store.engine.dialect.name == "postgresql":
        rounds.append(Round("Noting files of this node", 60, partial(note_node_files, instance)))
    if instance.settings.run_jobs:
        rounds += [
            Round("Starting a worker", 1, workers.start_if_needed, waits=True),
            Round("Queueing due jobs", 20, partial(queue_due_jobs, instance), waits=True),
            Round("Queueing suggestions", 20, partial(queue_if_changed, instance), waits=True),
        ]
    return rounds


def text_rounds(instance: Instance, seconds: float = 1.0) -> list[Round]:
    """Return the background tasks that reload changed texts and help lines on this node."""
    return [
        Round("Following texts", seconds, instance.texts.refresh),
        Round("Following help lines", seconds, partial(follow_help_lines, instance)),
    ]


def _long_rounds(app: Flask, stop: threading.Event) -> list[Round]:
    instance: Instance = app.extensions["referral"]
    rounds = [
        Round("The daily job", 15 * 60, partial(_run_daily_job, instance)),
        Round("Sending summaries", 15 * 60, partial(send_digests, app)),
        Round("The daily backup", 15 * 60, partial(_back_up, instance)),
        Round("Returning freed memory", 30, return_freed_memory, waits=True),
    ]
    if instance.settings.run_jobs and instance.settings.check_websites:
        check = partial(check_websites, instance, stop)
        rounds.append(Round("Checking websites", 60, check, waits=True))
    return rounds


def follow_day(instance: Instance) -> None:
    """Show or hide listings whose first or last day was reached, soon after midnight."""
    if count := list_by_today(instance):
        log.info("A new day: %s listings appeared or ended.", count)


def write_counts(instance: Instance) -> None:
    """Store the counts that this process's pages collected, and retry pending erasures.

    Copies of files that another node deleted are removed from this node's disk.
    """
    instance.view_counts.write(instance.store)
    drop_old_copies(instance.store, instance.settings.copies_path)
    write_missed_searches(instance)
    write_sessions_seen(instance)
    write_unnamed_proxy(instance)
    if instance.store.traces_remain:
        instance.store.erase_traces()


def _run_daily_job(instance: Instance) -> None:
    counts = tidy_once_a_day(instance)
    if counts is not None:
        log.info("Tidied: %s", ", ".join(f"{name} {n}" for name, n in counts.items()))


def _back_up(instance: Instance) -> None:
    try:
        if back_up_daily(instance):
            log.info("The backup of the day is written.")
    except BackupError as error:
        log.warning("%s", error)


def return_freed_memory() -> None:
    """Return freed memory to the operating system, with glibc only, which retains much of it.

    Phrase vectors and new indexes are built in arrays ten times as large as the result.
    """
    if trim := _find_malloc_trim():
        trim(0)


@cache
def _find_malloc_trim() -> ctypes._NamedFuncPointer | None:
    """Return the function ``malloc_trim`` of the C library; None if it has none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library; Windows
        return None
