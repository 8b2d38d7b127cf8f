"""What a followed list shows less of applies at once, whatever else waits for a person."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from referral.accounts.audit import AuditFilters, list_audit_entries
from referral.app.job_kinds import do_work
from referral.following.records import PullOutcome, SourceKind, usual_hours
from referral.following.small_changes import GONE
from referral.imports.batches import apply_batch, undo_batch
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.review import read_batch
from referral.store.rows import PhoneRow, ScheduleRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from tests.following.conftest import phones
from tests.following.test_pulls import START, many, many_bytes, pantry_bytes, service, shown
from tests.support.provider_lists import write_hsds, zipped


def visibility(instance, key):
    with instance.store.read() as session:
        return session.scalar(select(ServiceRow.visibility).where(ServiceRow.source_key == key))


def withholding(folder, **changes):
    """Give the pantry's list, which withholds the pantry from now on."""
    services = [
        {"id": "s1", "organization_id": "o1", "name": "Food pantry", "status": "active",
         "description": "Groceries.", "assured_date": "", "visibility": "withheld"},
        {"id": "s2", "organization_id": "o1", "name": "Domestic violence shelter",
         "status": "active", "description": "A safe house to stay in.", "assured_date": "",
         "visibility": ""},
    ]  # fmt: skip
    return pantry_bytes(folder, services=services, **changes)


def test_what_is_withheld_waits_for_no_decision_on_an_earlier_list(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    follower.take_all()
    follower.partner.files["/list.zip"] = pantry_bytes(
        tmp_path / "list", phones=phones("814-555-0177")
    )
    waiting = follower.pull().batch_id
    scope = DecisionScope(group=ChangeGroup.PHONE_CHANGED)
    decide(follower.instance, waiting, Decision.LEAVE, scope)
    follower.partner.files["/list.zip"] = withholding(tmp_path / "list")
    assert follower.pull().outcome is PullOutcome.STAGED
    assert visibility(follower.instance, "s1") == "withheld"
    assert follower.source.batch_id == waiting, "the list that somebody decides on stays"
    assert read_batch(follower.instance, waiting).state is BatchState.READY
    apply_batch(follower.instance, waiting)


@pytest.mark.slow
def test_what_is_withheld_waits_for_no_doubt_and_is_undone_as_one(follower, tmp_path):
    follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 20)
    follower.follow()
    follower.take_all()
    short = {name: rows[:10] for name, rows in many(20).items() if rows}
    for row in short["services"]:
        row["visibility"] = "withheld" if row["id"] == "x3" else ""
    (tmp_path / "short").mkdir()
    follower.partner.files["/list.zip"] = zipped(
        write_hsds(tmp_path / "short", **short)
    ).read_bytes()
    batch_id = follower.pull().batch_id
    assert visibility(follower.instance, "x3") == "withheld"
    assert len(shown(follower.instance)) == 20, "a short list takes nothing off"
    changes = read_batch(follower.instance, batch_id).line.counts["service"]
    assert not changes.get("changed"), "the review has no change that is made"
    actions = [each.action for each in list_audit_entries(follower.instance, AuditFilters())]
    assert actions.count("list-applied") == 2
    with follower.instance.store.read() as session:
        own = session.scalars(
            select(ImportBatchRow.id)
            .where(ImportBatchRow.id != batch_id, ImportBatchRow.state == BatchState.APPLIED.value)
            .order_by(ImportBatchRow.started_at.desc())
        ).first()
    undo_batch(follower.instance, own)
    do_work(follower.instance, "w")
    assert visibility(follower.instance, "x3") == "public"


def hours(*keys):
    return [
        {"id": key, "service_id": key[:2], "freq": "WEEKLY", "byday": "MO", "opens_at": "09:00",
         "closes_at": "12:00"}
        for key in keys
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (["s1-a", "s1-b", "s2-a"], ["s1-a", "s2-a"], {"s1-a", "s2-a"}),
        (["s1-a", "s2-a"], ["s2-a"], {"s1-a", "s2-a"}),
    ],
)
def test_the_last_hours_of_a_service_wait_for_a_person(follower, tmp_path, before, after, left):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list", schedules=hours(*before))
    follower.follow(small_changes=frozenset({GONE}))
    follower.take_all()
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list", schedules=hours(*after))
    follower.pull()
    assert shown(follower.instance, ScheduleRow) == left


@pytest.mark.slow
@pytest.mark.parametrize(("left_out", "still_shown"), [(1, 19), (5, 20)])
def test_what_an_api_no_longer_has_is_gone_unless_much_is_missing(follower, left_out, still_shown):
    with time_machine.travel(START, tick=False) as clock:
        services = {each["id"]: each for each in map(service, range(1, 21))}
        follower.partner.services = services
        follower.follow("/hsds", SourceKind.HSDS_API)
        follower.take_all()
        assert len(shown(follower.instance)) == 20
        for key in list(services)[:left_out]:
            del services[key]
        clock.shift(timedelta(days=8))
        follower.pull()
        assert len(shown(follower.instance)) == still_shown
        assert len(shown(follower.instance, PhoneRow)) == still_shown, (
            "what is gone takes its parts"
        )


@pytest.mark.slow
def test_pages_by_key_lose_nothing_while_services_are_withheld(follower):
    services = {each["id"]: each | {"phones": []} for each in map(service, range(100, 350))}
    follower.partner.services = services
    follower.partner.has_cursor_pages, follower.partner.withheld_per_page = True, 24
    follower.follow("/hsds", SourceKind.HSDS_API)
    follower.take_all()
    assert len(shown(follower.instance)) == 250


def test_a_feed_is_asked_each_hour_unless_somebody_says_otherwise():
    assert usual_hours(SourceKind.REFERRAL) == 1
    assert {usual_hours(kind) for kind in SourceKind if kind is not SourceKind.REFERRAL} == {24}
