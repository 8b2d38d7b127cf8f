"""What was said besides the need: a chip that can be taken off, and lines above what fits less."""

from __future__ import annotations

import pytest

from referral.search.query import PreferenceKind, SearchQuery
from referral.web.search_form import SearchForm, address_of, read_search
from tests.support.inspector import soup_of


def page_for(client, **asked):
    response = client.get("/search", query_string=asked)
    assert response.status_code == 200
    return soup_of(response)


def chips_of(page):
    """Give the words and addresses of the chips of what was said."""
    listed = page.select(".chip.is-preference, .chip.is-place")
    return {chip.find(string=True).strip(): chip["href"] for chip in listed}


def total_of(page):
    return int(page.select_one(".results-count").get_text().split()[0])


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("food tonight", "Open tonight ("),
        ("food now please", "Open now ("),
        ("food my mother is 80", "Age 80 ("),
        ("food for my kids", "Ages 0 to 12 ("),
        ("doctor que hable español", "Spanish ("),
        ("food no money", "Free or low cost ("),
        ("haircut for free", "Free ("),
        ("library in a wheelchair", "Wheelchair users ("),
        ("groceries delivered", "They come to you ("),
        ("lawyer by phone", "By phone ("),
        ("counseling for men", "For men ("),
        ("food in titusville", "Near Titusville, PA"),
        ("food 16354", "Near Titusville, PA 16354"),
    ],
)
def test_each_has_a_chip_that_takes_it_off_and_hides_nothing(sample_client, words, begins):
    page = page_for(sample_client, q=words)
    (chip,) = chips_of(page)
    assert chip.startswith(begins)
    without = soup_of(sample_client.get(chips_of(page)[chip]))
    assert chips_of(without) == {}
    assert total_of(without) == total_of(page)
    assert without.select_one("#q")["value"] == words


def test_a_choice_that_nothing_fits_has_no_number(sample_client):
    page = page_for(sample_client, q="food for people who speak amharic")
    (chip,) = chips_of(page)
    assert chip == "Amharic"


@pytest.mark.slow
def test_chips_are_taken_off_one_by_one(sample_client):
    page = page_for(sample_client, q="food for kids tonight in titusville")
    for left in (2, 1, 0):
        chips = chips_of(page)
        assert len(chips) == left + 1
        page = soup_of(sample_client.get(next(iter(chips.values()))))
        assert len(chips_of(page)) == left


def test_the_rest_of_the_search_stays(sample_client):
    page = page_for(sample_client, q="food tonight", near="16335", heading="basic-needs")
    (address,) = [each["href"] for each in page.select(".chip.is-preference")]
    for kept in ("near=16335", "heading=basic-needs", "q=food+tonight", "without=open_now"):
        assert kept in address


@pytest.mark.slow
def test_filters_keep_it_off_and_other_words_do_not(sample_client):
    page = page_for(sample_client, q="food tonight", without="open_now")
    hidden = {each["name"]: each["value"] for each in page.select("#search [type=hidden]")}
    assert hidden == {"without": "open_now", "said": "food tonight"}
    assert not chips_of(page_for(sample_client, q="food tonight", cost="free", **hidden))
    assert chips_of(page_for(sample_client, q="rent tonight", **hidden))


def test_what_does_not_fit_is_below_a_line(sample_client):
    page = page_for(sample_client, q="doctor who speaks spanish")
    first, *lines = page.select(".results-column .results, .fit-line")
    assert "results" in first["class"]
    texts = [line.get_text() for line in lines if "fit-line" in line["class"]]
    assert texts[0] == "We do not know if these speak Spanish:"


def test_lines_stand_inside_bands(sample_client):
    page = page_for(sample_client, q="doctor who speaks spanish 16335")
    assert page.select(".band .fit-line")
    assert not page.select(".results-column > .fit-line")


def test_spanish_pages_say_it_in_spanish(sample_client):
    page = page_for(sample_client, q="comida esta noche", lang="es")
    (chip,) = chips_of(page)
    assert chip.startswith("Abierto esta noche (")
    assert "Estos pueden estar cerrados a esa hora:" in page.get_text()


def test_a_filter_is_no_chip_of_this_kind(sample_client):
    page = page_for(sample_client, q="food no money", cost="fee")
    assert chips_of(page) == {}


def test_danger_has_none(sample_client):
    page = page_for(sample_client, q="my husband hits me tonight")
    assert page.select_one(".danger-lines")
    assert chips_of(page) == {}


def test_the_very_words_can_be_looked_for(sample_client):
    page = page_for(sample_client, q="food tonight")
    link = page.find("a", string=lambda text: text and "exactly" in text)
    assert chips_of(soup_of(sample_client.get(link["href"]))) == {}


def test_parameters_that_are_none_of_ours_count_for_nothing():
    form = SearchForm(data={"q": "food", "without": ["age", "nobody", "place"]})
    asked = read_search(form)
    assert asked.unread == (PreferenceKind.AGE, PreferenceKind.PLACE)
    assert address_of(SearchQuery(words="food", unread=asked.unread)) == {
        "q": "food",
        "without": ["age", "place"],
    }
