"""What may be done with an import in which state, and when uploads are forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from referral.errors import RefusedError
from referral.imports.batches import (
    apply_batch,
    blocking_batch,
    drop_batch,
    erase_settled_imports,
    reread_list,
    undo_batch,
    waiting_batches,
)
from referral.imports.records import BatchState
from referral.imports.rows import ImportProblemRow, ReviewItemRow, SourceRow
from referral.jobs.job_queue import add_job
from referral.jobs.rows import JobRow, WorkerLeaseRow
from referral.message import message
from referral.store.availability import database_now
from referral.store.rows_log import ImportBatchRow

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def add(instance, key="b", state="ready", source="county", **more):
    with instance.store.write() as session:
        values = {"format": "", "list_name": "", "started_at": NOW, "upload": f"{key}.zip", **more}
        session.add(ImportBatchRow(id=key, source=source, state=state, **values))


def state_of(instance, key="b"):
    with instance.store.read() as session:
        return BatchState(session.get_one(ImportBatchRow, key).state)


@pytest.mark.parametrize("state", [each.value for each in BatchState])
@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        (apply_batch, {"ready"}),
        (undo_batch, {"applied", "undone"}),
        (reread_list, {"ready", "failed"}),
    ],
)
def test_what_may_be_done_in_which_state(instance, act, allowed, state):
    add(instance, state=state)
    if state in allowed:
        act(instance, "b")
        assert state_of(instance) != state
    else:
        with pytest.raises(RefusedError, match="moved on"):
            act(instance, "b")


@pytest.mark.parametrize("state", [each.value for each in BatchState])
def test_what_was_applied_is_undone_and_not_dropped(instance, state):
    add(instance, state=state)
    if state in {"applied", "undoing", "undone"}:
        with pytest.raises(RefusedError, match="Undo it"):
            drop_batch(instance, "b")
    else:
        drop_batch(instance, "b")
        assert state_of(instance) is BatchState.DROPPED


@pytest.mark.parametrize(("owner", "is_dropped"), [("w", False), ("other", True)])
def test_a_list_at_which_somebody_works_is_not_dropped(instance, owner, is_dropped):
    add(instance, state="reading")
    with instance.store.write() as session:
        add_job(session, "read list", "b")
        session.flush()
        job, lease = session.query(JobRow).one(), session.get_one(WorkerLeaseRow, 1)
        job.state, job.owner = "running", "w"
        lease.owner, lease.beat_at = owner, database_now(session)
    if not is_dropped:
        with pytest.raises(RefusedError, match="goes on"):
            drop_batch(instance, "b")
        return
    drop_batch(instance, "b")
    assert state_of(instance) is BatchState.DROPPED


@pytest.mark.parametrize(("seconds", "is_stale"), [(-1, False), (0, False), (1, True)])
def test_a_list_is_stale_once_its_source_changed(instance, seconds, is_stale):
    add(instance, prepared_at=NOW)
    with instance.store.write() as session:
        session.add(SourceRow(name="county", changed_at=NOW + timedelta(seconds=seconds)))
        session.add(SourceRow(name="other", changed_at=NOW + timedelta(days=1)))
    if is_stale:
        with pytest.raises(RefusedError, match="Read it again"):
            apply_batch(instance, "b")
    else:
        apply_batch(instance, "b")


def test_every_doubt_has_to_be_confirmed_and_nothing_else(instance):
    add(instance)
    with instance.store.write() as session:
        session.add_all(
            ImportProblemRow(batch_id="b", number=number, code=code, severity=severity,
                             message=message("x"), file="", line=0, column="")
            for number, (code, severity) in enumerate(
                [("one", "doubt"), ("two", "doubt"), ("three", "error")])
        )  # fmt: skip
    for confirmed in ((), ("one",), ("two", "three")):
        with pytest.raises(RefusedError):
            apply_batch(instance, "b", confirmed=confirmed)
    apply_batch(instance, "b", confirmed=("one", "two"))


@pytest.mark.parametrize(
    ("state", "source", "minutes", "blocks"),
    [
        ("ready", "county", -1, True),
        ("undoing", "county", -1, True),
        ("mapping", "county", -1, True),
        ("applied", "county", -1, False),
        ("ready", "other", -1, False),
        ("ready", "county", 0, False),
        ("ready", "county", 1, False),
    ],
)
def test_an_older_list_of_the_source_comes_first(instance, state, source, minutes, blocks):
    add(instance, state="uploaded")
    add(instance, "c", state, source, started_at=NOW + timedelta(minutes=minutes))
    add(instance, "d", "dropped", started_at=NOW - timedelta(days=1))
    with instance.store.read() as session:
        found = blocking_batch(session, "b")
        assert (found.id if found else None) == ("c" if blocks else None)


def test_the_oldest_of_several_comes_first_and_people_wait_for_two_states(instance):
    for key, state in (("a", "ready"), ("b", "mapping"), ("c", "uploaded"), ("d", "applied")):
        add(instance, key, state, started_at=NOW + timedelta(minutes=ord(key)))
    assert waiting_batches(instance).count == 2
    with instance.store.read() as session:
        assert blocking_batch(session, "c").id == "a"


@pytest.mark.parametrize(
    ("state", "days", "is_erased"),
    [
        ("applied", 31, True),
        ("undone", 31, True),
        ("dropped", 31, True),
        ("failed", 31, True),
        ("ready", 31, False),
        ("mapping", 31, False),
        ("undoing", 31, False),
        ("applied", 30, False),
    ],
)
def test_uploads_and_reviews_are_forgotten_a_month_after_they_were_settled(
    instance, state, days, is_erased
):
    add(instance, state=state, started_at=NOW - timedelta(days=days))
    add(instance, "new", "applied")
    with instance.store.write() as session:
        session.add_all(
            ReviewItemRow(batch_id=key, number=0, kind="service", record_id="s", title="",
                          subtitle="", change_group="name", changes=b"", decision="accept")
            for key in ("b", "new")
        )  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        assert erase_settled_imports(instance) == (1 if is_erased else 0)
    with instance.store.read() as session:
        uploads = {row.id: bool(row.upload) for row in session.query(ImportBatchRow)}
        reviews = {row.batch_id for row in session.query(ReviewItemRow)}
    assert uploads == {"b": not is_erased, "new": True}
    assert reviews == ({"new"} if is_erased else {"b", "new"})
