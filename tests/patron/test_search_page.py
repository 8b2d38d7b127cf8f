"""Results: what was asked, what was found, how to change it, and ways on when nothing was."""

import re
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.fields.places.lookup import parse_place
from referral.patron.web.results_page import topic_address
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import Organization
from referral.search.query import SearchQuery, Sort
from referral.store.conversion import row_from
from referral.web.search_form import SearchForm, address_of, read_search, without
from tests.app.test_pages import text_of
from tests.support.inspector import inspecting, soup_of

NAMES = (
    "q", "near", "within", "heading", "language", "open", "at", "age", "ages", "for", "cost", "access", "how",
    "free", "sort", "topic", "page",
)  # fmt: skip


def title_of(response):
    return soup_of(response).h1.get_text(" ", strip=True)


def counted_in(response):
    return soup_of(response).select_one(".results-count").get_text()


def chips_of(response):
    soup = soup_of(response)
    return {chip.get_text(" ", strip=True): chip["href"] for chip in soup.select("a.chip")}


def test_each_need_of_a_story_has_a_search_of_its_own(sample_client):
    words = "We can't pay the rent and my son needs his inhaler."
    response = sample_client.get("/search", query_string={"q": words, "near": "16335"})
    assert title_of(response) == "Several needs, near Meadville 16335"
    needs = soup_of(response).select('nav[aria-label="Several needs"] a')
    assert [each.get_text() for each in needs] == ["Help paying rent", "Help paying for medicine"]
    assert title_of(sample_client.get(needs[0]["href"])).startswith("Help paying rent, near")
    assert "not sure" not in response.text


def test_the_title_answers_in_words(sample_client):
    response = sample_client.get("/search?q=food&near=16335")
    assert title_of(response) == "Food, near Meadville 16335"
    assert re.fullmatch(r"\d+ places", counted_in(response))


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("food tonight near meadville", "Food, open tonight, near Meadville"),
        ("comida esta noche", "Food, open tonight"),
        ("doctor who speaks spanish", "Health care, Spanish spoken"),
        ("i lost my job and food", "Unemployment pay and Food"),
        ("swear in as an american", "Perhaps: Citizenship help and Veterans and military families"),
        ('"keep the lights on"', "Places that match your words"),
        ("", "Places that can help"),
    ],
)
def test_the_title_is_what_was_understood_and_never_the_words_typed(sample_client, words, title):
    page = soup_of(sample_client.get("/search", query_string={"q": words}))
    if page.select(".result"):
        assert page.h1.get_text() == title
        assert page.title.get_text().startswith(title)
    if words:
        assert words not in page.h1.get_text()
        assert words not in page.title.get_text()


def test_the_title_is_in_spanish_too(sample_client):
    response = sample_client.get("/search?q=comida+esta+noche+en+meadville&lang=es")
    assert title_of(response) == "Comida, abierto esta noche, cerca de Meadville"


def test_a_need_is_taken_off_with_its_words(sample_client):
    response = sample_client.get("/search?q=i+lost+my+job+and+food")
    chips = {
        name.removesuffix(" take away"): address for name, address in chips_of(response).items()
    }
    assert list(chips) == ["Unemployment pay", "Food"]
    without = sample_client.get(chips["Unemployment pay"])
    assert soup_of(without).select_one("#q")["value"] == "i and food"
    assert title_of(without) == "Food"


def test_a_word_that_was_read_as_another_is_taken_off_by_looking_for_it_exactly(sample_client):
    (address,) = chips_of(sample_client.get("/search?q=evicton")).values()
    assert "exactly=yes" in address


def test_a_zip_code_alone_says_where_and_not_what(sample_client):
    title = title_of(sample_client.get("/search?q=16335"))
    assert title == "Places that can help, near Meadville 16335"


def test_one_is_one_place(sample_client):
    response = sample_client.get("/search?q=" + "%22Keep+the+Lights+On%22")
    assert counted_in(response) == "1 place"


def test_cards_say_what_where_when_and_how_checked(sample_client):
    response = sample_client.get("/search?q=food&near=16335")
    cards = soup_of(response).select(".result")
    assert 0 < len(cards) <= 20
    assert all(card.select_one("h3 a[href^='/services/']") for card in cards)
    assert all("checked" in card.get_text() for card in cards)
    assert any(card.select_one("a[href^='tel:']") for card in cards)
    assert re.search(r"(about \d+ miles?|under 1 mile)", text_of(response))


def test_a_town_does_for_a_zip_code(sample_client):
    response = sample_client.get("/search?q=food&near=meadville&within=25")
    soup = soup_of(response)
    assert soup.select_one("#near")["value"] == "meadville"
    assert re.search(r"(about \d+ miles?|under 1 mile)", text_of(response))


def test_an_unknown_zip_is_a_kind_error_beside_results(sample_client):
    response = sample_client.get("/search?q=food&near=99999&within=5")
    soup = soup_of(response)
    assert response.status_code == 200
    assert "We do not know that place" in soup.select_one("#near-error").get_text()
    assert soup.select_one("#near")["aria-describedby"].split()[-1] == "near-error"
    assert soup.select_one("#near")["value"] == "99999"
    assert soup.select_one(".error-summary a[href='#near']")
    assert soup.select(".result")
    assert title_of(response) == "Food"


