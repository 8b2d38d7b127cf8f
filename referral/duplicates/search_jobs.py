"""The search for duplicates as a background job, after a list that was fetched is applied."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.duplicates.candidates import find_duplicates
from referral.jobs.job_queue import Job, add_job
from referral.jobs.records import JobState
from referral.jobs.rows import JobRow

_log = logging.getLogger(__name__)

FIND_DUPLICATES = "find duplicates"  # kind of the job, and its subject


def queue_search(session: Session) -> None:
    """Let what changed be compared with everything, unless that waits already."""
    row = JobRow
    waiting = select(row.id).where(row.kind == FIND_DUPLICATES, row.state == JobState.WAITING.value)
    if session.scalar(waiting.limit(1)) is None:
        add_job(session, FIND_DUPLICATES, FIND_DUPLICATES)


def run_search_job(directory: Directory, _job: Job) -> None:
    """Look for duplicates as a background job."""
    looked = find_duplicates(directory)
    _log.info("%s records compared, %s likely duplicates", looked.compared, looked.found)
