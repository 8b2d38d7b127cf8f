"""Likeness of records: what is near-certain, what is a veto, and that it is the same both ways."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.duplicates.matching import (
    LARGEST_BLOCK,
    ComparedRecord,
    Evidence,
    MatchBand,
    address_key,
    block_records,
    candidate_pairs,
    compare,
    host_key,
    name_score,
    number_tokens,
)


def agency(name="Saint Agnes Outreach", **more):
    values = {"id": "1", "names": (name,)}
    for key, value in more.items():
        values[key] = frozenset(value) if isinstance(value, list) else value
    return ComparedRecord(**values)


def service(name="Food Pantry", of="Table", **more):
    return agency(
        name, organization_id=more.pop("organization_id", of), organization_name=of, **more
    )


TEL, ELM, OAK = ["+18145550101"], ["12 elm st 16335"], ["9 oak ave 16335"]


@pytest.mark.parametrize(
    ("one", "other", "band"),
    [
        (agency(phones=TEL), agency("St. Agnes Outreach, Inc.", phones=TEL), MatchBand.NEAR_CERTAIN),
        (agency(places=ELM), agency(places=ELM), MatchBand.NEAR_CERTAIN),
        (agency(identifiers=["251234567"]), agency(identifiers=["251234567"]), MatchBand.NEAR_CERTAIN),
        (agency(), agency("The Saint Agnes Outreach"), MatchBand.MAYBE),
        (agency("Agnes Outreach Center", phones=TEL), agency(phones=TEL), MatchBand.MAYBE),
        (agency("Table", phones=TEL), agency("Chair", phones=TEL), MatchBand.UNLIKELY),
        # Two branches of one national agency share the website, and perhaps the switchboard.
        (agency("Army", sites=["army.example"], places=ELM),
         agency("Army", sites=["army.example"], places=OAK), MatchBand.UNLIKELY),
        (agency("Army", phones=TEL, places=ELM), agency("Army", phones=TEL, places=OAK), MatchBand.MAYBE),
        # The number in the name.
        (agency("Senior Center 3", phones=TEL), agency("Senior Center 5", phones=TEL), MatchBand.UNLIKELY),
        (agency("Senior Center III", phones=TEL), agency("Senior Center 3", phones=TEL), MatchBand.NEAR_CERTAIN),
        (agency("First Baptist", phones=TEL), agency("1st Baptist", phones=TEL), MatchBand.NEAR_CERTAIN),
        (agency("VFW Post 764", phones=TEL), agency("VFW Post", phones=TEL), MatchBand.UNLIKELY),
        # Two tax numbers are two organizations.
        (agency(phones=TEL, identifiers=["251234567"]), agency(phones=TEL, identifiers=["250000000"]), MatchBand.UNLIKELY),
        (service(phones=TEL), service("The Food Pantry", "Table, Inc.", phones=TEL), MatchBand.NEAR_CERTAIN),
        (service(), service(of="Another house"), MatchBand.UNLIKELY),
        (service(phones=TEL, places=ELM), service("Food Pantries", "Elm Church", phones=TEL, places=ELM), MatchBand.MAYBE),
        # Two services of one agency.
        (service("Day Care", phones=TEL), service("Night Care", phones=TEL), MatchBand.UNLIKELY),
        (service(phones=TEL, places=ELM), service(phones=TEL, places=OAK), MatchBand.UNLIKELY),
        (service(phones=TEL), service(phones=TEL), MatchBand.NEAR_CERTAIN),
    ],
)  # fmt: skip
def test_bands(one, other, band):
    assert compare(one, replace(other, id="2")).band is band


def test_what_is_alike_is_named():
    one = agency(phones=TEL, sites=["a.example"])
    found = compare(one, replace(one, id="2"))
    assert found.alike == (Evidence.NAME, Evidence.PHONE, Evidence.WEBSITE)


WORDS = st.sampled_from(
    ["food", "pantry", "Elm", "the", "3", "5", "first", "center", "&", "église"]
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
SETS = {name: st.frozensets(st.sampled_from("ab"), max_size=2)
        for name in ("phones", "places", "zips", "sites", "identifiers")}  # fmt: skip
RECORDS = st.builds(
    ComparedRecord, id=st.just("1"), names=st.tuples(NAMES, NAMES), organization_id=st.sampled_from(["", "x", "y"]),
    organization_name=NAMES, **SETS,
)  # fmt: skip


@given(RECORDS, RECORDS)
def test_it_is_the_same_both_ways(one, other):
    other = replace(other, id="2")
    assert compare(one, other) == compare(other, one)
    turned = replace(one, id="3")
    assert compare(turned, other).band is compare(one, other).band


@given(RECORDS, RECORDS)
def test_a_number_in_the_name_is_a_veto(one, other):
    if number_tokens(one.names[0]) != number_tokens(other.names[0]):
        assert compare(one, replace(other, id="2")).band is MatchBand.UNLIKELY


@given(NAMES, NAMES)
def test_names_score_the_same_both_ways(one, other):
    assert name_score(one, other) == name_score(other, one)
    assert 0 <= name_score(one, other) <= 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("12 Elm Street", "Meadville", "16335"), ("12 elm st.", "", "16335-1234")),
        (("12 North Elm Street, Suite 4", "", "16335"), ("12 N Elm St", "", "16335")),
        (("P.O. Box 77", "", "16335"), ("PO Box 77", "", "16335")),
        (("12 Elm St #3", "Meadville", ""), ("12 Elm St", "MEADVILLE", "")),
    ],
)
def test_addresses_are_compared_without_their_spelling(one, other):
    assert address_key(*one) == address_key(*other) != ""


def test_what_is_no_address_has_no_key():
    assert address_key("Call for the place", "Meadville", "16335") == ""
    assert address_key("", "", "") == ""


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://www.Table.example/food?x=1", "table.example"),
        ("table.example", "table.example"),
        ("help@table.example", "table.example"),
        ("https://www.facebook.com/table", ""),
        ("us@gmail.com", ""),
        ("call us", ""),
    ],
)
def test_sites(address, key):
    assert host_key(address) == key


def test_only_what_shares_something_rare_is_compared():
    many = [
        agency(f"House {number} of Elm", id=str(number), phones=TEL)
        for number in range(LARGEST_BLOCK + 1)
    ]
    assert not any("phone" in key for key in block_records(many))
    two = [
        agency(id="a", zips=["16335"]),
        agency("Agnes", id="b", zips=["16335"]),
        agency("Chair", id="c"),
    ]
    assert [(one.id, other.id) for one, other in candidate_pairs(block_records(two))] == [
        ("a", "b")
    ]
    assert not list(candidate_pairs(block_records(two), frozenset(["c"])))