@pytest.mark.slow
def test_distance_asks_for_a_zip(sample_client):
    assert "Type your ZIP code" in text_of(sample_client.get("/search?q=food&within=5"))


def test_chips_take_one_thing_away(sample_client):
    response = sample_client.get(
        "/search?q=food&near=16335&within=25&heading=basic-needs&cost=free"
    )
    chips = chips_of(response)
    assert {name.removesuffix(" take away") for name in chips} == {
        "Food", "Up to 25 miles", "Basic human needs", "Free", "Near Meadville, PA 16335",
    }  # fmt: skip
    without_free = next(address for name, address in chips.items() if name.startswith("Free"))
    assert "cost" not in without_free
    assert "within=25" in without_free
    assert sample_client.get(without_free).status_code == 200
    clear = soup_of(response).select_one("a.clear-all")["href"]
    assert clear == "/search?q=food&near=16335"


def test_the_form_keeps_what_was_chosen(sample_client):
    response = sample_client.get("/search?q=food&heading=basic-needs&cost=free&sort=name")
    soup = soup_of(response)
    assert soup.select_one("input[name=heading][value=basic-needs]").has_attr("checked")
    assert soup.select_one("input[name=cost][value=free]").has_attr("checked")
    assert soup.select_one("input[name=sort]")["value"] == "name"
    outside = soup.select(".filters input, .filters select, .filters button")
    assert all(control["form"] == "search" for control in outside)


def test_filters_count_what_they_would_leave(sample_client):
    soup = soup_of(sample_client.get("/search?q=food"))
    label = soup.select_one(f"label[for={soup.select_one('input[name=heading]')['id']}]")
    assert re.search(r"\(\d+\)", label.get_text())


def test_pages_lead_on_and_back(sample_client):
    first = sample_client.get("/search")
    assert 'rel="next"' in first.text
    second = sample_client.get("/search?page=2")
    soup = soup_of(second)
    assert soup.select_one("nav.pager a[aria-current=page]").get_text(" ", strip=True) == "Page 2"
    assert soup.select_one("a[rel=prev]")["href"] == "/search"
    assert "page 2" in soup.title.get_text()
    names = [{link["href"] for link in soup_of(page).select(".result-name a")}
             for page in (first, second)]  # fmt: skip
    assert not names[0] & names[1]


def test_a_page_too_far_leads_to_the_last(sample_client):
    response = sample_client.get("/search?q=food&page=999")
    assert response.status_code == 302
    assert sample_client.get(response.location).status_code == 200


def test_nearest_is_offered_where_a_place_is_known(sample_client):
    assert "sort=nearest" in sample_client.get("/search?q=food&near=16335").text
    assert "sort=nearest" not in sample_client.get("/search?q=food").text


def test_nearest_first_goes_by_distance(sample_client, sample_instance):
    soup = soup_of(sample_client.get("/search?q=food&near=16335&sort=nearest"))
    shown = [each.get_text() for each in soup.select(".distance")]
    miles = [0 if "less" in words else int(re.search(r"\d+", words)[0]) for words in shown]
    assert len(miles) > 3
    assert miles == sorted(miles)


def test_nothing_found_is_a_start(sample_client):
    response = sample_client.get("/search?q=zzzyqq")
    words = text_of(response)
    assert response.status_code == 200
    assert "We could not find a place" in words
    assert "zzzyqq" not in title_of(response)
    for way in ("Check the spelling", "fewer words", "2-1-1", "Answer three questions"):
        assert way in words
    assert "/search?heading=health" in response.text


@pytest.mark.slow
def test_while_a_list_is_not_searchable_yet_nothing_found_says_so_and_counts_for_nothing(
    app, instance, services
):
    assert services
    instance.index.sync()
    said = "New listings are being added now"
    client = inspecting(app)
    assert said not in client.get("/search?q=zzzyqq").text
    with instance.store.write() as session:
        session.add_all(row_from(Organization(id=f"new-{n}", name=f"New {n}")) for n in range(501))
    assert said in client.get("/search?q=zzzyqq").text
    instance.index.sync()
    assert said not in client.get("/search?q=zzzyqq").text


@pytest.mark.slow
def test_filters_that_hide_everything_are_told_apart(sample_client):
    response = sample_client.get("/search?q=food&language=zh&free=yes")
    soup = soup_of(response)
    assert soup.h1.get_text() == "Your choices hid every place"
    ways = soup.select("a.way")
    assert ways
    for way in ways:
        promised = int(re.search(r"(\d+) places?", way.get_text())[1])
        assert promised > 0
        assert counted_in(sample_client.get(way["href"])).startswith(f"{promised} place")


def test_words_of_danger_are_not_said_back_where_choices_hid_every_place(sample_client):
    page = soup_of(sample_client.get("/search?q=want+to+kill+myself&heading=legal"))
    ways = page.select("a.way")
    assert ways
    assert not any("kill" in way.get_text() for way in ways)


