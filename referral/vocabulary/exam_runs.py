"""Runs of the search exam: background job after each change of the vocabulary, and results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.jobs.job_queue import Job, add_job, delete_jobs, latest_job, resume_job
from referral.jobs.progress import Progress, progress_writer, read_progress
from referral.jobs.records import JobState
from referral.jobs.rows import JobRow
from referral.message import NOTHING, Message
from referral.records.accounts import Actor
from referral.search.evaluation.exam import Result, compute_metrics
from referral.vocabulary.rows import ExamRunRow
from referral.vocabulary.search_exam import ExamReport, examined, own_exam, run_exam

EXAM = "search exam"
ALL = "all"
OWN_EXAM, SAMPLE_EXAM = "own", "sample"
_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A phrase that did not pass: its rank (0: not in ten), what was missing or must not show."""

    id: str
    words: str
    rank: int
    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamRun:
    """How the exam went once; ``groups`` is kind of phrase → marks."""

    asked_at: datetime
    actor_name: str
    exam: str
    marks: Mapping[str, float]
    groups: Mapping[str, Mapping[str, float]]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamPage:
    """The last sitting that was finished, the one before it, and what goes on now.

    Attributes:
        is_working: one waits or runs.
        progress: how far it is.
        stopped: one stopped part-way; its message, if any, in ``message``.
        newly_failed, newly_passed: phrases that went the other way before.
    """

    last: ExamRun | None = None
    before: ExamRun | None = None
    is_working: bool = False
    progress: Progress = field(default_factory=Progress)
    is_stopped: bool = False
    message: Message = NOTHING
    newly_failed: tuple[Failure, ...] = ()
    newly_passed: tuple[Failure, ...] = ()

    def change(self, name: str) -> float | None:
        """By how much a mark went up since the sitting before, None where there was none."""
        if self.last is None or self.before is None:
            return None
        return round(self.last.marks[name] - self.before.marks[name], 4)


def queue_exam(session: Session, actor: Actor) -> None:
    """Have the exam sat, unless one waits already, which will see this change too."""
    waiting = select(JobRow.id).where(JobRow.kind == EXAM, JobRow.state == JobState.WAITING)
    if session.scalar(waiting.limit(1)) is not None:
        return
    run = ExamRunRow(id=str(uuid4()), asked_at=datetime.now(UTC), actor_name=actor.name)
    session.add(run)
    add_job(session, EXAM, run.id, actor.account_id)


def queue_exam_now(directory: Directory, actor: Actor) -> None:
    """Have the exam sat now; one that stopped part-way goes on."""
    with directory.store.write() as session:
        run = _newest(session)
        job = latest_job(session, run.id) if run and run.finished_at is None else None
        is_stopped = job is not None and (job.is_stalled or not job.is_open)
        if run is None or job is None or not is_stopped:
            queue_exam(session, actor)
            return
    resume_job(directory, run.id)


def read_exam(directory: Directory) -> ExamPage:
    """How the exam went last, beside the time before."""
    with directory.store.read() as session:
        newest = _newest(session)
        job = latest_job(session, newest.id) if newest and newest.finished_at is None else None
        sittings = _last_sittings(session)
    last, before = (*sittings, None, None)[:2]
    failed = _by_id(last) if last else {}
    failed_before = _by_id(before) if before else {}
    is_working = job is not None and job.is_open and not job.is_stalled
    return ExamPage(
        last=last,
        before=before,
        is_working=is_working,
        progress=read_progress(directory, job.subject_id) if job and is_working else Progress(),
        is_stopped=job is not None and not is_working,
        message=job.message if job else NOTHING,
        newly_failed=tuple(failed[one] for one in failed.keys() - failed_before.keys())
        if before
        else (),
        newly_passed=tuple(failed_before[one] for one in failed_before.keys() - failed.keys()),
    )


def run_exam_job(directory: Directory, job: Job) -> None:
    """Run the exam as a background job, and keep its result."""
    own = own_exam(directory.settings)
    progress = progress_writer(directory, job.subject_id)
    progress("Preparing", 0, 1)
    with examined(directory) as looked_at:
        report = run_exam(looked_at, own=own, progress=progress)
    with directory.store.write() as session:
        run = session.get_one(ExamRunRow, job.subject_id)
        run.exam = OWN_EXAM if own else SAMPLE_EXAM
        run.marks = _marks(report)
        run.failures = [_failure(result) for result in report.failures]
        run.finished_at = datetime.now(UTC)
        _forget_old(session)


def _marks(report: ExamReport) -> dict[str, Any]:
    """Over all phrases and for each kind of them, whichever half they belong to."""
    by_kind: dict[str, list[Result]] = {ALL: list(report.results)}
    for result in report.results:
        by_kind.setdefault(result.phrase.kind, []).append(result)
    return {kind: asdict(compute_metrics(results)) for kind, results in by_kind.items()}


def _failure(result: Result) -> dict[str, Any]:
    return {
        "id": result.phrase.id,
        "words": result.phrase.words,
        "rank": result.rank,
        "missing": [" / ".join(group) for group in result.missing],
        "forbidden": list(result.forbidden),
    }


def _newest(session: Session) -> ExamRunRow | None:
    newest = select(ExamRunRow).order_by(ExamRunRow.asked_at.desc(), ExamRunRow.id).limit(1)
    return session.scalar(newest)


def _last_sittings(session: Session) -> list[ExamRun]:
    """The last one and the one before it of the same exam."""
    row = ExamRunRow
    done = select(row).where(row.finished_at.is_not(None)).order_by(row.finished_at.desc())
    rows = session.scalars(done.limit(_KEPT)).all()
    if not rows:
        return []
    same = [each for each in rows[1:] if each.exam == rows[0].exam and _as_many(each, rows[0])]
    return [_sitting(each) for each in (rows[0], *same[:1])]


def _as_many(one: ExamRunRow, other: ExamRunRow) -> bool:
    return bool(one.marks[ALL]["phrases"] == other.marks[ALL]["phrases"])


def _sitting(row: ExamRunRow) -> ExamRun:
    return ExamRun(
        asked_at=row.asked_at,
        actor_name=row.actor_name,
        exam=row.exam,
        marks=row.marks[ALL],
        groups={kind: marks for kind, marks in row.marks.items() if kind != ALL},
        failures=tuple(
            Failure(
                id=each["id"],
                words=each["words"],
                rank=each["rank"],
                missing=tuple(each["missing"]),
                forbidden=tuple(each["forbidden"]),
            )
            for each in row.failures
        ),
    )


def _by_id(sitting: ExamRun) -> dict[str, Failure]:
    return {each.id: each for each in sitting.failures}


def _forget_old(session: Session) -> None:
    row = ExamRunRow
    kept = select(row.id).order_by(row.asked_at.desc()).limit(_KEPT)
    old = session.scalars(select(row.id).where(row.id.not_in(kept))).all()
    for run_id in old:
        delete_jobs(session, run_id)
    session.execute(delete(row).where(row.id.in_(old)))
