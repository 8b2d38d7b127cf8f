"""Job queue in the database: one worker at a time, holding a lease; jobs resume after a crash.

A job whose worker was killed is done again by itself, once; when that one is killed too, the job
may be the reason, and waits for somebody to resume it. Leases go by the clock of the database.
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

from referral.directory.context import Directory
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
    """A background job; ``is_stalled`` when its worker has sent no heartbeat for a while."""

    id: int
    kind: str
    subject_id: str
    state: JobState
    account_id: str = ""
    message: Message = NOTHING
    is_stalled: bool

    @property
    def is_open(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class JobKind:
    """What a kind of job does, and whether one that waits has to let others go first.

    Attributes:
        comes_last: all jobs of other kinds that may run go first, since it waits for strangers.
    """

    run: Callable[[Directory, Job], None]
    must_wait: Callable[[Session, Job], bool] = lambda _session, _job: False
    comes_last: bool = False


JobKinds = Mapping[str, JobKind]
"""All kinds of jobs that a worker knows, by name."""


def add_job(session: Session, kind: str, subject_id: str, account_id: str = "") -> None:
    """Queue a piece of work, in the transaction that makes it necessary."""
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
    """The last work on a subject, that of one kind left out."""
    of_subject = (JobRow.subject_id == subject_id, JobRow.kind != leaving_out)
    row = session.scalar(select(JobRow).where(*of_subject).order_by(JobRow.id.desc()).limit(1))
    if row is None:
        return None
    lease = select(WorkerLeaseRow.id).where(WorkerLeaseRow.owner == row.owner, _beats(session))
    is_stalled = row.state == JobState.RUNNING and session.scalar(lease) is None
    return _job(row, is_stalled=is_stalled)


def resume_job(directory: Directory, subject_id: str) -> None:
    """Queue work again that stopped part-way.

    Raises:
        RefusedError: it did not stop.
    """
    with directory.store.write() as session:
        job = latest_job(session, subject_id)
        if job is None or not (job.is_stalled or job.state in {JobState.STOPPED, JobState.FAILED}):
            raise refused("This work has not stopped. Look at the page again in a minute.")
        row = session.get_one(JobRow, job.id)
        row.state, row.owner, row.message = JobState.WAITING.value, "", NOTHING


def delete_jobs(session: Session, subject_id: str) -> None:
    """Forget the work on a subject that nobody wants any more."""
    session.execute(delete(JobRow).where(JobRow.subject_id == subject_id))


def run_jobs(directory: Directory, owner: str, kinds: JobKinds) -> int:
    """Do all the work that waits, as far as nobody else is at it; how many jobs were done."""
    if not _take_lease(directory, owner):
        return 0
    count = 0
    with _heartbeat(directory, owner) as lost:
        while not lost.is_set() and (job := _claim(directory, owner, kinds)):
            _run_job(directory, job, kinds)
            count += 1
    _release(directory, owner)
    return count


def has_work(directory: Directory, kinds: JobKinds) -> bool:
    """Whether a job waits and nobody else is at work."""
    with directory.store.read() as session:
        is_free = select(WorkerLeaseRow.id).where(_is_free(session))
        return session.scalar(is_free) is not None and _next(session, kinds) is not None


def release_worker(directory: Directory, owner: str, then: JobState = JobState.STOPPED) -> None:
    """Say that this worker is dead, so that nobody waits for its beat.

    Args:
        then: what becomes of its work; ``WAITING`` where it was told to stop and did no wrong.
    """
    with directory.store.write() as session:
        _leave_running(session, JobRow.owner == owner, then)
    _release(directory, owner)


def _run_job(directory: Directory, job: Job, kinds: JobKinds) -> None:
    """A refusal is told to people as it is; of anything else, only its kind: it may hold data."""
    state, told = JobState.DONE, NOTHING
    started = perf_counter()
    try:
        kinds[job.kind].run(directory, job)
    except RefusedError as error:
        state, told = JobState.FAILED, error.message
    except DatabaseUnavailableError:
        with directory.store.write() as session:  # while it is away, the lease runs out
            _leave_running(session, JobRow.id == job.id, JobState.STOPPED)
        return
    except Exception as error:  # noqa: BLE001  # whatever it is, the next job must have its turn
        _log.error("job %s (%s) failed: %s", job.id, job.kind, type(error).__name__)
        state = JobState.FAILED
        told = message("Something went wrong (%(cause)s).", cause=type(error).__name__)
    with directory.store.write() as session:
        row = session.get(JobRow, job.id) or JobRow()
        row.state, row.message, row.finished_at = state.value, told, datetime.now(UTC)
    forget_progress(directory, job.subject_id)
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
    """How many jobs are in each state, of those that ended in the last day and all others."""

    by_state: Mapping[str, int]
    oldest_waiting_seconds: float


def count_jobs(directory: Directory) -> JobCounts:
    """Count the jobs, and see for how long the oldest waits."""
    now = datetime.now(UTC)
    lately = or_(JobRow.finished_at.is_(None), JobRow.finished_at >= now - timedelta(days=1))
    statement = (
        select(JobRow.state, func.count().label("number")).where(lately).group_by(JobRow.state)
    )
    oldest = select(func.min(JobRow.created_at)).where(JobRow.state == JobState.WAITING)
    with directory.store.read() as session:
        counts = {row.state: row.number for row in session.execute(statement)}
        since = session.scalar(oldest)
    return JobCounts(
        by_state={state.value: counts.get(state.value, 0) for state in JobState},
        oldest_waiting_seconds=(now - since).total_seconds() if since else 0.0,
    )


def _beats(session: Session) -> ColumnElement[bool]:
    """The worker beat lately. A beat in the future is of a clock that was ahead, and none now."""
    now, near = database_now(session), timedelta(seconds=LEASE_SECONDS)
    return WorkerLeaseRow.beat_at.between(now - near, now + near)


def _take_lease(directory: Directory, owner: str) -> bool:
    try:
        with directory.store.write() as session:
            is_free, now = _is_free(session), database_now(session)
            taken = _updated(session, is_free, owner=owner, beat_at=now)
            if taken:
                _leave_running(session, JobRow.owner != owner, JobState.STOPPED)
            return taken
    except DatabaseUnavailableError:
        return False  # the one writer of the database is busy: somebody works


def _updated(session: Session, condition: ColumnElement[bool], **values: object) -> bool:
    """Whether the lease was as the condition says, and is changed now."""
    result = session.execute(
        update(WorkerLeaseRow).where(WorkerLeaseRow.id == 1, condition).values(**values)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def _is_free(session: Session) -> ColumnElement[bool]:
    return or_(WorkerLeaseRow.owner == "", not_(_beats(session)))


def _leave_running(session: Session, condition: ColumnElement[bool], state: JobState) -> None:
    """Whoever ran these is gone; what they wrote went with them.

    What would stop waits instead, if it was not resumed before.
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


