"""Runs of the ledger: the job, and when one is queued."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.jobs.job_queue import Job, add_job
from referral.jobs.records import JobState
from referral.jobs.rows import JobRow
from referral.open_data.ledger.ledger_updates import is_update_due, update_ledger

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
