"""Runs of the ledger: the job, and when one is queued."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.jobs.job_queue import Job, add_job
from referral.jobs.records import JobState
from referral.jobs.rows import JobRow
from referral.open_data.ledger.ledger_updates import is_update_due, update_ledger
from referral.store.connections.availability import log_failure

_log = logging.getLogger(__name__)

PUBLICATION = "publication"  # kind of the job, and its subject
_PAUSE = 4  # times what the last run took: while people edit, runs take a fifth of the time


def queue_ledger_update(directory: Directory) -> bool:
    """Queue a run where something changed since the last; whether it did.

    After edits it waits, so that runs take a small share of the time.
    """
    with directory.store.read() as session:
        if not is_update_due(session, directory) or _must_pause(session, directory):
            return False
    with directory.store.write() as session:
        if _last_job(session, is_open=True) is not None:
            return False
        session.execute(delete(JobRow).where(JobRow.kind == PUBLICATION))
        add_job(session, PUBLICATION, PUBLICATION)
    return True


def queue_ledger_updates_until(
    directory: Directory, stop: Event, every_seconds: float = 2.0
) -> None:
    """Do so now and then until told to stop; for a thread of its own."""
    while not stop.wait(every_seconds):
        try:
            queue_ledger_update(directory)
        except SQLAlchemyError as error:
            log_failure(_log, "the publication ledger was not updated: %s", error)


def run_ledger_job(directory: Directory, _job: Job) -> None:
    """Bring the ledger up to date as a background job."""
    done = update_ledger(directory)
    _log.info("published: %s changed, %s gone", done.changed, done.gone)


def _must_pause(session: Session, directory: Directory) -> bool:
    if _last_job(session, is_open=True) is not None:
        return True
    last = _last_job(session, is_open=False)
    if last is None or last.started_at is None or last.finished_at is None:
        return False
    took = last.finished_at - last.started_at + timedelta(seconds=1)  # a process starts
    return directory.now() < last.finished_at + _PAUSE * took


def _last_job(session: Session, *, is_open: bool) -> JobRow | None:
    states = [JobState.WAITING, JobState.RUNNING]
    state = JobRow.state.in_(states) if is_open else JobRow.state.not_in(states)
    wanted = select(JobRow).where(JobRow.kind == PUBLICATION, state)
    return session.scalar(wanted.order_by(JobRow.id.desc()).limit(1))
