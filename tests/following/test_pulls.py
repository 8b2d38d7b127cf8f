"""Pulls of followed sources: what they stage, apply by themselves, retire, and leave alone."""

import os
import shutil
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from referral.accounts.rows import AuditEntryRow
from referral.app.checks import DOCTOR, diagnose
from referral.app.job_kinds import do_work
from referral.duplicates.merge import merge_records
from referral.errors import RefusedError
from referral.following.followed_sources import failing_sources, forget_followed, save_followed
from referral.following.pulls import pause_after, queue_due_pulls
from referral.following.records import PullOutcome, SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import GONE, PHONES
from referral.imports.batches import apply_batch, drop_batch, undo_batch
from referral.imports.decisions import DecisionScope, decide
from referral.imports.records import BatchState, ChangeGroup, Decision
from referral.imports.review import read_batch
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Organization, Service
from referral.records.listing import Credit
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, PhoneRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from referral.verification.rows import VerificationTryRow
from referral.verification.suggestions import list_answers
from tests.following.conftest import NAME, phones
from tests.support.pairs import store
from tests.support.provider_lists import pantry_list, zipped

START = "2026-11-02 09:00"


def pantry_bytes(folder, **changes):
    shutil.rmtree(folder, ignore_errors=True)
    return zipped(pantry_list(folder, **changes)).read_bytes()


def many(count):
    return {
        "organizations": [
            {"id": "o1", "name": "Shepherd's Shelf", "description": "We help.", "website": ""}
        ],
        "services": [
            {
                "id": f"x{n}", "organization_id": "o1", "name": f"Pantry {n}",
                "description": f"Groceries {n}.", "status": "active", "assured_date": "",
            }
            for n in range(count)
        ],
        "phones": [
            {
                "id": f"p{n}", "service_id": f"x{n}", "number": f"814-555-{n + 1000}",
                "type": "voice",
            }
            for n in range(count)
        ],
        "locations": [], "addresses": [], "service_at_location": [], "schedules": [],
    }  # fmt: skip


def many_bytes(folder, count):
    files = {name: rows for name, rows in many(count).items() if rows}
    shutil.rmtree(folder, ignore_errors=True)
    pantry_list(folder, **files)
    for name in ("locations", "addresses", "service_at_location", "schedules"):
        (folder / f"{name}.csv").unlink()
    return zipped(folder).read_bytes()


def shown(instance, row=ServiceRow):
    with instance.store.read() as session:
        return set(session.scalars(select(row.source_key).where(row.retired_at.is_(None))))


def number_of(instance, key):
    with instance.store.read() as session:
        return session.scalar(select(PhoneRow.number).where(PhoneRow.source_key == key))


