"""Background threads of a serving process: index, texts, counts, job workers, daily clean-up."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from flask import Flask

from referral.accounts.sessions import write_sessions_seen
from referral.app.digest_mails import send_digests
from referral.app.job_kinds import JOB_KINDS, queue_due_jobs
from referral.app.tidy import tidy_once_a_day
from referral.backups.daily_backups import back_up_daily
from referral.backups.records import BackupError
from referral.capacity.statements import end_capacities
from referral.directory import shared_help_lines
from referral.directory.context import Directory, list_by_today
from referral.directory.gathered_counts import call_when_child_counts
from referral.directory.missed_searches import write_missed_searches
from referral.directory.node_files import NODE_FILES_SECONDS, note_node_files
from referral.imports.upload_files import take_over_old_uploads
from referral.jobs.worker_process import run_workers
from referral.open_data.ledger.ledger_runs import queue_ledger_updates_until
from referral.store.connections.availability import log_failure
from referral.store.files.local_copies import drop_old_copies
from referral.topic_suggestions.suggestion_runs import queue_when_changed
from referral.verification.website_checks import check_websites_until
from referral.web.health import FIRST_PAGE, FirstPage

log = logging.getLogger("referral.tidying")
_FOLLOW_SECONDS = 1.0
_TIDY_SECONDS = 15 * 60.0
_COUNT_SECONDS = 30.0
_PULL_SECONDS = 20.0
_COUNTING: list[Directory] = []
"""Those whose counts a thread of this process, or of the one it was forked from, writes."""

_Target = tuple[str, Callable[..., None], tuple[object, ...]]


@contextmanager
def follow_changes(app: Flask) -> Iterator[None]:
    """Keep the index in step, and start workers, for the length of a ``with`` block."""
    directory: Directory = app.extensions["referral"]
    take_over_old_uploads(directory)
    directory.store.limit_statements()
    stop = threading.Event()
    threads = [
        threading.Thread(target=target, args=args, name=name, daemon=True)
        for name, target, args in _targets(directory, stop)
    ]
    if not app.testing:
        threads.append(
            threading.Thread(
                target=_make_first_page, args=(app, stop), name="first-page", daemon=True
            )
        )
    for thread in threads:
        thread.start()
    _COUNTING.append(directory)
    try:
        yield
    finally:
        _COUNTING.remove(directory)
        stop.set()
        for thread in threads:
            thread.join(timeout=10)


def _targets(directory: Directory, stop: threading.Event) -> list[_Target]:
    """What has a thread of its own: its name, function and arguments."""
    targets: list[_Target] = [
        ("watch-database", directory.store.availability.watch_until, (stop,)),
        ("follow-changes", directory.index.follow, (stop, _FOLLOW_SECONDS)),
        ("follow-texts", directory.texts.follow_until, (stop, _FOLLOW_SECONDS)),
        ("follow-help-lines", shared_help_lines.follow_until, (directory, stop)),
        ("follow-day", follow_day_until, (directory, stop)),
        ("write-counts", write_counts_until, (directory, stop)),
        ("end-capacities", _end_capacities_until, (directory, stop)),
        ("queue-ledger", queue_ledger_updates_until, (directory, stop)),
    ]
    if directory.store.engine.dialect.name == "postgresql":
        targets.append(("follow-node-files", _note_node_files_until, (directory, stop)))
    if directory.settings.run_jobs:
        targets.append(("run-workers", run_workers, (directory, JOB_KINDS, stop)))
        targets.append(("queue-pulls", _queue_due_jobs_until, (directory, stop)))
        targets.append(("queue-suggestions", queue_when_changed, (directory, stop)))
        if directory.settings.check_websites:
            targets.append(("check-websites", check_websites_until, (directory, stop)))
    return targets


def _repeat_until(
    stop: threading.Event, seconds: float, act: Callable[[], object], failure: str
) -> None:
    """Do something every so many seconds until told to stop; the next time may fare better.

    Args:
        failure: what to log of a fault, with one ``%s`` for its kind.
    """
    while not stop.is_set():
        try:
            act()
        except Exception as error:  # noqa: BLE001  # one fault must not end the thread
            log_failure(log, failure, error)
        stop.wait(seconds)


def follow_day_until(
    directory: Directory, stop: threading.Event, seconds: float = _FOLLOW_SECONDS
) -> None:
    """Let listings appear and end soon after midnight, until told to stop."""

    def follow_day() -> None:
        if count := list_by_today(directory):
            log.info("A new day: %s listings appeared or ended.", count)

    _repeat_until(stop, seconds, follow_day, "The day of listings could not be moved: %s")


def _end_capacities_until(directory: Directory, stop: threading.Event) -> None:
    failure = "Room that was told too long ago is still there: %s"
    _repeat_until(stop, _COUNT_SECONDS, partial(end_capacities, directory), failure)


def _note_node_files_until(directory: Directory, stop: threading.Event) -> None:
    failure = "Digests of this node's files could not be written: %s"
    _repeat_until(stop, NODE_FILES_SECONDS, partial(note_node_files, directory), failure)


def _make_first_page(app: Flask, stop: threading.Event) -> None:
    page: FirstPage = app.extensions[FIRST_PAGE]
    while not stop.is_set():
        try:
            if page.make():
                return
        except Exception as error:  # noqa: BLE001  # the next time may fare better
            log_failure(log, "The first page could not be made: %s", error)
        stop.wait(_FOLLOW_SECONDS)


def _queue_due_jobs_until(directory: Directory, stop: threading.Event) -> None:
    if not stop.wait(_PULL_SECONDS):
        failure = "Due jobs could not be queued: %s"
        _repeat_until(stop, _PULL_SECONDS, partial(queue_due_jobs, directory), failure)


def write_counts_until(
    directory: Directory, stop: threading.Event, seconds: float = _COUNT_SECONDS
) -> None:
    """Write what pages have counted every so many seconds, and at the end."""
    while True:
        is_over = stop.is_set()
        try:
            write_counts(directory)
        except Exception as error:  # noqa: BLE001  # the next time may fare better
            log_failure(log, "Counts could not be written: %s", error)
        if is_over:
            return
        stop.wait(seconds)


def write_counts(directory: Directory) -> None:
    """Write what the pages of this process have counted; erase what could not be erased before.

    What was deleted on another node goes from this one's disk.
    """
    directory.view_counts.write(directory.store)
    drop_old_copies(directory.store, directory.settings.copies_path)
    write_missed_searches(directory)
    write_sessions_seen(directory)
    if directory.store.traces_remain:
        directory.store.erase_traces()


def _write_counts_of_child() -> None:
    for directory in _COUNTING:
        stop = threading.Event()
        thread = threading.Thread(
            target=write_counts_until, args=(directory, stop), name="write-counts", daemon=True
        )
        thread.start()
        atexit.register(_stop, stop, thread)


def _stop(stop: threading.Event, thread: threading.Thread) -> None:
    stop.set()
    thread.join(timeout=10)


call_when_child_counts(_write_counts_of_child)


@contextmanager
def tidy_daily(app: Flask, seconds: float = _TIDY_SECONDS) -> Iterator[None]:
    """Look every so many seconds whether the job is to be done, for a ``with`` block."""
    stop = threading.Event()
    thread = threading.Thread(
        target=_tidy_until, args=(app, stop, seconds), name="tidy-daily", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _tidy_until(app: Flask, stop: threading.Event, seconds: float) -> None:
    directory: Directory = app.extensions["referral"]
    while not stop.is_set():
        try:
            counts = tidy_once_a_day(directory)
            if counts is not None:
                send_digests(app)
            if back_up_daily(directory):
                log.info("The backup of the day is written.")
        except BackupError as error:
            log.warning("%s", error)
        except Exception as error:  # noqa: BLE001  # the next look may fare better; pages go on
            log_failure(log, "The daily job failed with %s.", error)
        else:
            if counts is not None:
                log.info("Tidied: %s", ", ".join(f"{name} {n}" for name, n in counts.items()))
        stop.wait(seconds)
