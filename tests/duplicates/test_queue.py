"""The queue of likely duplicates: found in what changed, decided once, merged from."""

import pytest

from referral.accounts.audit import read_audit_log
from referral.duplicates.candidates import find_duplicates
from referral.duplicates.duplicate_queue import (
    decide_duplicate,
    list_duplicates,
    merge_pair,
    read_duplicate,
    waiting_duplicates,
)
from referral.duplicates.matching import Evidence, MatchBand
from referral.duplicates.merge import undo_merge
from referral.duplicates.merge_rules import field_pairs
from referral.duplicates.records import PairStatus, SearchSummary
from referral.errors import NotFoundError, RefusedError
from referral.records.accounts import COMMAND_LINE
from referral.records.hsds import Organization, Service
from referral.records.visibility import Visibility
from referral.store.change_log import prune_changes
from referral.store.rows import OrganizationRow
from tests.support.pairs import everything, id_of, pantry, store


@pytest.fixture
def pairs(instance):
    """Give the pairs of two lists that both have the pantry; a third house is another."""
    store(instance, *pantry(1, url="https://a.example"), source="one list")
    store(instance, *pantry(2, agency="The Table, Inc."), source="another list")
    store(instance, *pantry(3, agency="Chair", tel="+18145550303", street="3 Oak Rd"))
    assert find_duplicates(instance) == SearchSummary(9, 3, 0)
    return {pair.kind: pair for pair in list_duplicates(instance, PairStatus.OPEN).pairs}


def test_each_kind_is_found_with_what_is_alike(instance, pairs):
    assert set(pairs) == {"organization", "service", "location"}
    assert pairs["service"].band is MatchBand.NEAR_CERTAIN
    assert set(pairs["service"].alike) >= {Evidence.NAME, Evidence.PHONE, Evidence.PLACE}
    assert {pairs["service"].first_source, pairs["service"].second_source} == {
        "one list", "another list",
    }  # fmt: skip


def test_a_second_look_compares_only_what_changed(instance, pairs):
    assert find_duplicates(instance) == SearchSummary(0, 0, 0)
    with instance.store.write() as session:
        session.get_one(OrganizationRow, pairs["organization"].first_id).tax_id = "251234567"
        session.get_one(OrganizationRow, pairs["organization"].second_id).tax_id = "259999999"
    looked = find_duplicates(instance)
    assert 0 < looked.compared < 9
    assert looked.dropped == 1  # the pantries still share a phone and a place
    store(instance, *pantry(4))
    assert find_duplicates(instance).found >= 2


def test_a_look_after_the_log_was_pruned_compares_everything(instance, pairs):
    store(instance, Organization(id="x", name="Late"))
    with instance.store.write() as session:
        prune_changes(session, instance.now())
    assert find_duplicates(instance).compared == 10


def test_not_the_same_is_remembered(instance, pairs):
    pair = pairs["service"]
    decide_duplicate(instance, COMMAND_LINE, pair.id, PairStatus.DIFFERENT)
    with instance.store.write() as session:
        for each in session.query(OrganizationRow):
            each.description = "Touched."
    assert find_duplicates(instance).found == 0
    assert waiting_duplicates(instance).count == 2
    listed = list_duplicates(instance, PairStatus.DIFFERENT)
    assert [each.id for each in listed.pairs] == [pair.id]
    assert listed.counts == {PairStatus.OPEN: 2, PairStatus.DIFFERENT: 1}
    assert read_audit_log(instance).entries[0].action == "duplicate-different"
    decide_duplicate(instance, COMMAND_LINE, pair.id, PairStatus.LATER)
    assert list_duplicates(instance, PairStatus.LATER, "service").pairs.total == 1
    with pytest.raises(NotFoundError):
        decide_duplicate(instance, COMMAND_LINE, "none", PairStatus.LATER)


def test_side_by_side_the_fuller_one_stays_unless_turned(instance, pairs):
    pair = pairs["service"]
    shown = read_duplicate(instance, pair.id)
    assert shown.kept.record.url == "https://a.example"
    assert shown.fields == ()
    turned = read_duplicate(instance, pair.id, shown.other.record.id)
    assert [(each.name, each.is_other_proposed) for each in turned.fields] == [("url", True)]
    assert turned.visibility is Visibility.PUBLIC
    assert not turned.choose_hours
    with pytest.raises(NotFoundError):
        read_duplicate(instance, "none")


def test_the_one_with_more_services_stays(instance, pairs):
    pair = pairs["organization"]
    for stays, count in ((pair.first_id, 1), (pair.second_id, 4)):
        names = [f"class {stays[:8]} {number}" for number in range(count)]
        store(instance, *(Service(id=name, name=name, organization_id=stays) for name in names))
        assert read_duplicate(instance, pair.id).kept.record.id == stays


def test_a_last_slash_is_no_difference():
    same, other = "https://a.example/shelf", "https://a.example/table"
    sides = [Organization(id=site, name="A", website=site) for site in (same, f"{same}/", other)]
    assert field_pairs("organization", *sides[:2]) == ()
    assert [each.name for each in field_pairs("organization", *sides[1:])] == ["website"]


def test_a_pair_is_merged_and_taken_back(instance, pairs):
    pair, before = pairs["service"], everything(instance)
    with pytest.raises(RefusedError):
        merge_pair(instance, COMMAND_LINE, pair.id, "neither", [])
    group = merge_pair(instance, COMMAND_LINE, pair.id, pair.first_id, ["url"])
    [merged] = list_duplicates(instance, PairStatus.MERGED).pairs
    assert (merged.id, merged.group_id) == (pair.id, group)
    with pytest.raises(RefusedError):
        decide_duplicate(instance, COMMAND_LINE, pair.id, PairStatus.DIFFERENT)
    find_duplicates(instance)
    assert list_duplicates(instance, PairStatus.MERGED).pairs.total == 1
    undo_merge(instance, COMMAND_LINE, group)
    assert everything(instance) == before
    assert {each.id for each in list_duplicates(instance, PairStatus.OPEN).pairs} >= {pair.id}


def test_two_services_of_one_agency_are_left_alone(instance):
    first, second = pantry(1), pantry(2, name="Soup kitchen")
    agency = id_of(first, Organization)
    kitchen = next(each for each in second if isinstance(each, Service))
    store(instance, *first)
    store(instance, Service(id=kitchen.id, organization_id=agency, name="Food Pantry on wheels"))
    assert find_duplicates(instance).found == 0
