"""Choices that last for one visit: language, large text, strong colors."""

from http.cookies import SimpleCookie

import pytest

from tests.support.inspector import soup_of


def test_a_choice_of_language_is_kept_for_the_visit(sample_client):
    page = sample_client.get("/search?q=food&near=16335&lang=es")
    assert soup_of(page).html["lang"] == "es"
    assert soup_of(sample_client.get("/help-now")).html["lang"] == "es"
    assert soup_of(sample_client.get("/help-now?lang=en")).html["lang"] == "en"
    assert soup_of(sample_client.get("/help-now")).html["lang"] == "en"


def test_the_cookie_says_how_pages_look_and_ends_with_the_session(sample_client):
    response = sample_client.get("/?lang=es&text=large&contrast=high&keys=off")
    (cookie,) = (SimpleCookie(line) for line in response.headers.getlist("Set-Cookie"))
    assert cookie["choices"].value == "es.large.high.nokeys"
    assert not cookie["choices"]["max-age"]
    assert not cookie["choices"]["expires"]


def test_the_switch_keeps_the_page(sample_client):
    soup = soup_of(sample_client.get("/search?q=food&near=16335&cost=free"))
    there = soup.select_one(".top-bar a[hreflang=es]")["href"]
    spanish = soup_of(sample_client.get(there))
    assert spanish.h1.text == "Comida, gratis, cerca de Meadville 16335"
    assert len(spanish.select("a.chip.is-filter")) == 1


@pytest.mark.parametrize(("asked", "css"), [("text=large", "large-text"), ("contrast=high", "high-contrast"), ("keys=off", "no-letter-keys")])  # fmt: skip
def test_looks_last_for_the_visit_and_can_be_taken_back(sample_client, asked, css):
    assert css not in soup_of(sample_client.get("/"))("html")[0].get("class", [])
    sample_client.get(f"/?{asked}")
    assert css in soup_of(sample_client.get("/about")).html["class"]
    name = asked.split("=")[0]
    sample_client.get(f"/?{name}=usual")
    assert css not in soup_of(sample_client.get("/about")).html.get("class", [])


@pytest.mark.parametrize("asked", ["lang=xx", "lang=", "lang=es%00", "text=huge", "contrast="])
def test_choices_that_are_none_change_nothing(sample_client, asked):
    soup = soup_of(sample_client.get(f"/?{asked}"))
    assert soup.html["lang"] == "en"
    assert not soup.html.get("class")


def test_the_browsers_own_language_counts_where_none_was_chosen(sample_client):
    spanish = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    assert soup_of(sample_client.get("/", headers=spanish)).html["lang"] == "es"
    sample_client.get("/?lang=en")
    assert soup_of(sample_client.get("/", headers=spanish)).html["lang"] == "en"
