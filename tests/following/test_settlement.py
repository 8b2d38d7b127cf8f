"""What becomes of a list that was fetched: when a newer one may replace it, and what is settled."""

from datetime import UTC, datetime

import pytest

from referral.following.rows import FollowedSourceRow
from referral.following.settlement import drop_undecided_list, settle_earlier, settle_pull
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.rows import ImportProblemRow, ReviewItemRow
from referral.jobs.job_queue import Job
from referral.jobs.rows import JobState
from referral.message import message
from referral.store.rows_log import ImportBatchRow
from tests.support.rows import change_row

NOW = datetime(2026, 11, 2, tzinfo=UTC)
JOB = Job(id=1, kind="settle pull", subject_id="f", state=JobState.RUNNING, is_stalled=False)


@pytest.fixture
def source(instance):
    """Give a directory with a followed source whose last list waits for review."""
    with instance.store.write() as session:
        session.add(ImportBatchRow(id="b", source="erie", format="", list_name="", started_at=NOW,
                                   state="ready", upload="b.zip"))  # fmt: skip
        session.add(FollowedSourceRow(
            id="f", name="erie", kind="file", address="https://lists.example.org/", is_on=True,
            every_hours=24, batch_id="b", cursor="old", next_cursor="new", digest="d", etag="e",
            small_changes=[],
        ))  # fmt: skip
    return instance


def add_item(instance, group, decision, number=0):
    with instance.store.write() as session:
        session.add(ReviewItemRow(
            batch_id="b", number=number, kind="service", record_id="s", title="", subtitle="",
            change_group=group.value, changes=b"", decision=decision.value,
        ))  # fmt: skip


def row(instance, row_class=FollowedSourceRow, key="f"):
    with instance.store.read() as session:
        return session.get_one(row_class, key)


def add_doubt(instance, code, severity="doubt"):
    with instance.store.write() as session:
        session.add(ImportProblemRow(batch_id="b", number=0, code=code, severity=severity,
                                     message=message("x"), file="", line=0, column=""))  # fmt: skip


NAME, EDITED = ChangeGroup.NAME, ChangeGroup.EDITED


@pytest.mark.parametrize(
    ("items", "is_replaced"),
    [
        ([], True),
        ([(NAME, Decision.ACCEPT)], True),
        ([(EDITED, Decision.LEAVE)], True),
        ([(NAME, Decision.ACCEPT), (NAME, Decision.LEAVE)], False),
        ([(NAME, Decision.SOME)], False),
        ([(EDITED, Decision.ACCEPT)], False),
    ],
)
def test_a_list_is_replaced_until_somebody_decides_of_it(source, items, is_replaced):
    for number, (group, decision) in enumerate(items):
        add_item(source, group, decision, number)
    assert drop_undecided_list(source, "f") is is_replaced
    state = BatchState.DROPPED if is_replaced else BatchState.READY
    assert row(source, ImportBatchRow, "b").state == state


@pytest.mark.parametrize(
    ("state", "is_free"),
    [("uploaded", False), ("reading", False), ("mapping", False), ("applying", False),
     ("applied", True), ("failed", True), ("dropped", True)],
)  # fmt: skip
def test_a_list_at_work_is_not_replaced_and_a_settled_one_not_in_the_way(source, state, is_free):
    change_row(source.store, ImportBatchRow, "b", state=state)
    assert drop_undecided_list(source, "f") is is_free
    assert row(source, ImportBatchRow, "b").state == state


@pytest.mark.parametrize(
    ("state", "doubt", "is_settled", "is_shrunk"),
    [
        ("applied", "list-short", True, True),
        ("dropped", "list-short", True, False),
        ("applied", "one-value", True, False),
        ("undone", "list-short", True, False),
        ("ready", "list-short", False, False),
        ("failed", "list-short", False, False),
    ],
)
def test_a_short_list_that_a_person_applied_is_how_the_source_is_now(
    source, state, doubt, is_settled, is_shrunk
):
    change_row(source.store, ImportBatchRow, "b", state=state)
    add_doubt(source, doubt)
    with source.store.write() as session:
        settle_earlier(session, session.get_one(FollowedSourceRow, "f"))
    after = row(source)
    assert (after.is_shrunk, after.digest == "") == (is_shrunk, is_shrunk)
    assert (after.cursor, after.batch_id) == (("new", "") if is_settled else ("old", "b"))


def settle(instance):
    settle_pull(lambda _session, _ids: (), instance, JOB)
    return row(instance), BatchState(row(instance, ImportBatchRow, "b").state)


def test_a_list_that_changes_nothing_is_forgotten_unless_it_is_doubted(source):
    add_doubt(source, "list-short")
    assert settle(source)[1] is BatchState.READY
    with source.store.write() as session:
        session.query(ImportProblemRow).update({"severity": "warning"})
    after, state = settle(source)
    assert state is BatchState.DROPPED
    assert (after.batch_id, after.cursor, after.outcome) == ("", "new", "nothing-new")


def test_the_rest_of_a_list_without_changes_counts_as_applied(source):
    change_row(source.store, FollowedSourceRow, "f", is_rest=True)
    assert settle(source)[0].outcome == "applied"


@pytest.mark.parametrize(
    ("allowed", "doubt", "is_rest", "is_applied"),
    [
        (["phones"], "", False, True),
        ([], "", False, False),
        (["phones"], "list-short", False, False),
        (["phones"], "", True, False),
        (["hours"], "", False, False),
    ],
)
def test_small_changes_apply_unless_the_list_is_doubted_or_was_seen(
    source, allowed, doubt, is_rest, is_applied
):
    change_row(source.store, FollowedSourceRow, "f", small_changes=allowed, is_rest=is_rest)
    add_item(source, ChangeGroup.PHONE_CHANGED, Decision.ACCEPT)
    add_item(source, NAME, Decision.ACCEPT, 1)
    if doubt:
        add_doubt(source, doubt)
    _, state = settle(source)
    assert state is (BatchState.APPLYING if is_applied else BatchState.READY)
    other = row(source, ReviewItemRow, ("b", 1))
    assert other.decision == (Decision.LEAVE if is_applied else Decision.ACCEPT)


def test_a_list_that_failed_is_fetched_again(source):
    change_row(source.store, ImportBatchRow, "b", state="failed", message=message("It is no list."))
    after, _ = settle(source)
    assert (after.outcome, str(after.message), after.digest, after.etag) == (
        "failed", "It is no list.", "", "",
    )  # fmt: skip
