"""Pages on the first day of a list that nobody tagged: suggested topics, told from facts."""

import pytest

from referral.directory.browse import list_headings
from referral.directory.heading_placement import list_unplaced_services
from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from tests.support.databases import database_filled
from tests.support.inspector import soup_of
from tests.support.untagged_list import fill_untagged, suggest

CLOSET = "Closet of Plenty"
PLACES = {
    "1": (CLOSET, "A Food  Pantry with bags of groceries, every Friday."),
    "2": ("Elm Street food pantry", "Groceries once a week."),
    "3": ("Zyxwv", "Qwert asdfg."),
}
HEADING = "/search?heading=basic-needs"
TOPIC = "food-pantries"


def three_places(instance):
    fill_untagged(instance, PLACES)
    suggest(instance)


directory_url = database_filled(three_places)


def words_of(page, selector):
    return " ".join(page.select_one(selector).get_text().split())


def card_of(page, name):
    return next(card for card in page.select(".result") if name in card.get_text())


def service_path(instance, name):
    with instance.store.read() as session:
        return f"/services/{session.query(ServiceRow.id).filter_by(name=name).scalar()}"


@pytest.mark.slow
def test_a_heading_has_one_number_on_every_page(searchable, client):
    placed = dict(list_headings(searchable, Audience.PUBLIC))
    count = next(placed[each] for each in placed if each.slug == "basic-needs") + 1  # suggested
    tile = soup_of(client.get("/")).select_one(".tile.hue-basic-needs .tile-count")
    assert list(tile.stripped_strings) == [f"{count} places"]
    button = soup_of(client.get("/headings/basic-needs")).select_one(".heading-head .btn")
    assert button.get_text() == f"See all {count} places"
    way = soup_of(client.get("/search?q=xylophone")).select_one(".hue-basic-needs .way")
    assert way.get_text().split()[-2:] == [str(count), "places"]


@pytest.mark.slow
def test_a_heading_lists_first_what_people_placed_there(searchable, client):
    page = soup_of(client.get(HEADING))
    above = [card.get_text() for card in page.select(".results-column > .results .result")]
    below = page.select_one(".band.is-suggested")
    assert not any(CLOSET in text for text in above)
    assert any("Elm Street" in text for text in above)
    assert [CLOSET in card.get_text() for card in below.select(".result")] == [True]
    assert "Nobody has checked" in below.p.get_text()
    assert page.h1.get_text() == "Basic human needs"
    assert words_of(page, ".results-count") == f"{len(above) + 1} places"


@pytest.mark.slow
def test_a_card_says_what_it_looks_like_and_by_which_words(searchable, client):
    card = card_of(soup_of(client.get(HEADING)), CLOSET)
    reason = words_of(card, ".result-reason")
    assert reason.endswith("Looks like Food pantries: “Food Pantry” in its description.")
    assert card.select_one(".result-heading") is None


@pytest.mark.slow
def test_a_card_says_it_in_spanish(searchable, client):
    client.get("/?lang=es")
    card = card_of(soup_of(client.get(HEADING + "&lang=es")), CLOSET)
    reason = card.select_one(".result-reason")
    assert "en su descripción" in reason.get_text()
    assert "Despensas de comida" in reason.get_text()
    assert reason.select_one('[lang="en"]').get_text() == "Food Pantry"


@pytest.mark.slow
def test_words_lead_to_it_with_the_same_reason(searchable, client):
    card = card_of(soup_of(client.get("/search?q=despensa")), CLOSET)
    assert "Looks like Food pantries: “Food Pantry”" in card.get_text()


@pytest.mark.slow
def test_evidence_that_left_the_listing_is_not_shown(searchable, client):
    with searchable.store.write() as session:
        row = session.query(ServiceRow).filter_by(name=CLOSET).one()
        row.description = "Bags of bread for families, every Friday."
    card = card_of(soup_of(client.get(HEADING)), CLOSET)
    assert "Food Pantry" not in card.get_text()
    assert "Looks like Food pantries, from its text." in card.get_text()


@pytest.mark.slow
def test_a_topic_counts_what_is_suggested_and_its_results_say_so(searchable, client):
    topics = soup_of(client.get("/headings/basic-needs")).select_one(".topic-tree").get_text()
    assert "Food pantries 22 places" in " ".join(topics.split())
    food = " ".join(soup_of(client.get("/topics/food")).select_one("main").get_text().split())
    assert "Food pantries 22 places" in food
    results = soup_of(client.get(f"/search?topic={TOPIC}"))
    assert words_of(results, "h1") == "Food pantries"
    assert words_of(results, ".results-count") == "2 places"
    assert len(results.select(".band.is-suggested .result")) == 2
    assert "Nobody has checked" in results.select_one(".band.is-suggested").get_text()


def test_a_service_page_names_them_apart_from_its_topics(searchable, client):
    path = service_path(searchable, CLOSET)
    page = soup_of(client.get(path))
    note = page.select_one(".suggested-note")
    assert "nobody has checked" in note.get_text()
    assert [link["href"] for link in note.select("a")] == [f"/topics/{TOPIC}"]
    assert page.select_one(".topics") is None
    assert "Food pantries" not in soup_of(client.get(f"{path}/print")).get_text()


@pytest.mark.slow
def test_a_filter_shows_one_number(searchable, client):
    filters = soup_of(client.get(HEADING)).select_one(".filters").get_text()
    assert "Basic human needs (3)" in filters
    assert "suggested" not in filters


def test_no_suggestion_is_a_fact(searchable):
    assert CLOSET in {service.name for service in list_unplaced_services(searchable)}


@pytest.mark.slow
def test_the_sample_county_says_nothing_of_suggestions(sample_client):
    for path in ("/", "/headings/basic-needs", "/topics/food", HEADING, "/search?topic=food"):
        text = soup_of(sample_client.get(path)).select_one("main").get_text()
        assert "uggested" not in text
        assert "look like it" not in text
