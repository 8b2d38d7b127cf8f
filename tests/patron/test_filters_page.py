"""Bands, filters and ways on, as a person meets them on the page."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import time_machine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from referral.directory.search import find_services
from referral.fields.places.lookup import parse_place
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.web.search_form import address_of
from tests.support.inspector import inspecting, soup_of
from tests.support.plants import planted

FRIDAY = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)  # 2 pm in the county


def total_of(client, address):
    """How many places a page of results says it has."""
    response = client.get(address)
    assert response.status_code == 200, address
    return int(re.search(r'results-count">(\d+) place', response.text)[1])


def promised(text):
    """The number of places that the words of a link or section promise."""
    return int(re.search(r"(\d+) places?\s*$", text.strip())[1])


# ------------------------------------------------------------------------------------ bands


@pytest.fixture(scope="module")
def pages_near(sample_app):
    """Give all pages of results near a place."""
    client, pages = inspecting(sample_app, *planted()), []
    while (response := client.get(f"/search?near=16335&page={len(pages) + 1}")).status_code == 200:
        pages.append(soup_of(response))
    return pages


@pytest.mark.slow
def test_results_near_a_place_come_in_bands_with_counts(pages_near, sample_instance):
    bands = {each.h2.get_text(): each for each in pages_near[0].select("section.band")}
    [(title, near)] = bands.items()  # a page of twenty, all near
    assert title.startswith("Near Meadville, PA 16335")
    answer = find_services(
        sample_instance, SearchQuery(near=parse_place("16335")), Audience.PUBLIC
    ).answer
    assert promised(title) == answer.bands["near"]
    assert len(near.select(".result")) == 20
    titles = [each.get_text() for page in pages_near for each in page.select("section.band h2")]
    firsts = list(dict.fromkeys(titles))
    assert [re.sub(r"\s*\d+ places?$", "", each) for each in firsts] == [
        "Near Meadville, PA 16335",
        "From elsewhere, for your area",
        "By phone or online, or no address listed",
        "For people in other areas",
    ]
    assert sum(map(promised, firsts)) == answer.total


@pytest.mark.parametrize("more", ["", "&near=16335&sort=name", "&near=16335&sort=nearest"])
def test_without_a_place_or_in_another_order_there_are_no_bands(sample_client, more):
    soup = soup_of(sample_client.get(f"/search?q=food{more}"))
    assert not soup.select(".band")
    assert soup.select(".result h2")


@pytest.mark.slow
def test_areas_in_doubt_are_marked_in_words(pages_near, sample_client):
    texts = [
        each.get_text(" ", strip=True) for page in pages_near for each in page.select(".area-doubt")
    ]
    assert {"Area not known. Ask if they serve you.", "Serves other areas. Ask first."} == set(
        texts
    )
    assert not soup_of(sample_client.get("/search")).select(".area-doubt")


def test_what_comes_to_you_does_not_say_by_phone(sample_client):
    soup = soup_of(sample_client.get("/search?how=home"))
    cards = [each.get_text(" ", strip=True) for each in soup.select(".result")]
    assert any("They come to you" in card for card in cards)
    assert not any("By phone or online" in card for card in cards)


# ------------------------------------------------------------------------------------ filters


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("/search?q=food", "heading"),
        ("/search?near=16335&within=10", "for"),
        ("/search?access=wheelchair", "access"),
        ("/search?for=veterans", "for"),
        ("/search?near=16335&within=10&ages=13-17", "ages"),
        ("/search?ages=65%2B", "cost"),
        ("/search?at=2026-11-27T14:00", "how"),
        ("/search?cost=free", "how"),
        ("/search?q=food", "ages"),
    ],
)
def test_the_number_at_a_box_is_what_it_leaves(sample_client, plain_client, start, name):
    soup = soup_of(sample_client.get(start))
    boxes = soup.select(f".filters input[name={name}]")
    assert len(boxes) > 1
    for box in boxes:
        label = soup.select_one(f"label[for={box['id']}]").get_text()
        counted = int(re.search(r"\((\d+)\)$", label.strip())[1])
        kept = start if name == "access" else re.sub(rf"[?&]{name}=[\w-]+", "", start)
        joint = "&" if "?" in kept else "?"
        address = (
            f"{kept}{joint}{name}={quote(box['value'])}" if not box.has_attr("checked") else start
        )
        assert total_of(plain_client, address) == counted


@pytest.mark.slow
def test_the_number_at_a_distance_counts_the_places_that_it_leaves(sample_client):
    """What has no place stays in, whatever the distance, and is not counted."""
    soup = soup_of(sample_client.get("/search?q=food&near=16335"))
    options = soup.select("select[name=within] option[value]:not([value=''])")
    counts = [int(re.search(r"\((\d+)\)", option.get_text())[1]) for option in options]
    assert counts == sorted(counts)
    totals = [
        total_of(sample_client, f"/search?q=food&near=16335&within={option['value']}")
        for option in options
    ]
    [without_place] = {total - count for total, count in zip(totals, counts, strict=True)}
    assert without_place > 0


@pytest.mark.slow
def test_open_now_and_open_then(sample_client):
    with time_machine.travel(FRIDAY, tick=False):
        soup = soup_of(sample_client.get("/search?q=food"))
        label = soup.select_one("label[for=open]").get_text()
        counted = int(re.search(r"Open now \((\d+)\)", label)[1])
        assert counted > 0
        assert total_of(sample_client, "/search?q=food&open=now") == counted
    assert total_of(sample_client, "/search?q=food&at=2026-11-27T14:00") == counted
    chips = soup_of(sample_client.get("/search?q=food&at=2026-11-27T14:00")).select(".chip")
    assert [each.get_text(" ", strip=True) for each in chips] == [
        "Food take away",
        "Open Friday 27 November 2026, 2\N{NO-BREAK SPACE}pm take away",
    ]


def test_a_holiday_is_told_where_hours_are_asked_for(sample_client):
    holiday = "It is a holiday. Hours may differ."
    assert holiday in sample_client.get("/search?at=2026-12-25T14:00").text
    assert holiday not in sample_client.get("/search?at=2026-12-24T14:00").text


def test_age_leaves_out_who_does_not_take_it(sample_client):
    everybody = total_of(sample_client, "/search")
    assert 0 < total_of(sample_client, "/search?age=30") < everybody
    assert total_of(sample_client, "/search?age=0") != total_of(sample_client, "/search?age=70")


def test_age_groups_are_told_in_words_and_stay_in_the_address(sample_client):
    soup = soup_of(sample_client.get("/search?ages=13-17&ages=65%2B&ages=7-9"))
    chips = [each.get_text(" ", strip=True) for each in soup.select(".chip")]
    assert chips == ["Ages 13 to 17 take away", "Age 65 or older take away"]
    checked = [box["value"] for box in soup.select("input[name=ages][checked]")]
    assert checked == ["13-17", "65+"]
    assert soup.select_one("details.more-filters").has_attr("open")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("age", "old", "Type the age in years"),
        ("age", "121", "Type the age in years"),
        ("at", "tomorrow", "Type a day and a time"),
        ("at", "2026-02-30T10:00", "Type a day and a time"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_kind_error(sample_client, name, value, words):
    soup = soup_of(sample_client.get(f"/search?{name}={value}"))
    assert words in soup.select_one(f"#{name}-error").get_text()
    assert soup.select_one("details.more-filters").has_attr("open")
    assert soup.select(".result")
    assert not soup.select(".chip")


def test_a_filter_with_one_value_is_not_offered(sample_client):
    soup = soup_of(sample_client.get("/search?q=%22Silver+Box+for+Seniors%22"))
    assert len(soup.select(".result")) == 1
    assert not soup.select("input[name=cost], input[name=how], select[name=language]")


def test_filters_that_are_folded_away_open_when_they_are_set(sample_client):
    assert not soup_of(sample_client.get("/search")).select("details.more-filters[open]")
    assert soup_of(sample_client.get("/search?for=veterans")).select("details.more-filters[open]")


@pytest.mark.slow
def test_free_of_old_addresses_is_a_cost(sample_client):
    old, new = (soup_of(sample_client.get(f"/search?{each}")).select_one(".results-count").text
                for each in ("free=yes", "cost=free"))  # fmt: skip
    assert old == new
    assert not soup_of(sample_client.get("/search?free=0")).select(".chip")


# ------------------------------------------------------------------------------------ ways on

HIDDEN = [
    "/search?q=food&language=zh",
    "/search?q=food&language=zh&cost=free&heading=legal",
    "/search?q=food+pantry&language=uk",
    "/search?q=notary&near=16404&within=5",
    "/search?q=notary&near=16404&within=5&cost=fee&at=2026-12-25T03:00",
    "/search?q=dentist&for=farm-workers&access=quiet&access=sight",
    "/search?topic=food&language=zh",
    "/search?q=rent&topic=dental",
    "/search?q=rent&topic=dental&cost=fee",
    "/search?heading=legal&language=sw&how=online",
    "/search?for=native&cost=fee",
    "/search?at=2026-12-25T03:00&near=16335&within=5&heading=volunteers",
    "/search?age=3&for=older-adults&how=phone&access=quiet",
]
UNKNOWN = [
    "/search?q=zzzyqq",
    "/search?q=xylofone",
    "/search?q=qqqq+zzzz",
    "/search?q=zzzyqq&near=16335&within=5&cost=free",
    "/search?q=%22zzz+qqq%22",
    "/search?q=kqdentixt",
    "/search?q=%D0%B5%D0%B4%D0%B0",
    "/search?topic=donate-car&q=zzzyqq",
]


def assert_ways_lead_on(client, soup):
    ways = soup.select("a.way")
    assert ways
    for way in ways:
        total = promised(way.get_text())
        assert total > 0
        assert total_of(client, way["href"]) == total
    assert len({way["href"] for way in ways}) == len(ways)


@pytest.mark.slow
@pytest.mark.parametrize("address", HIDDEN)
def test_what_choices_hide_is_found_by_every_way_on(sample_client, plain_client, address):
    soup = soup_of(sample_client.get(address))
    assert soup.h1.get_text() == "Your choices hid every place", address
    assert soup.title.get_text().startswith("Your choices hid every place")
    assert_ways_lead_on(plain_client, soup)


@pytest.mark.parametrize("address", UNKNOWN)
def test_what_is_unknown_has_ways_on_too(sample_client, plain_client, address):
    soup = soup_of(sample_client.get(address))
    assert soup.h1.get_text().startswith("We could not find"), address
    assert_ways_lead_on(plain_client, soup)


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.builds(
        SearchQuery,
        words=st.sampled_from(["", "food", "rent help", "dentist", "zzzyqq", "fooood qq", '"a b"']),
        near=st.sampled_from(["16335", "16404", "99501"]).map(parse_place),
        within=st.sampled_from([None, 5, 25]),
        headings=st.sampled_from([(), ("legal",), ("volunteers", "health")]),
        language=st.sampled_from(["", "zh", "uk", "ar"]),
        open_at=st.sampled_from([None, datetime.fromisoformat("2026-12-25T03:00")]),
        age=st.sampled_from([None, 1, 99]),
        ages=st.sampled_from([(), ("0-12",), ("13-17", "65+")]),
        populations=st.sampled_from([(), ("native",), ("farm-workers", "lgbtq")]),
        cost=st.sampled_from([(), ("fee",), ("unknown",)]),
        access=st.sampled_from([(), ("quiet", "sight")]),
        delivery=st.sampled_from([(), ("online",)]),
    )
)
def test_no_empty_page_is_an_end(plain_client, sample_instance, asked):
    assume(find_services(sample_instance, asked, Audience.PUBLIC).total == 0)
    response = plain_client.get("/search", query_string=address_of(asked))
    soup = soup_of(response)
    plain = find_services(
        sample_instance, SearchQuery(words=asked.words, near=asked.near), Audience.PUBLIC
    )
    assert (soup.h1.get_text() == "Your choices hid every place") == (plain.total > 0)
    assert_ways_lead_on(plain_client, soup)


def test_a_wider_distance_is_the_next_that_has_something(sample_client):
    address = "/search?q=notary&near=16404&within=5"
    ways = [
        each.get_text(" ", strip=True)
        for each in soup_of(sample_client.get(address)).select("a.way")
    ]
    wider = [each for each in ways if each.startswith("Look farther")]
    assert len(wider) == 1
    miles = int(re.search(r"Up to (\d+) miles", wider[0])[1])
    for less in (each for each in (10, 25, 50) if each < miles):
        assert not soup_of(sample_client.get(f"/search?q=notary&near=16404&within={less}")).select(
            ".result"
        )


def test_a_word_that_looks_like_one_we_know_is_offered(sample_client):
    soup = soup_of(sample_client.get("/search?q=xxmeadvillezz"))
    assert any("Did you mean “meadville”?" in each.get_text() for each in soup.select("a.way"))


def test_an_empty_directory_has_people_to_ask_and_no_way_that_ends(client, instance):
    instance.index.sync()
    soup = soup_of(client.get("/search?q=food&cost=free"))
    assert soup.h1.get_text().startswith("We could not find")
    assert not soup.select("a.way")
    assert "2-1-1" in soup.get_text()


def test_a_wall_time_is_meant_where_the_place_is():
    here = SearchQuery(open_at=datetime.fromisoformat("2026-11-27T14:00"))
    there = replace(here, near=parse_place("60601"))
    moments = [each.with_moment("America/New_York").open_at for each in (here, there)]
    assert (moments[1] - moments[0]).total_seconds() == 3600
