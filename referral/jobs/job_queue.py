"""Job queue in the database, processed by one worker at a time, which has a lease.

A job whose worker was killed is run again, once. If that worker is killed too, the job may be the
reason, and is stopped until a person resumes it. Leases use the clock of the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import perf_counter

from sqlalchemy import ColumnElement, CursorResult, delete, func, not_, or_, select, update
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import DatabaseUnavailableError, RefusedError, refused
from referral.jobs.progress import forget_progress
from referral.jobs.rows import JobRow, JobState, WorkerLeaseRow
from referral.message import NOTHING, Message, message
from referral.store.availability import database_now

_log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A background job.

    ``is_stalled`` means that it is running but its worker has sent no heartbeat for a while.
    """

    id: int
    kind: str
    subject_id: str
    state: JobState
    account_id: str = ""
    message: Message = NOTHING
    is_stalled: bool

    @property
    def is_open(self) -> bool:
        """Return whether the job is waiting or running."""
        return self.state in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of background job.

    Attributes:
        run: executes a job.
        must_wait: returns whether a job cannot run yet.
        comes_last: whether jobs of other kinds go first, because this kind waits for other servers.
    """

    run: Callable[[Instance, Job], None]
    must_wait: Callable[[Session, Job], bool] = lambda _session, _job_from_row: False
    comes_last: bool = False


JobKinds = Mapping[str, JobKind]
"""The kinds of jobs that a worker runs, by name."""


def add_job(session: Session, kind: str, subject_id: str, account_id: str = "") -> None:
    """Add a job to the queue, in the transaction that makes it necessary."""
    session.add(
        JobRow(
            kind=kind,
            subject_id=subject_id,
            account_id=account_id,
            state=JobState.WAITING.value,
            created_at=datetime.now(UTC),
        )
    )


def latest_job(session: Session, subject_id: str, *, leaving_out: str = "") -> Job | None:
    """Return the latest job on a subject, except those of a kind."""
    conditions = (JobRow.subject_id == subject_id, JobRow.kind != leaving_out)
    row = session.scalar(select(JobRow).where(*conditions).order_by(JobRow.id.desc()).limit(1))
    if row is None:
        return None
    lease = select(WorkerLeaseRow.id).where(
        WorkerLeaseRow.owner == row.owner, _is_worker_alive(session)
    )
    is_stalled = row.state == JobState.RUNNING and session.scalar(lease) is None
    return _job_from_row(row, is_stalled=is_stalled)


def resume_job(instance: Instance, subject_id: str) -> None:
    """Put the latest job on a subject back into the queue after it stalled, stopped or failed.

    Raises:
        RefusedError: the job did none of this.
    """
    with instance.store.write() as session:
        job = latest_job(session, subject_id)
        if job is None or not (job.is_stalled or job.state in {JobState.STOPPED, JobState.FAILED}):
            raise refused("This work has not stopped. Look at the page again in a minute.")
        row = session.get_one(JobRow, job.id)
        row.state, row.owner, row.message = JobState.WAITING.value, "", NOTHING


def delete_jobs(session: Session, subject_id: str) -> None:
    """Delete all jobs on a subject."""
    session.execute(delete(JobRow).where(JobRow.subject_id == subject_id))


def run_jobs(instance: Instance, owner: str, kinds: JobKinds) -> int:
    """Run all waiting jobs unless another worker has the lease; return how many were run."""
    if not _take_lease(instance, owner):
        return 0
    count = 0
    with _heartbeat(instance, owner) as lost:
        while not lost.is_set() and (job := _claim_job(instance, owner, kinds)):
            _run_job(instance, job, kinds)
            count += 1
    _release_lease(instance, owner)
    return count


def has_work(instance: Instance, kinds: JobKinds) -> bool:
    """Return whether a waiting job can run and no worker has the lease."""
    with instance.store.read() as session:
        is_free = select(WorkerLeaseRow.id).where(_is_lease_free(session))
        return session.scalar(is_free) is not None and _next_job(session, kinds) is not None


def release_worker(instance: Instance, owner: str, new_state: JobState = JobState.STOPPED) -> None:
    """Release the lease and end the jobs of a worker that is dead, without waiting for a timeout.

    Args:
        new_state: new state of its jobs; ``WAITING`` if the worker was asked to stop.
    """
    with instance.store.write() as session:
        _end_running(session, JobRow.owner == owner, new_state)
    _release_lease(instance, owner)


def _run_job(instance: Instance, job: Job, kinds: JobKinds) -> None:
    """Run a job and store its state, with a message if it fails.

    The message of a refusal is shown as it is. Of other errors only the class is shown and logged,
    since their text may contain data.
    """
    state, reason = JobState.DONE, NOTHING
    started = perf_counter()
    try:
        kinds[job.kind].run(instance, job)
    except RefusedError as error:
        state, reason = JobState.FAILED, error.message
    except DatabaseUnavailableError:
        with instance.store.write() as session:  # if this fails too, the lease expires
            _end_running(session, JobRow.id == job.id, JobState.STOPPED)
        return
    except Exception as error:  # noqa: BLE001  # whatever it is, the next job must run
        _log.error("job %s (%s) failed: %s", job.id, job.kind, type(error).__name__)
        state = JobState.FAILED
        reason = message("Something went wrong (%(cause)s).", cause=type(error).__name__)
    with instance.store.write() as session:
        row = session.get(JobRow, job.id) or JobRow()
        row.state, row.message, row.finished_at = state.value, reason, datetime.now(UTC)
    forget_progress(instance, job.subject_id)
    seconds = perf_counter() - started
    _log.info(
        "job %s (%s) is %s after %.1f s",
        job.id,
        job.kind,
        state.value,
        seconds,
        extra={"job": job.id, "kind": job.kind, "seconds": round(seconds, 1)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """Numbers of jobs by state, without those that ended more than a day ago."""

    by_state: Mapping[str, int]
    oldest_waiting_seconds: float


def count_jobs(instance: Instance) -> JobCounts:
    """Count the jobs in each state, and the seconds that the oldest one has waited."""
    now = datetime.now(UTC)
    is_recent = or_(JobRow.finished_at.is_(None), JobRow.finished_at >= now - timedelta(days=1))
    statement = (
        select(JobRow.state, func.count().label("number")).where(is_recent).group_by(JobRow.state)
    )
    oldest = select(func.min(JobRow.created_at)).where(JobRow.state == JobState.WAITING)
    with instance.store.read() as session:
        counts = {row.state: row.number for row in session.execute(statement)}
        since = session.scalar(oldest)
    return JobCounts(
        by_state={state.value: counts.get(state.value, 0) for state in JobState},
        oldest_waiting_seconds=(now - since).total_seconds() if since else 0.0,
    )


def _is_worker_alive(session: Session) -> ColumnElement[bool]:
    """Return a condition: the worker has sent a heartbeat within the time of the lease.

    A heartbeat far in the future is from a clock that was ahead, and does not count.
    """
    now, lease_time = database_now(session), timedelta(seconds=LEASE_SECONDS)
    return WorkerLeaseRow.beat_at.between(now - lease_time, now + lease_time)


def _take_lease(instance: Instance, owner: str) -> bool:
    try:
        with instance.store.write() as session:
            is_free, now = _is_lease_free(session), database_now(session)
            is_taken = _update_lease(session, is_free, owner=owner, beat_at=now)
            if is_taken:
                _end_running(session, JobRow.owner != owner, JobState.STOPPED)
            return is_taken
    except DatabaseUnavailableError:
        return False  # another writer keeps the database busy, most likely a worker


def _update_lease(session: Session, condition: ColumnElement[bool], **values: object) -> bool:
    """Change the lease if it meets a condition; return whether it did."""
    result = session.execute(
        update(WorkerLeaseRow).where(WorkerLeaseRow.id == 1, condition).values(**values)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def _is_lease_free(session: Session) -> ColumnElement[bool]:
    return or_(WorkerLeaseRow.owner == "", not_(_is_worker_alive(session)))


def _end_running(session: Session, condition: ColumnElement[bool], state: JobState) -> None:
    """Set the state of running jobs whose worker is gone, and whose transactions are rolled back.

    Jobs that would be stopped wait again instead, if they were not resumed before.
    """
    if state is JobState.STOPPED:
        session.execute(
            update(JobRow)
            .where(JobRow.state == JobState.RUNNING, condition, JobRow.was_resumed.is_(False))
            .values(state=JobState.WAITING.value, owner="", was_resumed=True)
        )
    session.execute(
        update(JobRow)
        .where(JobRow.state == JobState.RUNNING, condition)
        .values(state=state.value, finished_at=datetime.now(UTC))
    )


def _release_lease(instance: Instance, owner: str) -> None:
    with instance.store.write() as session:
        _update_lease(session, WorkerLeaseRow.owner == owner, owner="", beat_at=None)


@contextmanager
def _heartbeat(instance: Instance, owner: str) -> Iterator[Event]:
    """Send heartbeats until the block ends; the yielded event is set when the lease is lost."""
    stop, lost = Event(), Event()

    def send_heartbeats() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                with instance.store.write() as session:
                    is_own_lease = WorkerLeaseRow.owner == owner
                    if not _update_lease(session, is_own_lease, beat_at=database_now(session)):
                        lost.set()
            except DatabaseUnavailableError:
                continue  # SQLite has one writer, which is most likely this job

    thread = Thread(target=send_heartbeats, name="job-beat", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)


def _claim_job(instance: Instance, owner: str, kinds: JobKinds) -> Job | None:
    with instance.store.write() as session:
        is_own_lease = WorkerLeaseRow.owner == owner
        has_lease = _update_lease(session, is_own_lease, beat_at=database_now(session))
        row = _next_job(session, kinds) if has_lease else None
        if row is None:
            return None
        row.state, row.owner = JobState.RUNNING.value, owner
        row.started_at = datetime.now(UTC)
        return _job_from_row(row)


def _next_job(session: Session, kinds: JobKinds) -> JobRow | None:
    waiting = select(JobRow).where(JobRow.state == JobState.WAITING)
    comes_last = JobRow.kind.in_([name for name, kind in kinds.items() if kind.comes_last])
    for row in session.scalars(waiting.order_by(comes_last, JobRow.id)):
        kind = kinds.get(row.kind)  # a job of an unknown kind is run too, and fails
        if kind is None or not kind.must_wait(session, _job_from_row(row)):
            return row
    return None


def _job_from_row(row: JobRow, *, is_stalled: bool = False) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        state=JobState(row.state),
        account_id=row.account_id,
        message=row.message,
        is_stalled=is_stalled,
    )
