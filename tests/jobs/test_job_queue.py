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
    def refuse(_instance, _job):
        raise RefusedError(message("Not today."))

    def fail(_instance, job):
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


def add(instance, *jobs, **values):
    with instance.store.write() as session:
        for kind, subject in jobs:
            add_job(session, kind, subject)
        session.flush()
        for row in session.query(JobRow):
            for name, value in values.items():
                setattr(row, name, value)


def lease(instance, owner, seconds_ago=0.0):
    with instance.store.write() as session:
        row = session.get_one(WorkerLeaseRow, 1)
        row.owner = owner
        beat = timedelta(seconds=seconds_ago or 0)
        row.beat_at = None if seconds_ago is None else database_now(session) - beat


def latest(instance, subject):
    with instance.store.read() as session:
        return latest_job(session, subject)


def test_jobs_are_done_in_order_but_for_those_that_let_others_go_first(instance, kinds, done):
    add(instance, ("last", "d"), ("last", "e"), ("patient", "a"), ("work", "b"), ("work", "c"))
    assert run_jobs(instance, "w", kinds) == 5
    assert done == ["b", "c", "a", "d", "e"]
    assert not has_work(instance, kinds)
    assert run_jobs(instance, "w", kinds) == 0
    release_worker(instance, "w")
    assert latest(instance, "a").state is JobState.DONE


def test_without_the_database_a_job_is_tried_once_more_and_the_next_has_its_turn(
    instance, kinds, done
):
    def lose_database(_instance, _job):
        raise DatabaseUnavailableError

    add(instance, ("away", "a"), ("work", "b"))
    assert run_jobs(instance, "w", {**kinds, "away": JobKind(lose_database)}) == 3
    assert done == ["b"]
    assert latest(instance, "a").state is JobState.STOPPED


@pytest.fixture
def beats(monkeypatch):
    """Let a worker beat often; give a function that waits for its next beat."""
    monkeypatch.setattr("referral.jobs.job_queue.HEARTBEAT_SECONDS", 0.01)

    def wait(instance):
        before = beat_at(instance)
        for _ in range(500):
            if beat_at(instance) != before:
                return
            time.sleep(0.01)
        pytest.fail("The worker does not beat.")

    return wait


def beat_at(instance):
    with instance.store.read() as session:
        return session.get_one(WorkerLeaseRow, 1).beat_at


def test_a_worker_beats_while_it_works_and_keeps_its_lease(instance, kinds, done, beats):
    add(instance, ("long", "a"), ("work", "b"))
    long = JobKind(lambda instance, _: (beats(instance), beats(instance)))
    assert run_jobs(instance, "w", {**kinds, "long": long}) == 2
    assert done == ["b"]
    assert latest(instance, "a").state is JobState.DONE


def test_a_worker_beats_on_after_the_database_was_busy(instance, kinds, beats, monkeypatch):
    refused = Event()

    def refuse(_store, *_arguments):
        refused.set()
        raise DatabaseUnavailableError

    def work(instance, _job):
        with monkeypatch.context() as busy:
            busy.setattr(Store, "write", refuse)
            assert refused.wait(5)
        beats(instance)

    add(instance, ("long", "a"))
    assert run_jobs(instance, "w", {**kinds, "long": JobKind(work)}) == 1
    assert latest(instance, "a").state is JobState.DONE


def test_a_job_is_running_while_it_runs_and_its_progress_is_forgotten(instance, kinds):
    told = []

    def work(instance, job):
        progress_writer(instance, job.subject_id)("reading", 1, 2)
        told.extend([job, latest(instance, "a"), read_progress(instance, "a").done])

    add(instance, ("seen", "a"))
    run_jobs(instance, "w", {**kinds, "seen": JobKind(work)})
    given, read, progress = told
    assert (given.state, given.is_stalled) == (JobState.RUNNING, False)
    assert read.is_open
    assert progress == 1
    assert read_progress(instance, "a").done == 0


def test_it_is_kept_and_logged_when_a_job_began_and_how_long_it_took(instance, kinds, caplog):
    add(instance, ("work", "a"))
    before = datetime.now(UTC)
    with caplog.at_level("INFO"):
        run_jobs(instance, "w", kinds)
    with instance.store.read() as session:
        row = session.query(JobRow).one()
        assert before <= row.started_at <= row.finished_at
    took = [each.seconds for each in caplog.records if hasattr(each, "seconds")]
    assert [seconds < 60 for seconds in took] == [True]


def test_no_job_is_taken_while_the_database_is_busy(instance, kinds, monkeypatch):
    def refuse(_store, *_arguments):
        raise DatabaseUnavailableError

    add(instance, ("work", "a"))
    monkeypatch.setattr(Store, "write", refuse)
    assert run_jobs(instance, "w", kinds) == 0


def test_a_job_may_delete_itself(instance, kinds):
    def forget(instance, job):
        with instance.store.write() as session:
            delete_jobs(session, job.subject_id)

    add(instance, ("forgotten", "a"))
    assert run_jobs(instance, "w", {**kinds, "forgotten": JobKind(forget)}) == 1


