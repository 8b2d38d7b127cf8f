"""Work in the background by a process of its own: killed, resumed, dropped; searches go on."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import func, select

from referral.app.job_kinds import JOB_KINDS, do_work
from referral.directory.search import find_services
from referral.errors import RefusedError
from referral.imports.batches import apply_batch, drop_batch, resume_batch, upload_list
from referral.imports.records import BatchState
from referral.imports.review import list_batches, read_batch
from referral.imports.upload_files import upload_path
from referral.jobs.job_queue import LEASE_SECONDS, has_work, release_worker
from referral.jobs.rows import JobRow, JobState, WorkerLeaseRow
from referral.jobs.worker_process import Workers, start_worker
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow
from referral.store.stored_files import stored_bytes
from tests.support.provider_lists import pantry_list, zipped
from tests.support.server import until
from tests.support.synthetic_list import write_list

SERVICES = 600  # so many that a worker is still writing when it is killed


def list_read(instance):
    """Have a list of some size read."""
    with TemporaryDirectory() as folder:
        path = zipped(write_list(Path(folder) / "list", SERVICES))
        with path.open("rb") as stream:
            upload_list(instance, stream, name="list.zip", source="county")
        do_work(instance, "reader")


@pytest.fixture
def directory_url(request, databases):
    """Give a database with that list where a test asks for it."""
    return databases.filled(list_read) if "ready" in request.fixturenames else databases.filled()


@pytest.fixture
def ready(instance):
    """Give the id of the batch of the list that was read."""
    [batch] = list_batches(instance)
    return batch.id


def services(instance):
    with instance.store.read() as session:
        return session.scalar(select(func.count()).select_from(ServiceRow))


def progress(instance, batch_id):
    return read_batch(instance, batch_id).progress


def kill_while_storing(instance, batch_id):
    apply_batch(instance, batch_id)
    process = start_worker(instance.settings, "unlucky")
    until(lambda: progress(instance, batch_id).what == "Storing")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_worker_killed_while_it_writes_leaves_nothing_and_its_work_is_resumed(instance, ready):
    kill_while_storing(instance, ready)
    assert services(instance) == 0
    page = read_batch(instance, ready)
    assert (page.state, page.job.state) == (BatchState.APPLYING, JobState.RUNNING)
    with instance.store.write() as session:  # a minute goes by
        lease = session.get_one(WorkerLeaseRow, 1)
        lease.beat_at = datetime.now(UTC) - timedelta(seconds=LEASE_SECONDS + 1)
    assert read_batch(instance, ready).job.is_stalled
    assert do_work(instance, "next") == 3, "the list, topics suggested for it, and its estimate"
    assert read_batch(instance, ready).state is BatchState.APPLIED
    assert services(instance) == SERVICES


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_work_that_stopped_can_be_dropped(instance, ready):
    assert upload_path(instance, ready).exists(), "a copy of this node"
    kill_while_storing(instance, ready)
    with pytest.raises(RefusedError, match="goes on"):
        drop_batch(instance, ready)
    release_worker(instance, "unlucky")
    drop_batch(instance, ready)
    assert read_batch(instance, ready).state is BatchState.DROPPED
    assert services(instance) == 0
    assert not stored_bytes(instance.store)
    assert not list(instance.settings.copies_path.iterdir())


def test_a_second_worker_waits_while_one_works(instance, tmp_path):
    with instance.store.write() as session:
        lease = session.get_one(WorkerLeaseRow, 1)
        lease.owner, lease.beat_at = "somebody", datetime.now(UTC)
    with zipped(pantry_list(tmp_path / "list")).open("rb") as stream:
        upload_list(instance, stream, name="list.zip", source="x")
    assert not has_work(instance, JOB_KINDS)
    assert do_work(instance, "second") == 0
    release_worker(instance, "somebody")
    assert has_work(instance, JOB_KINDS)
    assert do_work(instance, "second") == 1


def test_what_somebody_else_runs_is_not_resumed_twice(instance, ready):
    apply_batch(instance, ready)
    with pytest.raises(RefusedError, match="has not stopped"):
        resume_batch(instance, ready)
    with instance.store.read() as session:
        assert session.scalars(select(JobRow.state)).all() == ["done", "waiting"]


def test_work_is_resumed_once_by_itself_and_then_by_hand(instance, ready):
    apply_batch(instance, ready)
    for state in (JobState.WAITING, JobState.STOPPED):
        with instance.store.write() as session:
            row = session.scalars(select(JobRow).order_by(JobRow.id.desc())).first()
            row.state, row.owner = JobState.RUNNING.value, "unlucky"
        release_worker(instance, "unlucky")
        assert read_batch(instance, ready).job.state is state
    resume_batch(instance, ready)
    assert read_batch(instance, ready).job.state is JobState.WAITING


@pytest.mark.postgresql
def test_a_clock_that_is_ahead_takes_no_lease(instance, ready, time_machine):
    """Nodes share one PostgreSQL and its clock; SQLite is on one machine."""
    apply_batch(instance, ready)
    with instance.store.write() as session:
        lease = session.get_one(WorkerLeaseRow, 1)
        lease.owner, lease.beat_at = "somebody", datetime.now(UTC)
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=2))
    assert not has_work(instance, JOB_KINDS)
    assert do_work(instance, "ahead") == 0


@pytest.mark.slow
def test_searches_are_answered_while_a_list_is_written(instance, tmp_path, ready):
    """The pantry is found all the while, and then the rest is too."""
    with zipped(pantry_list(tmp_path / "pantry")).open("rb") as stream:
        pantry = upload_list(instance, stream, name="pantry.zip", source="pantries")
    do_work(instance, "w")
    apply_batch(instance, pantry)
    do_work(instance, "w")
    apply_batch(instance, ready)
    process = start_worker(instance.settings, "slow")
    answered = 0
    while process.poll() is None:
        page = find_services(instance, SearchQuery(words="groceries bread"), Audience.PUBLIC)
        assert "Food pantry" in {card.service.name for card in page.cards}
        answered += 1
    assert process.returncode == 0
    assert answered > 10
    assert read_batch(instance, ready).state is BatchState.APPLIED


@pytest.mark.slow
def test_a_serving_process_has_work_done_in_another(instance, tmp_path):
    workers = Workers(instance, JOB_KINDS)

    def is_ready():
        workers.start_if_needed()
        return read_batch(instance, batch_id).state is BatchState.READY

    try:
        with zipped(pantry_list(tmp_path / "list")).open("rb") as stream:
            batch_id = upload_list(instance, stream, name="list.zip", source="x")
        until(is_ready)
    finally:
        workers.stop()
    assert [line.id for line in list_batches(instance)] == [batch_id]
