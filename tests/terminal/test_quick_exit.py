"""Leaving fast, and the page that says what it can and cannot do."""

from dataclasses import replace
from pathlib import Path

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of

PAGES = ("/", "/search?q=food", "/help-now", "/safety", "/nowhere")


def test_exit_clears_everything_and_goes_to_a_neutral_site(sample_client):
    sample_client.get("/?lang=es")
    response = sample_client.get("/exit")
    assert response.status_code == 303
    assert response.location == "https://www.weather.gov/"
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert sample_client.get_cookie("choices") is None


def test_the_link_leads_straight_to_the_neutral_site_and_the_wipe_is_beside_it(sample_client):
    for link in soup_of(sample_client.get("/")).select("a[data-exit]"):
        assert link["href"] == "https://www.weather.gov/"
        assert {"nofollow", "noopener", "noreferrer"} == set(link["rel"])
        sample_client.get("/?lang=es")
        response = sample_client.post(link["ping"])
        assert response.status_code == 204
        assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert sample_client.get_cookie("choices") is None


def test_a_neutral_page_of_this_site_is_reached_after_the_wipe(sample_instance):
    settings = replace(sample_instance.settings, exit_address="/about")
    client = inspecting(create_app(settings, sample_instance))
    link = soup_of(client.get("/")).select_one("a.exit-button")
    assert (link["href"], link.get("ping")) == ("/exit", None)
    assert client.get(link["href"]).location == "/about"


@pytest.mark.parametrize(
    ("headers", "is_wiped"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://other.example"}, False),  # an older browser
        ({"Origin": "null"}, True),
        ({"Origin": "http://localhost"}, True),
        ({}, True),
    ],
)
def test_another_site_cannot_send_the_wipe(sample_client, headers, is_wiped):
    sample_client.get("/?lang=es")
    response = sample_client.post("/exit", headers=headers)
    assert ("Clear-Site-Data" in response.headers) is is_wiped
    assert bool(sample_client.get_cookie("choices")) is not is_wiped


@pytest.mark.parametrize("path", ["/exit", "/start-over"])
def test_another_site_cannot_end_a_visit(sample_client, path):
    sample_client.get("/?lang=es")
    response = sample_client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Clear-Site-Data" not in response.headers
    assert sample_client.get_cookie("choices")


@pytest.mark.parametrize("path", PAGES)
def test_the_way_out_is_the_second_link_of_every_page(sample_client, path):
    soup = soup_of(sample_client.get(path))
    first, second = soup.select("a")[:2]
    assert first["href"] == ("#results" if path.startswith("/search") else "#main")
    assert second["href"] == "https://www.weather.gov/"
    assert soup.select_one("a.exit-button[href='https://www.weather.gov/']")


def test_the_print_view_has_it_too(sample_client, sample_cards):
    page = sample_client.get(f"/services/{sample_cards[0].service.id}/print")
    assert soup_of(page).select_one("a")["href"] == "https://www.weather.gov/"


def test_the_safety_page_is_honest(sample_client):
    text = sample_client.get("/safety").text
    assert "We cannot take our pages out of that list." in text
    assert "Such a program sees all you do." in text


# Each sentence of the page that promises something, and the tests that hold it.
PROMISES = {
    "The screen goes blank at once, and another site opens.":
        "test_quick_exit_browser.py::test_the_cover_is_there_before_anything_answers",
    "What you typed here is gone.": "test_browser.py::test_leaving_in_mid_form",
    "It works when our site is slow or away, too.":
        "test_quick_exit_browser.py::test_it_leaves_while_the_server_is_away",
    "Your visit ends at once, with your list and your language.":
        "test_visits.py::test_a_visit_that_was_ended_by_hand_is_over_on_every_node",
    "The visit ends by itself, minutes after the last touch.":
        "test_visits.py::test_a_visit_ends_by_the_clock_with_list_and_language",
    "Then nobody can open what you saw, not by Back and not from the history.":
        "test_browser_profile.py::test_nothing_of_ten_visits_is_in_the_profile",
}  # fmt: skip


def test_what_the_safety_page_promises_is_held_by_a_test(sample_client):
    text = soup_of(sample_client.get("/safety")).main.text
    for promise, test in PROMISES.items():
        assert promise in text
        module, _, name = test.partition("::")
        assert f"def {name}(" in Path(__file__).with_name(module).read_text(encoding="utf-8")
