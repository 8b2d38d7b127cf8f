"""What a results page says before its results: danger first, then how the words were taken."""

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of


def page_for(client, words):
    return soup_of(client.get("/search", query_string={"q": words}))


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("i want to die", "988"),
        ("my husband hits me", "1-800-799-7233"),
        ("no quiero vivir", "988"),
        ("she swallowed bleach", "1-800-222-1222"),
    ],
)
def test_words_of_danger_raise_the_right_line_above_all(sample_client, words, number):
    page = page_for(sample_client, words)
    panel = page.select_one(".danger-lines")
    assert number in panel.select_one(".help-line").get_text()
    heading = page.find("h1").get_text()
    assert words not in heading
    assert words not in page.title.get_text()
    assert page.select_one(".notice") is None
    assert page.select(".chip.is-need") == []
    assert "exactly" not in page.select_one("main").get_text()
    results = page.select_one(".results")
    assert results is None or panel.sourceline < results.sourceline


@pytest.mark.parametrize("words", ["food", "hospice", "killing time", "cut my hair"])
def test_ordinary_words_raise_none(sample_client, words):
    assert page_for(sample_client, words).select_one(".danger-lines") is None


@pytest.mark.parametrize(
    ("language", "says", "asks", "link_says"),
    [
        ("en", "Citizenship help", "Is that what you meant?", "exactly"),
        ("es", "Ayuda para la ciudadanía", "¿Es eso lo que quiso decir?", "exactamente"),
    ],
)
def test_a_guess_is_said_to_be_one_and_can_be_refused(
    sample_client, language, says, asks, link_says
):
    sample_client.get(f"/?lang={language}")
    page = page_for(sample_client, "swear in as an american")
    assert asks in page.select_one(".quiet-words").get_text()
    assert says in page.h1.get_text()
    link = page.find("a", string=lambda text: text and link_says in text)
    assert asks not in sample_client.get(link["href"]).text


def test_how_words_were_taken_is_said_and_can_be_refused(sample_client):
    page = page_for(sample_client, "evicton")
    assert "in place of “evicton”" in page.select_one(".quiet-words").get_text()
    link = page.find("a", string=lambda text: text and "exactly" in text)
    exact = sample_client.get(link["href"]).text
    assert "in place of “evicton”" not in exact
    assert "exactly" not in soup_of(exact).select_one("main").get_text()


def test_the_panel_comes_before_all_that_can_be_reached(sample_client):
    main = page_for(sample_client, "my husband hits me").select_one("main")
    first = main.select_one("a[href], button, input, select")
    assert first.find_parent(class_="danger-lines")


def test_words_of_danger_lead_to_help_and_can_be_searched_anyway(sample_client):
    page = page_for(sample_client, "my husband hits me and i need furniture")
    names = [name.get_text(strip=True) for name in page.select(".result-name")]
    assert page.select_one(".danger-lines h3").text == "National Domestic Violence Hotline"
    assert names[0] == "24-hour Survivors' Hotline"
    assert "National Domestic Violence Hotline" not in names
    assert not page.select(".filters, .understood, .order")
    assert not any("furniture" in name.casefold() for name in names)
    link = page.find("a", string="Search for these words anyway")
    anyway = soup_of(sample_client.get(link["href"]))
    assert anyway.select_one(".danger-lines")
    assert anyway.find("a", string="Search for these words anyway") is None
    assert "furniture" in anyway.select_one(".results").get_text().casefold()


def test_no_place_for_a_danger_leaves_the_panel_and_one_way_on(demo):
    row = "domestic-violence,Safe line,814-555-0100,+18145550100,no-such-topic"
    (demo.settings.instance_path / "help_lines.csv").write_text(
        f"key,name,phone,tel,topics\n{row}\n", encoding="utf-8"
    )
    page = page_for(inspecting(create_app(demo.settings, demo)), "my husband hits me")
    assert page.select_one(".danger-lines a[href='tel:+18145550100']")
    nothing = page.select_one(".nothing")
    assert [link.get_text(strip=True) for link in nothing.select("a")] == [
        "Search for these words anyway"
    ]
    assert "hits" not in nothing.get_text()


def test_choices_that_hid_help_can_be_taken_back_and_no_word_is_said_again(sample_client):
    query = {"q": "my husband hits me", "heading": "food"}
    page = soup_of(sample_client.get("/search", query_string=query))
    assert page.select_one(".danger-lines")
    if page.select_one(".nothing"):
        assert "hits" not in page.select_one(".nothing").get_text()


def test_the_panel_has_a_local_number_and_no_address(sample_client):
    local = page_for(sample_client, "my husband hits me").select_one(".danger-lines .is-local")
    assert local.select_one("h3 a[href^='/services/']")
    assert local.select_one("a[href^='tel:']")
    assert len(local.select("p")) <= 3


NEAR = "he twists my arm and hides my keys"
PERHAPS = "i want to stop drinking"


def test_words_near_to_a_danger_raise_the_panel_too(sample_client):
    page = page_for(sample_client, NEAR)
    assert page.select_one(".danger-lines .help-line") is not None
    assert page.select_one(".quiet-line") is None
    assert NEAR not in page.find("h1").get_text()


def test_words_near_to_a_danger_keep_the_results_and_have_a_local_number(sample_client):
    page = page_for(sample_client, f"{NEAR}. i need furniture")
    assert page.select_one(".danger-lines .is-local a[href^='tel:']")
    assert page.find("a", string="Search for these words anyway") is None
    assert "furniture" in page.select_one(".results").get_text().casefold()


def test_no_word_near_to_a_danger_is_said_again_where_nothing_is_found(sample_client):
    query = {"q": "he twists my arm and hides my keys", "heading": "food", "exactly": "yes"}
    page = soup_of(sample_client.get("/search", query_string=query))
    assert page.select_one(".danger-lines")
    assert "twists" not in page.select_one(".nothing").get_text()


@pytest.mark.parametrize("more", [{}, {"exactly": "yes"}, {"near": "16335"}])
def test_words_that_perhaps_mean_danger_raise_one_quiet_line(sample_client, more):
    page = soup_of(sample_client.get("/search", query_string={"q": PERHAPS, **more}))
    assert page.select_one(".danger-lines") is None
    [line] = page.select(".quiet-line")
    assert "1-800-662-4357" in line.get_text()
    assert line.find("a")["href"] == "tel:+18006624357"
    results = page.select_one(".results")
    assert results is None or line.sourceline < results.sourceline


def test_the_quiet_line_is_in_spanish_too(sample_client):
    page = soup_of(sample_client.get("/search?q=dejar+las+drogas&lang=es"))
    assert (
        "En una emergencia, llame a este número: 911" in page.select_one(".quiet-line").get_text()
    )


@pytest.mark.slow
def test_words_that_perhaps_mean_danger_are_not_counted_as_missed(instance, client):
    """The directory is empty, so that nothing is found."""
    instance.index.sync()
    for words in ("furniture", "hermano borracho tirado"):
        page = page_for(client, words)
        assert page.select_one(".nothing")
        assert bool(page.select(".quiet-line")) == (words != "furniture")
    assert dict(instance.missed_searches.take()) == {("", "", ""): 1}
