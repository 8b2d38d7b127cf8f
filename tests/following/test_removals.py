"""What followed lists take away by themselves: how much may go at once, and what staff see."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.backups.backup import write_backup
from referral.backups.restore import restore_backup
from referral.following.records import SourceKind
from referral.following.removals import read_removals
from referral.following.small_changes import GONE
from referral.imports.batches import apply_batch, undo_batch
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.records.accounts import Role
from referral.records.edits import Author, MadeBy
from referral.store.rows import PhoneRow, ServiceAtLocationRow, ServiceRow
from referral.store.rows_log import ImportBatchRow
from tests.following.conftest import NAME
from tests.following.test_pulls import START, many_bytes, service, shown
from tests.support.inspector import soup_of, text_of
from tests.support.rows import change_row
from tests.support.staff import add_account, signed_in_client

OURS = "7d2f8a3e-5555-4000-8000-000000000001"
LINE = "{} took {} away in the last 7 days"


@pytest.fixture
def feed(follower):
    """A feed of 30 services that was taken, and is followed with removals by themselves."""
    told = [service(number) for number in range(1, 31)]
    follower.partner.changes = [
        {"kind": "service", "id": each["id"], "record": each} for each in told
    ]
    follower.follow("/hsds/3.1", SourceKind.REFERRAL, small_changes=frozenset({GONE}))
    follower.take_all()
    return follower


def end(follower, numbers):
    """Let the partner say that these services are gone."""
    follower.partner.changes += [
        {"kind": "service", "id": service(number)["id"], "gone": True} for number in numbers
    ]
    return follower.pull()


def told(feed, *services):
    feed.partner.changes += [
        {"kind": "service", "id": each["id"], "record": each} for each in services
    ]


def test_what_a_partner_says_is_gone_is_gone_however_much_it_is(feed):
    kim = {"id": "kim", "name": "Kim", "phones": [{"id": "kim-1", "number": "814-555-0199"}]}
    told(feed, service(1, contacts=[kim]))
    feed.take_all()
    assert len(shown(feed.instance, PhoneRow)) == 31
    told(feed, *(service(number, name=f"Kitchen {number}") for number in range(26, 31)))
    source = end(feed, range(1, 26))
    assert len(shown(feed.instance)) == len(shown(feed.instance, PhoneRow)) == 5
    assert read_batch(feed.instance, source.batch_id).state is BatchState.READY
    apply_batch(feed.instance, source.batch_id)
    do_work(feed.instance, "w")
    assert len(shown(feed.instance)) == 5


@pytest.mark.slow
def test_pulls_that_tell_only_what_is_gone_are_all_taken(feed):
    for number in (1, 2, 3):
        end(feed, (number,))
    assert len(shown(feed.instance)) == 27


@pytest.mark.slow
def test_the_start_page_says_what_a_list_took_away_and_leads_to_the_undo(feed):
    instance = feed.instance
    add_account(instance, [Role.CURATION])
    client = signed_in_client(create_app(instance.settings, instance))
    assert "took" not in text_of(client.get("/staff"))
    end(feed, (1, 2))
    assert LINE.format(NAME, "2 listings") in text_of(client.get("/staff"))
    page = soup_of(client.get("/admin/following/removed"))
    assert [row.th.a.text for row in page.select("tbody tr")] == ["Pantry 1", "Pantry 2"]
    (batch_id,) = {each.batch_id for each in read_removals(instance)}
    assert "Undo this import" in text_of(client.get(f"/admin/imports/{batch_id}"))
    assert page.select_one("tbody tr td a")["href"] == f"/admin/imports/{batch_id}/undo"
    undo_batch(instance, batch_id)
    do_work(instance, "w")
    assert len(shown(instance)) == 30
    assert "took" not in text_of(client.get("/staff"))
    assert "They took nothing away." in text_of(client.get("/admin/following/removed"))


@pytest.mark.slow
def test_a_service_of_ours_that_loses_its_place_is_told(feed):
    instance, place = feed.instance, "7d2f8a3e-4444-4000-8000-000000000001"
    hall = {"id": place, "name": "Hall", "location_type": "physical"}
    feed.partner.changes.append({"kind": "location", "id": place, "record": hall})
    feed.take_all()
    with instance.store.write() as session:
        session.add(ServiceRow(id=OURS, name="Coffee and talk"))
        session.flush()
        session.add(ServiceAtLocationRow(id="at", service_id=OURS, location_id=place))
    feed.partner.changes.append({"kind": "location", "id": place, "gone": True})
    feed.pull()
    add_account(instance, [Role.CURATION])
    client = signed_in_client(create_app(instance.settings, instance))
    assert LINE.format(NAME, "1 listing") in text_of(client.get("/staff"))
    page = text_of(client.get("/admin/following/removed"))
    assert "Coffee and talk It stays, but lost its place: Hall" in page
    assert "Hall (off the list)" in text_of(client.get(f"/curation/records/service/{OURS}"))


@pytest.mark.slow
def test_a_restore_brings_nothing_back_that_a_list_took_away_since(feed, tmp_path):
    instance, path = feed.instance, tmp_path / "b.zip"
    end(feed, (3, 4))
    told(feed, service(4))
    feed.take_all()
    write_backup(instance.settings, instance.store, path)
    end(feed, (1, 2))
    by_hand = service(5)["id"]
    change_row(instance.store, ServiceRow, by_hand, retired_at=instance.now())
    assert restore_backup(instance.settings, path, replace=True).still_retired == 4, (
        "the two with their phones; the third was away before, the fourth is there again"
    )
    assert shown(instance) == {service(number)["id"] for number in range(4, 31)}
    assert feed.source.next_at <= instance.now()
    feed.partner.changes.append({"kind": "service", "id": service(1)["id"], "record": service(1)})
    feed.take_all()
    assert len(shown(instance)) == 28


@pytest.mark.slow
def test_a_restore_brings_back_what_a_person_took_away(feed, tmp_path):
    instance, path = feed.instance, tmp_path / "b.zip"
    write_backup(instance.settings, instance.store, path)
    with instance.store.write() as session:
        first, second = session.scalars(select(ServiceRow.id).limit(2))
        session.add(ImportBatchRow(id="by hand", source="another list", started_at=instance.now()))
    by_hand = Author(made_by=MadeBy.HAND), Author(made_by=MadeBy.IMPORT, batch_id="by hand")
    for key, author in zip((first, second), by_hand, strict=True):
        change_row(instance.store, ServiceRow, key, author, retired_at=instance.now())
    undo_batch(instance, feed.source.batch_id)
    do_work(instance, "w")
    assert shown(instance) == set()
    assert restore_backup(instance.settings, path, replace=True).still_retired == 0
    assert len(shown(instance)) == 30


@pytest.mark.slow
def test_what_is_long_ago_is_not_told(feed):
    end(feed, (9,))
    assert len(read_removals(feed.instance)) == 1
    with time_machine.travel(feed.instance.now() + timedelta(days=8)):
        assert read_removals(feed.instance) == []


@pytest.mark.slow
def test_what_was_undone_goes_again_only_after_three_more_lists(follower, tmp_path):
    with time_machine.travel(START, tick=False) as clock:
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 30)
        follower.follow(small_changes=frozenset({GONE}))
        follower.take_all()
        follower.partner.files["/list.zip"] = many_bytes(tmp_path / "list", 29)

        def pulls(count):
            for _ in range(count):
                clock.shift(timedelta(days=4))
                follower.pull()
            return len(shown(follower.instance))

        assert pulls(2) == 30
        assert pulls(1) == 29
        (removed,) = read_removals(follower.instance)
        undo_batch(follower.instance, removed.batch_id)
        do_work(follower.instance, "w")
        assert pulls(2) == 30
        assert pulls(1) == 29