def _release(directory: Directory, owner: str) -> None:
    with directory.store.write() as session:
        _updated(session, WorkerLeaseRow.owner == owner, owner="", beat_at=None)


@contextmanager
def _heartbeat(directory: Directory, owner: str) -> Iterator[Event]:
    """Beat until the block ends; the event is set when somebody else took over."""
    stop, lost = Event(), Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                with directory.store.write() as session:
                    mine = WorkerLeaseRow.owner == owner
                    if not _updated(session, mine, beat_at=database_now(session)):
                        lost.set()
            except DatabaseUnavailableError:
                continue  # SQLite has one writer, most likely this very job

    thread = Thread(target=beat, name="job-beat", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)


def _claim(directory: Directory, owner: str, kinds: JobKinds) -> Job | None:
    with directory.store.write() as session:
        mine = WorkerLeaseRow.owner == owner
        is_mine = _updated(session, mine, beat_at=database_now(session))
        row = _next(session, kinds) if is_mine else None
        if row is None:
            return None
        row.state, row.owner = JobState.RUNNING.value, owner
        row.started_at = datetime.now(UTC)
        return _job(row)


def _next(session: Session, kinds: JobKinds) -> JobRow | None:
    waiting = select(JobRow).where(JobRow.state == JobState.WAITING)
    last = JobRow.kind.in_([name for name, kind in kinds.items() if kind.comes_last])
    for row in session.scalars(waiting.order_by(last, JobRow.id)):
        kind = kinds.get(row.kind)  # one that nobody knows is taken too, and fails in words
        if kind is None or not kind.must_wait(session, _job(row)):
            return row
    return None


def _job(row: JobRow, *, is_stalled: bool = False) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        state=JobState(row.state),
        account_id=row.account_id,
        message=row.message,
        is_stalled=is_stalled,
    )
