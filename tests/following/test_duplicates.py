"""After a pull, what a list shares with other lists is in the queue of duplicates, once."""

import shutil

import pytest
from sqlalchemy import select

from referral.app.job_kinds import do_work
from referral.duplicates.duplicate_queue import decide_duplicate, list_duplicates, merge_pair
from referral.duplicates.records import PairStatus
from referral.imports.batches import apply_batch
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Organization, Phone, Service
from referral.store.rows import ServiceRow
from referral.verification.rows import SuggestionRow
from tests.support.pairs import store
from tests.support.provider_lists import pantry_list, zipped


@pytest.fixture
def followed(follower, tmp_path):
    """A directory with a pantry of its own that a partner lists too, after the first pull."""
    store(
        follower.instance,
        Organization(id="o9", name="Shepherd's Shelf"),
        Service(id="s9", name="Food pantry", organization_id="o9", status="active"),
        Phone(id="p9", service_id="s9", number="814-555-0101", tel="+18145550101"),
    )
    tell(follower, tmp_path)
    follower.follow()
    follower.take_all()
    return follower


def tell(follower, tmp_path, text="Groceries for a week."):
    """Let the partner list its pantry with this description."""
    shutil.rmtree(tmp_path / "list", ignore_errors=True)
    service = {
        "id": "s1", "organization_id": "o1", "name": "Food pantry", "description": text,
        "status": "active", "assured_date": "2026-10-01",
    }  # fmt: skip
    phone = {"id": "p1", "service_id": "s1", "number": "814-555-0101", "type": "voice"}
    place = {"id": "a1", "service_id": "s1", "location_id": "l1"}
    folder = pantry_list(
        tmp_path / "list", services=[service], phones=[phone], service_at_location=[place]
    )
    follower.partner.files["/list.zip"] = zipped(folder).read_bytes()


def pairs(instance, status=PairStatus.OPEN):
    return {pair.kind: pair for pair in list_duplicates(instance, status).pairs}


def change_and_take(follower, tmp_path, text):
    tell(follower, tmp_path, text)
    follower.pull()
    apply_batch(follower.instance, follower.source.batch_id)
    do_work(follower.instance, "w")


def test_what_another_list_has_too_waits_after_the_pull(followed):
    found = pairs(followed.instance)
    assert set(found) == {"organization", "service"}
    sources = {found["service"].first_source, found["service"].second_source}
    assert sources == {"one list", followed.source.settings.name}


@pytest.mark.slow
def test_it_is_asked_once(followed, tmp_path):
    for pair in pairs(followed.instance).values():
        decide_duplicate(followed.instance, COMMAND_LINE, pair.id, PairStatus.DIFFERENT)
    change_and_take(followed, tmp_path, "Bread for a week.")
    assert pairs(followed.instance) == {}
    assert set(pairs(followed.instance, PairStatus.DIFFERENT)) == {"organization", "service"}


@pytest.mark.slow
def test_what_was_merged_is_not_found_again(followed, tmp_path):
    pair = pairs(followed.instance)["service"]
    merge_pair(followed.instance, COMMAND_LINE, pair.id, "s9", {})
    change_after = "Bread for a week."
    tell(followed, tmp_path, change_after)
    for _ in range(2):
        followed.pull()
        do_work(followed.instance, "w")
    assert "service" not in pairs(followed.instance)
    with followed.instance.store.read() as session:
        live = select(ServiceRow.id).where(ServiceRow.retired_at.is_(None))
        assert session.scalars(live).all() == ["s9"]


@pytest.mark.slow
@pytest.mark.parametrize(("visibility", "suggested"), [("public", 1), ("confidential", 0)])
def test_a_text_of_the_one_that_went_is_suggested_unless_the_other_is_withheld(
    followed, tmp_path, visibility, suggested
):
    merge_pair(followed.instance, COMMAND_LINE, pairs(followed.instance)["service"].id, "s9", {})
    with followed.instance.store.write() as session:
        session.get_one(ServiceRow, "s9").visibility = visibility
    tell(followed, tmp_path, "Bread for a week.")
    followed.pull()
    do_work(followed.instance, "w")
    with followed.instance.store.read() as session:
        found = session.scalars(select(SuggestionRow.after)).all()
    assert found == ["Bread for a week."] * suggested
