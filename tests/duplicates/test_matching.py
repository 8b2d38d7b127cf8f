"""Likeness of records: what is near-certain, what is a veto, and that it is the same both ways."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.duplicates.blocking import LARGEST_BLOCK, block_records, candidate_pairs
from referral.duplicates.compared_values import ComparedRecord, Rarity
from referral.duplicates.match_keys import (
    address_key,
    address_keys,
    host_key,
    name_key,
    number_tokens,
    own_part,
    page_key,
    room_key,
)
from referral.duplicates.matching import Evidence, MatchBand, compare
from referral.duplicates.name_matching import match_names


def agency(name="Saint Agnes Outreach", **more):
    values = {"id": "1", "names": (name,)}
    for key, value in more.items():
        values[key] = frozenset(value) if isinstance(value, list) else value
    return ComparedRecord(**values)


def service(name="Food Pantry", of="Table", **more):
    values = {"organization_id": of, "organization_name": of, "is_part": True} | more
    return agency(name, **values)


def place(name="Hall", of="Table", **more):
    return service(name, of, is_place=True, **more)


TEL, ELM, OAK = ["+18145550101"], ["12 elm st 16335"], ["9 oak ave 16335"]


@pytest.mark.parametrize(
    ("one", "other", "band"),
    [
        (agency(phones=TEL), agency("St. Agnes Outreach, Inc.", phones=TEL), MatchBand.NEAR_CERTAIN),
        (agency(places=ELM), agency(places=ELM), MatchBand.NEAR_CERTAIN),
        (agency(identifiers=["251234567"]), agency(identifiers=["251234567"]), MatchBand.NEAR_CERTAIN),
        (agency(), agency("The Saint Agnes Outreach"), MatchBand.MAYBE),
        (agency("Agnes Outreach Center", phones=TEL, places=ELM), agency(phones=TEL, places=ELM), MatchBand.MAYBE),
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
        # Programs of one list with one name, that its texts tell apart.
        (service(phones=TEL, text="learn to save for a home and for school"),
         service(phones=TEL, text="advice when you cannot pay your loan back"), MatchBand.UNLIKELY),
        # Two lists may call one body by other names.
        (agency("Elm Clinic", phones=TEL, places=ELM, source="another"), agency("Harbor Care", phones=TEL, places=ELM), MatchBand.MAYBE),
        # Siblings: chapters, branches, campuses.
        (agency("Food Bank North", phones=TEL), agency("Food Bank South", phones=TEL), MatchBand.UNLIKELY),
        (agency("Library Mission Branch", sites=["lib.example"]), agency("Library Marina Branch", sites=["lib.example"]), MatchBand.UNLIKELY),
        # The same offer, that two agencies list.
        (service("Shelter Line", phones=TEL, source="another"), service("Shelter Line", "Chair", phones=TEL), MatchBand.MAYBE),
        # A place without a name of its own has that of its organization.
        (place("Table", places=ELM, source="another"), place("Table", places=ELM), MatchBand.NEAR_CERTAIN),
        (place("Table", source="another"), place("Table"), MatchBand.MAYBE),
        (place(places=ELM, rooms=["12 elm st 16335#3"]), place("Room", "Chair", places=ELM, rooms=["12 elm st 16335#5"]), MatchBand.UNLIKELY),
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
    is_part=st.just(True),
    organization_name=NAMES, **SETS,
)  # fmt: skip


@given(RECORDS, RECORDS)
def test_it_is_the_same_both_ways(one, other):
    other = replace(other, id="2")
    assert compare(one, other) == compare(other, one)
    turned = replace(one, id="3")
    assert compare(turned, other).band is compare(one, other).band


@given(RECORDS, RECORDS)
def test_two_numbers_in_the_names_are_a_veto(one, other):
    numbers, others = number_tokens(*one.names), number_tokens(*other.names)
    if numbers and others and numbers != others:
        assert compare(one, replace(other, id="2")).band is MatchBand.UNLIKELY


@given(NAMES, NAMES)
def test_names_match_the_same_both_ways(one, other):
    match, turned = match_names(one, other, Rarity()), match_names(other, one, Rarity())
    assert match.likeness == turned.likeness
    assert match.is_equal is turned.is_equal
    assert 0 <= match.likeness <= 1


def test_what_many_share_is_no_evidence():
    one = service("Rent help", "Table", id="1", phones=TEL, source="another")
    other = service("Rent aid", "Chair", id="2", phones=TEL)
    many = [
        service(f"Room {each}", f"House {each}", id=f"x{each}", phones=TEL) for each in range(20)
    ]
    assert compare(one, other, Rarity.of([one, other])).score > 0
    assert compare(one, other, Rarity.of([one, other, *many])).score == 0


def test_a_name_that_several_of_a_list_are_also_called_is_no_evidence():
    more = {"source": "one list", "phones": TEL}
    first = service("Rides", id="1", names=("Rides", "Misler Center"), **more)
    second = service("Meals", id="2", names=("Meals", "Misler Center"), **more)
    other = service("Misler Center", id="3", source="another", phones=TEL)
    shared = Rarity.of([first, second, other])
    assert compare(first, other, shared).band is MatchBand.UNLIKELY
    assert compare(first, other, Rarity.of([first, other])).band is MatchBand.MAYBE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("12 Elm Street", "Meadville", "16335"), ("12 elm st.", "", "16335-1234")),
        (("12 North Elm Street, Suite 4", "", "16335"), ("12 N Elm St", "", "16335")),
        (("P.O. Box 77", "", "16335"), ("PO Box 77", "", "16335")),
        (("12 Elm St #3", "Meadville", ""), ("12 Elm St", "MEADVILLE", "")),
        (("1800 Third Street", "", "16335"), ("1800 - 3rd St.", "", "16335")),
        (("12 I Street, S.E., 3rd Floor", "", "16335"), ("12 I St SE", "", "16335")),
    ],
)
def test_addresses_are_compared_without_their_spelling(one, other):
    assert address_key(*one) == address_key(*other) != ""


def test_what_is_no_address_has_no_key():
    assert address_key("Call for the place", "Meadville", "16335") == ""
    assert address_key("", "", "") == ""


def test_keys_of_rooms_and_pages():
    assert room_key("12 Elm St, Suite 6D-33") == room_key("12 Elm St", "Ste 6d33") == "6d33"
    assert room_key("12 Elm St, 3rd Floor") == "3"
    assert room_key("12 Elm St") == room_key("12 Elm St, Floor") == ""
    assert page_key("https://www.a.example/Food/?x=1") == "a.example/food?x=1"
    assert page_key("https://a.example/") == page_key("https://facebook.com/table") == ""


def test_an_acronym_is_no_other_name():
    assert name_key("Elm Street Housing (ESH)") == name_key("ESH (Elm Street Housing)")
    assert name_key("Elm House (Ward 3)") != name_key("Elm House (Ward 4)")


def test_a_service_is_called_what_is_its_own():
    assert own_part("Food - Elm Church", "Elm Church") == "Food"
    assert own_part("Elm Church: Food", "elm church") == "Food"
    assert own_part("Elm Church's Food", "Elm Church") == "Elm Church's Food"
    assert own_part("Elm Church", "Elm Church") == "Elm Church"


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


def test_an_address_is_known_by_zip_code_and_by_city():
    full, no_code = (
        address_keys("12 Elm St", "Erie", "16501"),
        address_keys("12 Elm St", "Erie", ""),
    )
    assert full & no_code
    assert full & address_keys("12 Elm Street", "Erie", "16502")
    assert not full & address_keys("12 Elm St", "Meadville", "16335")
    assert address_keys("12 Elm St", "", "16501") == {"12 elm st 16501"}
    assert not address_keys("On request", "Erie", "16501")
