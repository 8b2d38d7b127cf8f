"""Every count, of every filter and band, is what listings counted one by one give."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.fields.places.lookup import Place, find_zip
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.hsds import (
    Accessibility,
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.visibility import Audience, Visibility
from referral.search import Index
from referral.search.facts import population_rules
from referral.search.query import SearchQuery
from referral.store import Store
from referral.store.listings import load_listings
from tests.search import by_hand
from tests.search.small_directory import HEADINGS, fill

ZONE = "America/New_York"
NOW = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
ZIPS = ("16335", "16327", "44101", "60601", "")  # the last known one is an hour behind
AREAS = [
    ("zip", "16335"), ("zip", "16327|16354"), ("city", "Meadville, PA"), ("state", "PA"),
    ("county", "Crawford County, PA"), ("county", "Erie County, PA"), ("nation", "US"),
    ("state", "OH"), ("text", ""), ("city", "Meadville"),
]  # fmt: skip
FACETS = ("headings", "languages", "populations", "cost", "access", "delivery", "free", "age",
          "open_now")  # fmt: skip


def _some(chance: random.Random, items, most=2):
    return chance.sample(list(items), chance.randint(0, most))


def _instance(chance: random.Random, services: int):
    """Yield a directory in which everything that filters look at varies."""
    yield Organization(id="o", name="Agency")
    yield TaxonomyTerm(id="t", code="in-home-care", name="Care")
    for number in range(services):
        key = f"s{number}"
        yield Service(
            id=key,
            organization_id="o",
            name=f"Number {number}",
            eligibility_description=chance.choice(["", "Veterans", "Teens and refugees"]),
            minimum_age=chance.choice([None, None, 0.5, 18, 60]),
            maximum_age=chance.choice([None, None, 5, 17.5, 64]),
            fees_description=chance.choice(["", "Free.", "$5 each"]),
            url=chance.choice(["", "https://x.example"]),
        )
        yield from _what_hangs_on(key, chance)
        for site in range(chance.choice([0, 0, 1, 1, 2, 3])):
            yield from _site(f"{key}-{site}", key, chance)


def _what_hangs_on(key: str, chance: random.Random):
    for heading in _some(chance, HEADINGS):
        yield ServiceHeading(id=f"{key}{heading}", service_id=key, heading=heading)
    for code in _some(chance, ["en", "es", "ase"]):
        yield Language(id=f"{key}{code}", service_id=key, code=code)
    for at, option in enumerate(_some(chance, ["free", "sliding scale", "fee"])):
        yield CostOption(id=f"{key}c{at}", service_id=key, option=option,
                         amount=5.0 if option == "fee" else None)  # fmt: skip
    for at, (kind, codes) in enumerate(_some(chance, AREAS)):
        yield ServiceArea(id=f"{key}a{at}", service_id=key, area_kind=kind, area_codes=codes)
    if chance.random() < 0.3:
        yield Phone(id=key, service_id=key, number="555-0100")
    if chance.random() < 0.2:
        yield Attribute(id=key, link_entity="service", link_id=key, taxonomy_term_id="t")
    if chance.random() < 0.5:
        yield _hours(key, chance, service_id=key)


def _site(key: str, service_id: str, chance: random.Random):
    known = chance.random() < 0.7
    yield Location(
        id=key,
        location_type=chance.choice(["physical", "physical", "physical", "virtual"]),
        latitude=41.63 + chance.uniform(-1.2, 1.2) if known else None,
        longitude=-80.15 + chance.uniform(-1.2, 1.2) if known else None,
        visibility=chance.choice([Visibility.PUBLIC] * 7 + [Visibility.WITHHELD]),
    )
    yield Address(
        id=key,
        location_id=key,
        address_1=f"{chance.randrange(10**6)} Elm Street",
        postal_code=chance.choice(ZIPS),
    )
    yield ServiceAtLocation(id=key, service_id=service_id, location_id=key)
    if chance.random() < 0.5:
        yield _hours(f"{key}h", chance, service_at_location_id=key)
    for at, words in enumerate(_some(chance, ["Ramp", "Two steps", "Hearing loop"])):
        yield Accessibility(id=f"{key}x{at}", location_id=key, description=words)
    if chance.random() < 0.3:
        kind, codes = chance.choice(AREAS)
        yield ServiceArea(
            id=f"{key}a", service_at_location_id=key, area_kind=kind, area_codes=codes
        )


def _hours(key: str, chance: random.Random, **parent) -> Schedule:
    opens, closes = chance.choice(
        [("09:00", "17:00"), ("20:00", "02:00"), ("00:00", "23:59"), ("13:00", "14:30")]
    )
    freq, byday = chance.choice(
        [("WEEKLY", "MO,TU,WE,TH,FR"), ("WEEKLY", "FR,SA"), ("MONTHLY", "4FR"), ("MONTHLY", "-1TH")]
    )
    season = chance.choice([None, None, None, date(2026, 11, 27), date(2026, 11, 26)])
    return Schedule(
        id=key, freq=freq, byday=byday, opens_at=opens, closes_at=closes, valid_to=season, **parent
    )


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request, sqlite_databases, tmp_path_factory):
    """Give an index and the listings it is made of."""
    store = Store(sqlite_databases.migrated())
    fill(store, *_instance(random.Random(request.param), 60))
    index = Index(tmp_path_factory.mktemp("counts"), store, lambda: ZONE)
    index.sync()
    with store.read() as session:
        listings = load_listings(session, [f"s{number}" for number in range(60)], Audience.PUBLIC)
    yield index, listings
    index.close()
    store.close()


places = st.sampled_from(
    [None, find_zip("16335"), find_zip("16327"), Place(latitude=41.9, longitude=-80.1)]
)
queries = st.builds(
    SearchQuery,
    near=places,
    within=st.sampled_from([None, 5.0, 25.0, 40.0]),
    headings=st.sampled_from([(), (), ("health",), ("health", "legal")]),
    language=st.sampled_from(["", "", "es"]),
    open_at=st.one_of(
        st.none(), st.integers(-2880, 2880).map(lambda minutes: NOW + timedelta(minutes=minutes))
    ),
    age=st.sampled_from([None, None, 0, 5, 17, 18, 64, 65]),
    ages=st.sampled_from([(), (), ("0-12",), ("13-17",), ("18-24", "65+"), ("25-64",)]),
    populations=st.sampled_from([(), (), ("veterans",), ("youth", "veterans")]),
    cost=st.sampled_from([(), (), ("free",), ("free", "low-cost")]),
    access=st.sampled_from([(), (), ("wheelchair",), ("wheelchair", "hearing")]),
    delivery=st.sampled_from([(), (), ("in-person",), ("phone", "home")]),
)


@pytest.mark.slow
@settings(max_examples=7)
@given(query=queries)
def test_every_count_is_that_of_the_listings(world, query):
    index, listings = world
    rules = population_rules()
    with time_machine.travel(NOW, tick=False):
        answer = index.search(query, limit=200)
    found = [each for each in listings if by_hand.passes(each, query, ZONE, rules)]
    assert sorted(hit.service_id for hit in answer.hits) == sorted(
        each.service.id for each in found
    )
    assert answer.total == len(found)
    for name in (*FACETS, *(("distance",) if query.near else ())):
        counted = {value.value: value.count for value in answer.facets[name]}
        assert counted == by_hand.facet_of(listings, name, query, ZONE, rules, NOW), name
    if query.near is None:
        assert answer.bands == {}
        return
    expected = by_hand.bands_of(listings, query, ZONE, rules)
    assert {name: count for name, count in answer.bands.items() if count} == dict(expected)
    by_id = {each.service.id: by_hand.band_of(each, query, ZONE) for each in listings}
    assert {hit.service_id: (hit.band, hit.area) for hit in answer.hits} == {
        hit.service_id: by_id[hit.service_id] for hit in answer.hits
    }
    order = [("near", "serves", "remote", "elsewhere").index(hit.band) for hit in answer.hits]
    assert order == sorted(order)


@pytest.mark.slow
def test_the_worlds_have_some_of_everything(world):
    """Else the test above would look at nothing."""
    index, _ = world
    answer = index.search(SearchQuery(near=find_zip("16335"), open_at=NOW))
    everything = index.search(SearchQuery(near=find_zip("16335")))
    assert all(everything.bands[name] > 0 for name in ("near", "serves", "remote", "elsewhere"))
    assert 0 < answer.total < everything.total
    assert {"wheelchair", "hearing"} <= {value.value for value in everything.facets["access"]}
    assert len(everything.facets["cost"]) == 4
    assert len(everything.facets["delivery"]) == 4