def test_a_topic_is_named_and_can_be_taken_away(sample_client):
    response = sample_client.get("/search?topic=food")
    assert title_of(response) == "Food"
    assert any(name.startswith("Food") for name in chips_of(response))
    assert sample_client.get("/search?topic=nowhere").status_code == 404


def test_a_term_without_a_code_goes_by_its_id(sample_app):
    with sample_app.test_request_context("/"):
        assert topic_address(TaxonomyTerm(id="t", name="Food", code="food"), "health") == (
            "/search?topic=food&heading=health"
        )
        assert topic_address(TaxonomyTerm(id="0a-1", name="Ice")) == "/search?topic=0a-1"


def test_search_pages_are_not_for_search_engines(sample_client):
    assert '<meta name="robots" content="noindex">' in sample_client.get("/search?q=food").text


def test_markup_in_words_stays_text(sample_client):
    response = sample_client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E&near=%22%3E%3Cb%3E")
    assert "<script>alert" not in response.text
    assert "<b>" not in response.text


@pytest.mark.slow
def test_nothing_typed_shows_everything(sample_client, sample_cards):
    assert counted_in(sample_client.get("/search")) == f"{len(sample_cards)} places"


@pytest.mark.slow
@settings(max_examples=7, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.one_of(
                st.text(max_size=30),
                st.sampled_from(
                    [
                        "",
                        "0",
                        "-1",
                        "1e9",
                        "16335",
                        "now",
                        "best",
                        "es",
                        "\0",
                        "%",
                        "free",
                        "٣",
                        "2026-11-27T14:00",
                        "2026-02-30T25:61",
                        "wheelchair",
                        "veterans",
                    ]
                ),
            ),
        ),
        max_size=8,
    )
)
def test_no_value_breaks_the_page(sample_app, values):
    looks_empty = any(
        value.strip() in {"None", "null", "undefined", "NaN", "nan"} for _, value in values
    )
    response = inspecting(sample_app).get(  # which shows what was typed, such as "null"
        "/search", query_string=values, unchecked=["placeholders"] if looks_empty else []
    )
    assert response.status_code in {200, 302, 404}


@given(
    words=st.text(alphabet="abc de", max_size=20).map(lambda text: " ".join(text.split())),
    near=st.sampled_from(["", "16335", "16354-1234"]).map(parse_place),
    within=st.sampled_from([None, 5, 100]),
    headings=st.lists(st.sampled_from(["health", "legal", "basic-needs"]), unique=True).map(tuple),
    language=st.sampled_from(["", "es", "zh-Hant"]),
    open_now=st.booleans(),
    open_at=st.sampled_from([None, datetime.fromisoformat("2026-11-27T14:00")]),
    age=st.sampled_from([None, 0, 34, 120]),
    ages=st.sampled_from([(), ("0-12",), ("13-17", "65+")]),
    populations=st.sampled_from([(), ("veterans",), ("veterans", "youth")]),
    cost=st.sampled_from([(), ("free", "low-cost")]),
    access=st.sampled_from([(), ("wheelchair",)]),
    delivery=st.sampled_from([(), ("phone", "online")]),
    sort=st.sampled_from(Sort),
    topic=st.sampled_from(["", "food", "BD-1800.2000"]),
)
def test_an_address_brings_back_what_was_asked(sample_app, **values):
    asked = SearchQuery(**{**values, "within": values["within"] if values["near"] else None})
    with sample_app.test_request_context("/search", query_string=address_of(asked)) as context:
        form = SearchForm(context.request.args)
        form.validate()
        assert read_search(form) == asked
        assert address_of(read_search(form)) == address_of(asked)


def test_links_keep_the_place_as_typed_and_the_answers_of_the_desk(sample_client):
    address = "/search?q=food&cost=free&near=16335-1234&answered=food/0/1"
    soup = soup_of(sample_client.get(address))
    links = [each["href"] for each in soup.select(".chip.is-filter, .sorts a")]
    assert len(links) > 2
    assert all("near=16335-1234&" in each and "answered=food/0/1" in each for each in links)
    assert soup.select_one("input[name=answered]")["value"] == "food/0/1"
    assert soup.select_one("input[name=near]")["value"] == "16335-1234"


VALUES = {
    "heading": "health",
    "ages": "65+",
    "for": "youth",
    "cost": "free",
    "access": "quiet",
    "how": "phone",
}


@pytest.mark.parametrize(
    "name", ["within", "language", "open", "at", "age", "near", "topic", *VALUES]
)
def test_without_takes_away_exactly_one(name):
    asked = SearchQuery(words="a", near=parse_place("16335"), within=5, headings=("health", "legal"), topic="food",
                  language="es", open_now=True, open_at=datetime.fromisoformat("2026-11-27T14:00"), age=0, ages=("13-17", "65+"),
                  populations=("youth",), cost=("free",), access=("quiet", "sight"),
                  delivery=("phone",))  # fmt: skip
    whole, less = address_of(asked), address_of(without(asked, name, VALUES.get(name, "")))
    gone = {key for key in whole if less.get(key) != whole[key]}
    assert gone == ({"near", "within"} if name == "near" else {name})
