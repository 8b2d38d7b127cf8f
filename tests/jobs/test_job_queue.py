"""The queue of jobs: order, failures, leases, and work whose worker is gone."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from referral.errors import DatabaseUnavailableError, RefusedError
from referral.jobs.job_queue import (
    LEASE_SECONDS,
    JobKind,
    add_job,
    count_jobs,
    delete_jobs,
    has_work,
    latest_job,
    release_worker,
    resume_job,
    run_jobs,
)
from referral.jobs.progress import progress_writer, read_progress
from referral.jobs.rows import JobRow, JobState, WorkerLeaseRow
from referral.message import message
from referral.store import Store
from referral.store.availability import database_now


@pytest.fixture
def directory_url(sqlite_databases):
    return sqlite_databases.filled()


@pytest.fixture
def done():
    """Give the subjects of the jobs that ran, in order."""
    return []


@pytest.fixture
def kinds(done):
    def refuse(_directory, _job):
        raise RefusedError(message("Not today."))

    def fail(_directory, job):
        raise ValueError(job.subject_id)

    return {
        "work": JobKind(lambda _, job: done.append(job.subject_id)),
        "patient": JobKind(
            lambda _, job: done.append(job.subject_id),
            lambda session, _: (
                session.query(JobRow).filter_by(kind="work", state="waiting").count() > 0
            ),
        ),
        "last": JobKind(lambda _, job: done.append(job.subject_id), comes_last=True),
        "refused": JobKind(refuse),
        "broken": JobKind(fail),
    }


def add(directory, *jobs, **values):
    with directory.store.write() as session:
        for kind, subject in jobs:
            add_job(session, kind, subject)
        session.flush()
        for row in session.query(JobRow):
            for name, value in values.items():
                setattr(row, name, value)


def lease(directory, owner, seconds_ago=0.0):
    with directory.store.write() as session:
        row = session.get_one(WorkerLeaseRow, 1)
        row.owner = owner
        beat = timedelta(seconds=seconds_ago or 0)
        row.beat_at = None if seconds_ago is None else database_now(session) - beat


def latest(directory, subject):
    with directory.store.read() as session:
        return latest_job(session, subject)


def test_jobs_are_done_in_order_but_for_those_that_let_others_go_first(directory, kinds, done):
    add(directory, ("last", "d"), ("last", "e"), ("patient", "a"), ("work", "b"), ("work", "c"))
    assert run_jobs(directory, "w", kinds) == 5
    assert done == ["b", "c", "a", "d", "e"]
    assert not has_work(directory, kinds)
    assert run_jobs(directory, "w", kinds) == 0
    release_worker(directory, "w")
    assert latest(directory, "a").state is JobState.DONE


def test_without_the_database_a_job_is_tried_once_more_and_the_next_has_its_turn(
    directory, kinds, done
):
    def lose_database(_directory, _job):
        raise DatabaseUnavailableError

    add(directory, ("away", "a"), ("work", "b"))
    assert run_jobs(directory, "w", {**kinds, "away": JobKind(lose_database)}) == 3
    assert done == ["b"]
    assert latest(directory, "a").state is JobState.STOPPED


@pytest.fixture
def beats(monkeypatch):
    """Let a worker beat often; give a function that waits for its next beat."""
    monkeypatch.setattr("referral.jobs.job_queue.HEARTBEAT_SECONDS", 0.01)

    def wait(directory):
        before = beat_at(directory)
        for _ in range(500):
            if beat_at(directory) != before:
                return
            time.sleep(0.01)
        pytest.fail("The worker does not beat.")

    return wait


def beat_at(directory):
    with directory.store.read() as session:
        return session.get_one(WorkerLeaseRow, 1).beat_at


def test_a_worker_beats_while_it_works_and_keeps_its_lease(directory, kinds, done, beats):
    add(directory, ("long", "a"), ("work", "b"))
    long = JobKind(lambda directory, _: (beats(directory), beats(directory)))
    assert run_jobs(directory, "w", {**kinds, "long": long}) == 2
    assert done == ["b"]
    assert latest(directory, "a").state is JobState.DONE


def test_a_worker_beats_on_after_the_database_was_busy(directory, kinds, beats, monkeypatch):
    refused = Event()

    def refuse(_store, *_arguments):
        refused.set()
        raise DatabaseUnavailableError

    def work(directory, _job):
        with monkeypatch.context() as busy:
            busy.setattr(Store, "write", refuse)
            assert refused.wait(5)
        beats(directory)

    add(directory, ("long", "a"))
    assert run_jobs(directory, "w", {**kinds, "long": JobKind(work)}) == 1
    assert latest(directory, "a").state is JobState.DONE


def test_a_job_is_running_while_it_runs_and_its_progress_is_forgotten(directory, kinds):
    told = []

    def work(directory, job):
        progress_writer(directory, job.subject_id)("reading", 1, 2)
        told.extend([job, latest(directory, "a"), read_progress(directory, "a").done])

    add(directory, ("seen", "a"))
    run_jobs(directory, "w", {**kinds, "seen": JobKind(work)})
    given, read, progress = told
    assert (given.state, given.is_stalled) == (JobState.RUNNING, False)
    assert read.is_open
    assert progress == 1
    assert read_progress(directory, "a").done == 0


def test_it_is_kept_and_logged_when_a_job_began_and_how_long_it_took(directory, kinds, caplog):
    add(directory, ("work", "a"))
    before = datetime.now(UTC)
    with caplog.at_level("INFO"):
        run_jobs(directory, "w", kinds)
    with directory.store.read() as session:
        row = session.query(JobRow).one()
        assert before <= row.started_at <= row.finished_at
    took = [each.seconds for each in caplog.records if hasattr(each, "seconds")]
    assert [seconds < 60 for seconds in took] == [True]


def test_no_job_is_taken_while_the_database_is_busy(directory, kinds, monkeypatch):
    def refuse(_store, *_arguments):
        raise DatabaseUnavailableError

    add(directory, ("work", "a"))
    monkeypatch.setattr(Store, "write", refuse)
    assert run_jobs(directory, "w", kinds) == 0


def test_a_job_may_delete_itself(directory, kinds):
    def forget(directory, job):
        with directory.store.write() as session:
            delete_jobs(session, job.subject_id)

    add(directory, ("forgotten", "a"))
    assert run_jobs(directory, "w", {**kinds, "forgotten": JobKind(forget)}) == 1


def test_a_job_that_fails_says_why_without_data_and_the_next_has_its_turn(directory, kinds, done):
    add(directory, ("refused", "r"), ("broken", "secret"), ("unknown", "u"), ("work", "w"))
    assert run_jobs(directory, "w", kinds) == 4
    assert done == ["w"]
    assert str(latest(directory, "r").message) == "Not today."
    told = latest(directory, "secret")
    assert (told.state, "ValueError" in str(told.message)) == (JobState.FAILED, True)
    assert "secret" not in str(told.message)
    assert latest(directory, "u").state is JobState.FAILED
    assert latest(directory, "w").state is JobState.DONE


@pytest.mark.parametrize(
    ("owner", "seconds_ago", "is_free"),
    [("", 0, True), ("other", 1, False), ("other", LEASE_SECONDS - 20, False),
     ("other", LEASE_SECONDS + 20, True), ("other", -LEASE_SECONDS - 20, True)],
)  # fmt: skip
def test_one_worker_at_a_time_until_its_beat_is_old(
    directory, kinds, done, owner, seconds_ago, is_free
):
    add(directory, ("work", "a"))
    lease(directory, owner, seconds_ago)
    assert has_work(directory, kinds) is is_free
    assert run_jobs(directory, "w", kinds) == (1 if is_free else 0)
    assert done == (["a"] if is_free else [])


def test_a_worker_that_lost_its_lease_takes_no_further_job(directory, kinds, done):
    taking_over = JobKind(lambda _, job: lease(directory, "other"))
    add(directory, ("taken over", "a"), ("work", "b"))
    assert run_jobs(directory, "w", {**kinds, "taken over": taking_over}) == 1
    assert done == []
    assert latest(directory, "b").state is JobState.WAITING
    assert not has_work(directory, kinds), "the lease of the other is ended"


@pytest.mark.parametrize(("was_resumed", "ran"), [(False, True), (True, False)])
def test_the_job_of_a_dead_worker_is_done_again_once(directory, kinds, done, was_resumed, ran):
    add(directory, ("work", "a"), state="running", owner="dead", was_resumed=was_resumed)
    lease(directory, "dead", LEASE_SECONDS + 20)
    assert latest(directory, "a").is_stalled
    assert run_jobs(directory, "w", kinds) == (1 if ran else 0)
    state = JobState.DONE if ran else JobState.STOPPED
    assert latest(directory, "a").state is state
    if not ran:
        resume_job(directory, "a")
        assert run_jobs(directory, "w", kinds) == 1


@pytest.mark.parametrize("was_resumed", [False, True])
def test_a_worker_that_was_told_to_stop_leaves_its_work_waiting(directory, kinds, was_resumed):
    add(directory, ("work", "a"), state="running", owner="w", was_resumed=was_resumed)
    lease(directory, "w")
    release_worker(directory, "other")
    assert latest(directory, "a").state is JobState.RUNNING
    assert not latest(directory, "a").is_stalled
    release_worker(directory, "w", JobState.WAITING)
    assert latest(directory, "a").state is JobState.WAITING
    assert latest(directory, "a").is_open
    assert has_work(directory, kinds), "another worker may do it at once"


@pytest.mark.parametrize(
    ("owner", "seconds_ago", "is_stalled"),
    [
        ("w", 0, False),
        ("other", 0, True),
        ("", 0, True),
        ("w", LEASE_SECONDS + 20, True),
        ("w", -LEASE_SECONDS - 20, True),
        ("w", None, True),
    ],
)
def test_running_work_is_stalled_without_the_beat_of_its_worker(
    directory, owner, seconds_ago, is_stalled
):
    add(directory, ("work", "a"), state="running", owner="w")
    lease(directory, owner, seconds_ago)
    assert latest(directory, "a").is_stalled is is_stalled
    if is_stalled:
        resume_job(directory, "a")
        assert latest(directory, "a").state is JobState.WAITING
    else:
        with pytest.raises(RefusedError, match="not stopped"):
            resume_job(directory, "a")


@pytest.mark.parametrize(
    ("state", "can_be_resumed"),
    [("failed", True), ("stopped", True), ("done", False), ("waiting", False)],
)
def test_only_what_stopped_or_failed_is_resumed(directory, state, can_be_resumed):
    add(directory, ("work", "a"), state=state)
    if can_be_resumed:
        resume_job(directory, "a")
        assert latest(directory, "a").state is JobState.WAITING
    else:
        with pytest.raises(RefusedError):
            resume_job(directory, "a")


def test_work_that_nobody_queued_is_not_resumed(directory):
    with pytest.raises(RefusedError):
        resume_job(directory, "a")


def test_only_the_work_on_one_subject_is_forgotten_and_the_last_counts(directory):
    add(directory, ("work", "a"), ("refused", "a"), ("work", "b"))
    assert latest(directory, "a").kind == "refused"
    with directory.store.read() as session:
        assert latest_job(session, "a", leaving_out="refused").kind == "work"
    with directory.store.write() as session:
        delete_jobs(session, "a")
    assert latest(directory, "a") is None
    assert latest(directory, "b")


def test_counts_are_of_the_last_day_and_of_what_is_open(directory):
    now = datetime.now(UTC)
    assert count_jobs(directory).oldest_waiting_seconds == 0
    add(directory, ("work", "a"))
    for state, finished in (("done", 23), ("done", 25), ("failed", 25), ("waiting", None)):
        with directory.store.write() as session:
            session.add(JobRow(
                kind="work", subject_id="a", state=state,
                created_at=now - timedelta(hours=30 if state == "waiting" else 50),
                finished_at=now - timedelta(hours=finished) if finished else None,
            ))  # fmt: skip
    counts = count_jobs(directory)
    assert (counts.by_state["done"], counts.by_state["failed"], counts.by_state["waiting"]) == (
        1, 0, 2,
    )  # fmt: skip
    assert 30 * 3600 <= counts.oldest_waiting_seconds < 31 * 3600