def test_nothing_is_fetched_until_an_admin_follows_a_source(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow(is_on=False)
    assert queue_due_pulls(follower.instance) == 0
    do_work(follower.instance, "w")
    assert follower.partner.requests == []
    follower.follow()
    assert queue_due_pulls(follower.instance) == 1
    assert queue_due_pulls(follower.instance) == 0
    do_work(follower.instance, "w")
    assert follower.partner.requests == ["/list.zip"]
    assert read_batch(follower.instance, follower.source.batch_id).state is BatchState.READY
    assert shown(follower.instance) == set()


@pytest.mark.slow
def test_a_list_is_reviewed_applied_and_undone_like_any_import(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    follower.take_all()
    batch_id = follower.source.batch_id
    assert shown(follower.instance) == {"s1", "s2"}
    assert follower.pull().outcome is PullOutcome.NOTHING_NEW
    assert follower.source.batch_id == ""
    assert len(follower.partner.requests) == 2
    undo_batch(follower.instance, batch_id)
    do_work(follower.instance, "w")
    assert shown(follower.instance) == set()


@pytest.mark.slow
def test_a_newer_list_takes_the_place_of_one_that_nobody_has_begun_to_review(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    first = follower.pull().batch_id
    assert follower.pull().batch_id == first
    follower.partner.files["/list.zip"] = pantry_bytes(
        tmp_path / "list", phones=phones("814-555-0177")
    )
    second = follower.pull().batch_id
    assert read_batch(follower.instance, first).state is BatchState.DROPPED
    assert read_batch(follower.instance, second).state is BatchState.READY
    decide(follower.instance, second, Decision.LEAVE, DecisionScope(group=ChangeGroup.SERVICE_NEW))
    follower.partner.files["/list.zip"] = pantry_bytes(
        tmp_path / "list", phones=phones("814-555-0178")
    )
    assert follower.pull().batch_id == second
    assert read_batch(follower.instance, second).state is BatchState.READY
    drop_batch(follower.instance, second)
    assert follower.pull().batch_id not in {"", second}


@pytest.mark.slow
def test_what_a_review_leaves_by_itself_is_no_begun_review(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    follower.take_all()
    waiting = []
    for name in ("asdfgh", "xkcdfg"):
        organization = {"id": "o1", "name": name, "description": "We help.", "website": ""}
        follower.partner.files["/list.zip"] = pantry_bytes(
            tmp_path / "list", organizations=[organization]
        )
        waiting.append(follower.pull().batch_id)
    first, second = waiting
    assert [each.group for each in read_batch(follower.instance, second).groups] == ["odd"]
    assert read_batch(follower.instance, first).state is BatchState.DROPPED


@pytest.mark.slow
def test_a_failed_pull_changes_nothing_and_waits_longer_each_time(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    follower.take_all()
    pauses = []
    for fault in ("half", "reset", "503", "half", "503"):
        assert failing_sources(follower.instance).count == 0
        follower.partner.fault = fault
        source = follower.pull()
        assert source.outcome is PullOutcome.FAILED
        assert source.message
        pauses.append(source.next_at - source.pulled_at)
    assert pauses == [timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240)]
    assert failing_sources(follower.instance).count == 1
    assert "followed sources" in {
        str(each.about) for each in diagnose(follower.instance, DOCTOR).findings
    }
    assert pause_after(40, 24) == timedelta(days=2)
    assert shown(follower.instance) == {"s1", "s2"}
    follower.partner.fault = ""
    assert follower.pull().failures == 0
    assert failing_sources(follower.instance).count == 0


@pytest.mark.slow
def test_small_changes_apply_by_rule_and_all_else_waits(follower, tmp_path):
    folder = tmp_path / "list"
    follower.partner.files["/list.zip"] = pantry_bytes(folder)
    follower.follow(small_changes=frozenset({PHONES}))
    follower.take_all()
    address = {
        "id": "d1", "location_id": "l1", "address_1": "5 Oak St", "city": "Meadville",
        "state_province": "PA", "postal_code": "16335", "country": "US",
        "address_type": "physical",
    }  # fmt: skip
    follower.partner.files["/list.zip"] = pantry_bytes(
        folder, phones=phones("814-555-0177"), addresses=[address]
    )
    source = follower.pull()
    assert number_of(follower.instance, "p1") == "814-555-0177"
    assert read_batch(follower.instance, source.batch_id).state is BatchState.READY
    groups = {group.group for group in read_batch(follower.instance, source.batch_id).groups}
    assert ChangeGroup.ADDRESS_CHANGED in groups
    assert ChangeGroup.PHONE_CHANGED not in groups
    with follower.instance.store.read() as session:
        who = select(AuditEntryRow.actor_name).where(AuditEntryRow.action == "list-applied")
        assert "followed list" in session.scalars(who).all()


@pytest.mark.slow
def test_the_phone_of_a_listing_that_somebody_here_checked_waits(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow(small_changes=frozenset({PHONES}))
    follower.take_all()
    with follower.instance.store.write() as session:
        service = session.scalar(select(ServiceRow.id).where(ServiceRow.source_key == "s1"))
        session.add(
            VerificationTryRow(
                id="t1", service_id=service, tried_at=follower.instance.now(),
                how="phone", result="confirmed",
            )
        )  # fmt: skip
    follower.partner.files["/list.zip"] = pantry_bytes(
        tmp_path / "list", phones=phones("814-555-0177")
    )
    follower.pull()
    assert number_of(follower.instance, "p1") == "814-555-0101"
    assert read_batch(follower.instance, follower.source.batch_id).state is BatchState.READY


@pytest.mark.slow
def test_the_phone_of_a_withheld_place_waits(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow(small_changes=frozenset({PHONES}))
    follower.take_all()
    shelter = phones("814-555-0101")
    shelter[1]["number"] = "814-555-0199"
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list", phones=shelter)
    follower.pull()
    assert number_of(follower.instance, "p2") == "814-555-0102"
    assert read_batch(follower.instance, follower.source.batch_id).state is BatchState.READY


@pytest.mark.slow
def test_a_record_is_gone_after_three_whole_lists_over_seven_days(follower, tmp_path):
    with time_machine.travel(START, tick=False) as clock:
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 12)
        follower.follow()
        follower.take_all()
        assert len(shown(follower.instance)) == 12
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 11)
        for days in (1, 1, 1, 1, 2):
            clock.shift(timedelta(days=days))
            assert follower.pull().batch_id == "", "it lacks too little for too short a time"
        clock.shift(timedelta(days=3))
        batch_id = follower.pull().batch_id
        groups = read_batch(follower.instance, batch_id).groups
        assert [(group.group, group.count) for group in groups] == [(ChangeGroup.SERVICE_GONE, 1)]
        apply_batch(follower.instance, batch_id)
        do_work(follower.instance, "w")
        assert shown(follower.instance) == {f"x{n}" for n in range(11)}
        assert "p11" not in shown(follower.instance, PhoneRow)


@pytest.mark.slow
def test_what_comes_back_in_time_is_counted_anew(follower, tmp_path):
    with time_machine.travel(START, tick=False) as clock:
        whole, less = (many_bytes(tmp_path / "list", count) for count in (12, 11))
        follower.partner.files["/list.zip"] = whole
        follower.follow()
        follower.take_all()
        # The last one lacks it for eight days, but is only the second.
        for content, days in ((less, 4), (less, 4), (whole, 4), (less, 4), (less, 8)):
            follower.partner.files["/list.zip"] = content
            clock.shift(timedelta(days=days))
            assert follower.pull().batch_id == ""
        assert len(shown(follower.instance)) == 12


@pytest.mark.slow
def test_a_short_list_retires_nothing_however_often_it_comes(follower, tmp_path):
    with time_machine.travel(START, tick=False) as clock:
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 12)
        follower.follow()
        follower.take_all()
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 9)
        for _ in range(5):
            clock.shift(timedelta(days=4))
            source = follower.pull()
        page = read_batch(follower.instance, source.batch_id)
        assert [doubt.code for doubt in page.doubts] == ["list-short"]
        apply_batch(follower.instance, source.batch_id, confirmed=["list-short"])
        do_work(follower.instance, "w")
        assert len(shown(follower.instance)) == 12
        for _ in range(3):  # a person said that the list is right
            clock.shift(timedelta(days=4))
            source = follower.pull()
        groups = read_batch(follower.instance, source.batch_id).groups
        assert [(group.group, group.count) for group in groups] == [(ChangeGroup.SERVICE_GONE, 3)]


@pytest.mark.slow
def test_a_folder_is_read_when_its_newest_file_is_complete(follower, tmp_path):
    folder = tmp_path / "drops" / "county"
    folder.mkdir()
    follower.follow("county", SourceKind.FOLDER)
    assert follower.pull().outcome is PullOutcome.FAILED
    path = folder / "list.zip"
    path.write_bytes(pantry_bytes(tmp_path / "list"))
    assert "still being written" in str(follower.pull().message)
    os.utime(path, (1, 1))
    follower.take_all()
    assert shown(follower.instance) == {"s1", "s2"}
    assert follower.pull().outcome is PullOutcome.NOTHING_NEW


@pytest.mark.parametrize("name", ["../secrets", "/etc", "a/b", "", ".."])
def test_a_folder_lies_below_that_of_the_settings(follower, name):
    with pytest.raises(RefusedError, match="one folder"):
        save_followed(
            follower.instance,
            SourceForm(name=NAME, kind=SourceKind.FOLDER, address=name, is_on=True),
        )


@pytest.mark.parametrize(
    "address", ["http://lists.example.org/all.zip", "ftp://lists.example.org/", "all.zip"]
)
def test_an_address_begins_with_https(follower, address):
    with pytest.raises(RefusedError, match="https"):
        follower.follow(address)


def service(key, number="", **more):
    return {
        "id": f"7d2f8a3e-0000-4000-8000-{key:012}", "name": f"Pantry {key}", "status": "active",
        "description": f"Groceries {key}.", "last_modified": "2026-10-01T00:00:00+00:00",
        "organization": {
            "id": "7d2f8a3e-1111-4000-8000-000000000001", "name": "Shepherd's Shelf",
            "description": "We help.",
        },
        "phones": [{"id": f"7d2f8a3e-2222-4000-8000-{key:012}", "number": number or f"814-555-{key:04}"}],
        **more,
    }  # fmt: skip


@pytest.mark.slow
def test_an_api_is_asked_for_all_and_then_for_what_changed(follower):
    with time_machine.travel(START, tick=False) as clock:
        partner = follower.partner
        partner.services = {each["id"]: each for each in map(service, range(1, 121))}
        follower.follow("/hsds", SourceKind.HSDS_API)
        follower.take_all()
        assert len(shown(follower.instance)) == 120
        partner.requests.clear()
        clock.shift(timedelta(days=1))
        changed = service(7, "814-555-0177", last_modified="2026-11-03T00:00:00+00:00")
        partner.services[changed["id"]] = changed
        follower.take_all()
        assert "modified_after=2026-11-01T09" in partner.requests[0]
        assert len(partner.requests) == 3
        with follower.instance.store.read() as session:
            numbers = session.scalars(select(PhoneRow.number).where(PhoneRow.retired_at.is_(None)))
            assert max(numbers) == "814-555-0177"
        assert len(shown(follower.instance)) == 120


def test_an_api_says_who_publishes_it_where_nobody_did(follower):
    partner = follower.partner
    partner.services = {each["id"]: each for each in [service(1)]}
    partner.about["/hsds/"] = {"version": "3.2", "publisher": {
        "name": "Erie County", "email": "lists@erie.example", "website": "https://erie.example",
    }}  # fmt: skip
    follower.follow("/hsds", SourceKind.HSDS_API, contact="Dana")
    follower.take_all()
    said = follower.source.settings
    assert (said.publisher, said.contact) == ("Erie County", "Dana")
    partner.about["/hsds/"] = ["nothing"]
    follower.follow("/hsds", SourceKind.HSDS_API)
    assert follower.pull().outcome is not PullOutcome.FAILED
    assert follower.source.settings.publisher == ""


def test_an_api_that_moved_is_asked_anew_whom_to_tell_about_mistakes(follower):
    partner = follower.partner
    partner.services = {each["id"]: each for each in [service(1)]}
    about = {"name": "Erie County", "website": partner.url("/hsds/")}
    partner.about["/hsds/"] = {"version": "3.2", "publisher": about}
    follower.follow("/hsds", SourceKind.HSDS_API)
    follower.take_all()
    contact = follower.source.settings.contact
    assert contact == partner.url("/hsds/")
    follower.follow("/moved", SourceKind.HSDS_API, contact=contact)
    assert follower.source.settings.contact == ""
    follower.follow("/again", SourceKind.HSDS_API, contact="dana@erie.example")
    assert follower.source.settings.contact == "dana@erie.example"


@pytest.mark.slow
def test_an_api_that_understands_dates_only_is_asked_for_a_date(follower):
    with time_machine.travel(START, tick=False) as clock:
        partner = follower.partner
        partner.refuses_timestamps = True
        partner.services = {each["id"]: each for each in map(service, range(1, 4))}
        follower.follow("/hsds", SourceKind.HSDS_API)
        follower.take_all()
        partner.requests.clear()
        clock.shift(timedelta(days=1))
        assert follower.pull().outcome is PullOutcome.NOTHING_NEW
        assert "modified_after=2026-11-01&full" not in partner.requests[0]
        assert partner.requests[-1].endswith("modified_after=2026-11-01")


def test_an_api_that_gives_half_of_its_services_changes_nothing(follower):
    follower.partner.services = {each["id"]: each for each in map(service, range(1, 4))}
    follower.partner.total_surplus = 1
    follower.follow("/hsds", SourceKind.HSDS_API)
    source = follower.pull()
    assert source.outcome is PullOutcome.FAILED
    assert source.batch_id == ""


def test_a_source_that_is_forgotten_leaves_its_listings(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow(publisher="Erie 2-1-1", licence="CC BY 4.0")
    follower.take_all()
    with follower.instance.store.read() as session:
        ids = session.scalars(select(ServiceRow.id).where(ServiceRow.source_key == "s1")).all()
        (listing,) = load_listings(session, ids, Audience.PUBLIC)
    assert listing.credit == Credit(publisher="Erie 2-1-1", licence="CC BY 4.0")
    forget_followed(follower.instance, follower.source_id)
    assert shown(follower.instance) == {"s1", "s2"}
    with follower.instance.store.read() as session:
        assert session.scalar(select(FollowedSourceRow.id)) is None


def test_a_pull_that_was_killed_is_done_again(follower, tmp_path):
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    queue_due_pulls(follower.instance)
    follower.pull()
    with follower.instance.store.read() as session:
        open_batches = session.scalars(
            select(ImportBatchRow.state).where(ImportBatchRow.source == NAME)
        ).all()
        assert sorted(open_batches) == ["ready"]
        assert session.scalar(select(OrganizationRow.id)) is None


@pytest.mark.slow
def test_a_merge_stays_and_what_its_list_says_anew_is_suggested(follower, tmp_path):
    instance = follower.instance
    follower.partner.files["/list.zip"] = pantry_bytes(tmp_path / "list")
    follower.follow()
    follower.take_all()
    store(instance, Organization(id="o9", name="Shelf"), Service(id="s9", name="Pantry",
          organization_id="o9", status="active", description="Bread."))  # fmt: skip
    with instance.store.read() as session:
        twin = session.scalar(select(ServiceRow.id).where(ServiceRow.source_key == "s1"))
    merge_records(instance, COMMAND_LINE, "service", "s9", twin)
    new = pantry_list(tmp_path / "new")
    text = (new / "services.csv").read_text(encoding="utf-8")
    (new / "services.csv").write_text(text.replace("Groceries", "Soup"), encoding="utf-8")
    follower.partner.files["/list.zip"] = zipped(new).read_bytes()
    for _ in range(2):
        follower.pull()
        if follower.source.batch_id:
            apply_batch(instance, follower.source.batch_id)
            do_work(instance, "w")
    assert shown(instance) == {"s9", "s2"}
    (answer,) = list_answers(instance)
    (suggestion,) = answer.suggestions
    assert (suggestion.record_id, suggestion.field, suggestion.before) == (
        "s9", "description", "Bread.",
    )  # fmt: skip
    assert suggestion.after.startswith("Soup")


def test_a_feed_that_does_not_go_on_is_left(follower):
    partner = follower.partner
    partner.changes = [{"kind": "service", "id": "s1", "record": service(1)}]
    partner.ignores_cursor = True
    follower.follow("/hsds/3.1", SourceKind.REFERRAL)
    source = follower.pull()
    assert source.outcome is PullOutcome.FAILED
    assert "leads back" in str(source.message)
    assert len(partner.requests) == 2


def test_pages_of_an_api_that_do_not_go_on_are_left(follower):
    partner = follower.partner
    partner.has_cursor_pages = partner.ignores_cursor = True
    partner.services = {each["id"]: each for each in map(service, range(1, 121))}
    follower.follow("/hsds", SourceKind.HSDS_API)
    assert "leads back" in str(follower.pull().message)
    assert len([path for path in partner.requests if "after=" in path]) == 1


def test_a_service_with_half_a_letter_is_refused_and_the_rest_of_the_api_is_read(follower):
    partner = follower.partner
    partner.services = {each["id"]: each for each in map(service, range(1, 4))}
    next(iter(partner.services.values()))["name"] = "Half \ud83d a letter"
    follower.follow("/hsds", SourceKind.HSDS_API)
    follower.take_all()
    assert len(shown(follower.instance)) == 2


@pytest.mark.slow
def test_a_feed_is_read_on_from_its_cursor_and_anew_after_410(follower):
    partner = follower.partner
    told = [service(number) for number in (1, 2, 3)]
    partner.changes = [{"kind": "service", "id": each["id"], "record": each} for each in told]
    follower.follow("/hsds/3.1", SourceKind.REFERRAL, small_changes=frozenset({GONE}))
    follower.take_all()
    assert len(shown(follower.instance)) == 3
    partner.requests.clear()
    partner.changes.append({"kind": "service", "id": told[0]["id"], "gone": True})
    follower.pull()
    assert partner.requests[0] == "/hsds/3.1/changes?after=first-3"
    assert shown(follower.instance) == {each["id"] for each in told[1:]}
    partner.epoch = "restored"
    partner.requests.clear()
    partner.changes = partner.changes[1:3]
    follower.pull()
    assert [path.rpartition("=")[2] for path in partner.requests][:2] == ["first-4", "0"]
    assert shown(follower.instance) == {each["id"] for each in told[1:]}
