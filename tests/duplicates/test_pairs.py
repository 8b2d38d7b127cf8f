"""Pairs in the queue: their order, decisions, and what a merge and its undo make of them."""

import pytest

from referral.duplicates.duplicate_queue import (
    decide_duplicate,
    list_duplicates,
    merge_pair,
    read_duplicate,
    waiting_duplicates,
)
from referral.duplicates.merge import merge_records, undo_merge
from referral.duplicates.merge_rules import MergeRefusedError
from referral.duplicates.records import PairStatus
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Location, Organization, Phone, Service, ServiceAtLocation
from referral.records.visibility import Visibility
from referral.verification.rows import DuplicatePairRow
from tests.support.pairs import store


def add_pair(instance, first, second, kind="organization", **more):
    with instance.store.write() as session:
        values = {"band": "maybe", "score": 1.0, "alike": [], "status": "open", **more}
        session.add(DuplicatePairRow(
            id=f"{first}{second}{kind[0]}", kind=kind, first_id=first, second_id=second,
            found_at=instance.now(), **values,
        ))  # fmt: skip


def statuses(instance):
    with instance.store.read() as session:
        return {row.id: row.status for row in session.query(DuplicatePairRow)}


@pytest.fixture
def agencies(instance):
    store(instance, *(Organization(id=each, name="Table") for each in "abcd"))
    return instance


def merge(instance, survivor, loser, kind="organization"):
    return merge_records(instance, COMMAND_LINE, kind, survivor, loser)


def test_a_merge_asks_no_more_about_what_is_gone_and_its_undo_asks_again(agencies):
    add_pair(agencies, "a", "c")
    add_pair(agencies, "b", "c")
    add_pair(agencies, "c", "d", status="later")
    add_pair(agencies, "a", "d", status="different")
    add_pair(agencies, "b", "d")
    add_pair(agencies, "c", "x", kind="service")
    group = merge_pair(agencies, COMMAND_LINE, "aco", "a", ())
    assert statuses(agencies) == {"aco": "merged", "ado": "different", "bdo": "open", "cxs": "open"}
    with pytest.raises(MergeRefusedError):
        decide_duplicate(agencies, COMMAND_LINE, "aco", PairStatus.DIFFERENT)
    undo_merge(agencies, COMMAND_LINE, group)
    assert statuses(agencies)["aco"] == "open"


@pytest.mark.parametrize(
    ("later", "is_refused"),
    [
        (("c", "a"), True),  # what stayed went into another
        (("a", "c"), True),
        (("c", "d"), False),
    ],
)
def test_a_merge_is_not_taken_back_under_a_later_one(agencies, later, is_refused):
    first = merge(agencies, "a", "b")
    second = merge(agencies, *later)
    if is_refused:
        with pytest.raises(MergeRefusedError):
            undo_merge(agencies, COMMAND_LINE, first)
        undo_merge(agencies, COMMAND_LINE, second)
    undo_merge(agencies, COMMAND_LINE, first)
    with pytest.raises(MergeRefusedError):
        undo_merge(agencies, COMMAND_LINE, first)


@pytest.mark.parametrize("pair", [("a", "a"), ("a", "none"), ("none", "a"), ("a", "b")])
def test_only_two_records_on_the_list_are_merged(agencies, pair):
    merge(agencies, "c", "b")
    with pytest.raises(MergeRefusedError):
        merge(agencies, *pair)


def test_the_surest_pairs_come_first_and_organizations_before_services(agencies):
    add_pair(agencies, "a", "b", score=1.0)
    add_pair(agencies, "a", "c", score=2.0)
    add_pair(agencies, "a", "d", score=2.0)
    add_pair(agencies, "a", "b", kind="service", score=9.0)
    add_pair(agencies, "b", "c", kind="service", band="near-certain")
    add_pair(agencies, "b", "d", status="later")
    assert [each.id for each in list_duplicates(agencies, PairStatus.OPEN).pairs] == [
        "bcs", "aco", "ado", "abo", "abs",
    ]  # fmt: skip
    found = list_duplicates(agencies, PairStatus.OPEN, "service")
    assert [each.id for each in found.pairs] == ["bcs", "abs"]
    assert (found.counts[PairStatus.OPEN], found.counts[PairStatus.LATER]) == (5, 1)
    assert waiting_duplicates(agencies).count == 5


@pytest.mark.parametrize(
    ("status", "is_decided"),
    [(PairStatus.LATER, True), (PairStatus.DIFFERENT, True), (PairStatus.OPEN, False)],
)
def test_a_decision_has_a_time_until_the_pair_is_open_again(agencies, status, is_decided):
    add_pair(agencies, "a", "b")
    decide_duplicate(agencies, COMMAND_LINE, "abo", status)
    with agencies.store.read() as session:
        row = session.get_one(DuplicatePairRow, "abo")
        assert (row.status, row.decided_at is not None) == (status.value, is_decided)
    with pytest.raises(MergeRefusedError):
        decide_duplicate(agencies, COMMAND_LINE, "abo", PairStatus.MERGED)
    with pytest.raises(MergeRefusedError):
        merge_pair(agencies, COMMAND_LINE, "abo", "c", ())


def test_the_fuller_of_two_would_stay_unless_another_is_chosen(agencies):
    add_pair(agencies, "a", "b")
    store(
        agencies, Phone(id="p", organization_id="b", number="1"),
        Service(id="s", organization_id="b", name="Pantry"),
        Phone(id="of-service", organization_id="b", service_id="s", number="2"),
        Location(id="l", organization_id="b"),
        ServiceAtLocation(id="x", service_id="s", location_id="l", visibility=Visibility.STAFF),
    )  # fmt: skip
    found = read_duplicate(agencies, "abo")
    assert (found.kept.record.id, found.other.record.id) == ("b", "a")
    assert [each.id for each in found.kept.phones] == ["p"]
    assert found.kept.services == ("Pantry",)
    assert read_duplicate(agencies, "abo", "a").kept.record.id == "a"
    assert read_duplicate(agencies, "abo", "b").kept.record.id == "b"