def test_a_job_that_fails_says_why_without_data_and_the_next_has_its_turn(instance, kinds, done):
    add(instance, ("refused", "r"), ("broken", "secret"), ("unknown", "u"), ("work", "w"))
    assert run_jobs(instance, "w", kinds) == 4
    assert done == ["w"]
    assert str(latest(instance, "r").message) == "Not today."
    told = latest(instance, "secret")
    assert (told.state, "ValueError" in str(told.message)) == (JobState.FAILED, True)
    assert "secret" not in str(told.message)
    assert latest(instance, "u").state is JobState.FAILED
    assert latest(instance, "w").state is JobState.DONE


@pytest.mark.parametrize(
    ("owner", "seconds_ago", "is_free"),
    [("", 0, True), ("other", 1, False), ("other", LEASE_SECONDS - 20, False),
     ("other", LEASE_SECONDS + 20, True), ("other", -LEASE_SECONDS - 20, True)],
)  # fmt: skip
def test_one_worker_at_a_time_until_its_beat_is_old(
    instance, kinds, done, owner, seconds_ago, is_free
):
    add(instance, ("work", "a"))
    lease(instance, owner, seconds_ago)
    assert has_work(instance, kinds) is is_free
    assert run_jobs(instance, "w", kinds) == (1 if is_free else 0)
    assert done == (["a"] if is_free else [])


def test_a_worker_that_lost_its_lease_takes_no_further_job(instance, kinds, done):
    taking_over = JobKind(lambda _, job: lease(instance, "other"))
    add(instance, ("taken over", "a"), ("work", "b"))
    assert run_jobs(instance, "w", {**kinds, "taken over": taking_over}) == 1
    assert done == []
    assert latest(instance, "b").state is JobState.WAITING
    assert not has_work(instance, kinds), "the lease of the other is ended"


@pytest.mark.parametrize(("was_resumed", "ran"), [(False, True), (True, False)])
def test_the_job_of_a_dead_worker_is_done_again_once(instance, kinds, done, was_resumed, ran):
    add(instance, ("work", "a"), state="running", owner="dead", was_resumed=was_resumed)
    lease(instance, "dead", LEASE_SECONDS + 20)
    assert latest(instance, "a").is_stalled
    assert run_jobs(instance, "w", kinds) == (1 if ran else 0)
    state = JobState.DONE if ran else JobState.STOPPED
    assert latest(instance, "a").state is state
    if not ran:
        resume_job(instance, "a")
        assert run_jobs(instance, "w", kinds) == 1


@pytest.mark.parametrize("was_resumed", [False, True])
def test_a_worker_that_was_told_to_stop_leaves_its_work_waiting(instance, kinds, was_resumed):
    add(instance, ("work", "a"), state="running", owner="w", was_resumed=was_resumed)
    lease(instance, "w")
    release_worker(instance, "other")
    assert latest(instance, "a").state is JobState.RUNNING
    assert not latest(instance, "a").is_stalled
    release_worker(instance, "w", JobState.WAITING)
    assert latest(instance, "a").state is JobState.WAITING
    assert latest(instance, "a").is_open
    assert has_work(instance, kinds), "another worker may do it at once"


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
    instance, owner, seconds_ago, is_stalled
):
    add(instance, ("work", "a"), state="running", owner="w")
    lease(instance, owner, seconds_ago)
    assert latest(instance, "a").is_stalled is is_stalled
    if is_stalled:
        resume_job(instance, "a")
        assert latest(instance, "a").state is JobState.WAITING
    else:
        with pytest.raises(RefusedError, match="not stopped"):
            resume_job(instance, "a")


@pytest.mark.parametrize(
    ("state", "can_be_resumed"),
    [("failed", True), ("stopped", True), ("done", False), ("waiting", False)],
)
def test_only_what_stopped_or_failed_is_resumed(instance, state, can_be_resumed):
    add(instance, ("work", "a"), state=state)
    if can_be_resumed:
        resume_job(instance, "a")
        assert latest(instance, "a").state is JobState.WAITING
    else:
        with pytest.raises(RefusedError):
            resume_job(instance, "a")


def test_work_that_nobody_queued_is_not_resumed(instance):
    with pytest.raises(RefusedError):
        resume_job(instance, "a")


def test_only_the_work_on_one_subject_is_forgotten_and_the_last_counts(instance):
    add(instance, ("work", "a"), ("refused", "a"), ("work", "b"))
    assert latest(instance, "a").kind == "refused"
    with instance.store.read() as session:
        assert latest_job(session, "a", leaving_out="refused").kind == "work"
    with instance.store.write() as session:
        delete_jobs(session, "a")
    assert latest(instance, "a") is None
    assert latest(instance, "b")


def test_counts_are_of_the_last_day_and_of_what_is_open(instance):
    now = datetime.now(UTC)
    assert count_jobs(instance).oldest_waiting_seconds == 0
    add(instance, ("work", "a"))
    for state, finished in (("done", 23), ("done", 25), ("failed", 25), ("waiting", None)):
        with instance.store.write() as session:
            session.add(JobRow(
                kind="work", subject_id="a", state=state,
                created_at=now - timedelta(hours=30 if state == "waiting" else 50),
                finished_at=now - timedelta(hours=finished) if finished else None,
            ))  # fmt: skip
    counts = count_jobs(instance)
    assert (counts.by_state["done"], counts.by_state["failed"], counts.by_state["waiting"]) == (
        1, 0, 2,
    )  # fmt: skip
    assert 30 * 3600 <= counts.oldest_waiting_seconds < 31 * 3600
