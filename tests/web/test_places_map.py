"""Maps: beside the list, of public places only, light until asked for."""

import gzip
import json
from dataclasses import replace

import pytest

from referral.app import create_app
from tests.support.inspector import inspecting, soup_of

RESULTS = "/search?q=food&near=16335"


def test_the_numbers_of_the_list_are_those_of_the_map(sample_client):
    page = soup_of(sample_client.get(f"{RESULTS}&map=yes"))
    numbers = [item["value"] for item in page.select("#places-map .map-list li")]
    dots = {title.text.split(".")[0] for title in page.select(".drawn-map .map-dot title")}
    assert set(numbers) == dots
    for item in page.select("#places-map .map-list a"):
        assert page.select_one(f"[id='{item['href'][1:]}']")


def test_without_being_asked_there_is_a_link_and_no_map(sample_client):
    page = soup_of(sample_client.get(RESULTS))
    assert page.select_one("#places-map[hidden]")
    assert not page.select(".drawn-map")
    assert page.select_one("a.show-map")["href"].endswith("&map=yes#places-map")


def test_withheld_places_are_on_no_map(sample_client, sample_service, sample_cards):
    """The client refuses any answer with a planted position in it."""
    withheld = {card.service.id for card in sample_cards if card.place_withheld and not card.site}
    assert withheld
    for service_id in withheld:
        page = soup_of(sample_client.get(f"/services/{service_id}?map=yes"))
        assert not page.select("#places-map")
    for query in ("shelter", "safe", "abuse"):
        page = soup_of(sample_client.get(f"/search?q={query}&map=yes"))
        linked = [page.select_one(a["href"]) for a in page.select(".map-list a")]
        shown = {card.select_one("button[name=add]")["value"] for card in linked}
        assert not shown & withheld


def test_outlines_are_counties_as_lines(sample_client):
    page = soup_of(sample_client.get(RESULTS))
    answer = sample_client.get(page.select_one("#places-map")["data-outlines"])
    lines = json.loads(answer.text)
    assert lines["features"]
    for feature in lines["features"]:
        for ring in feature["geometry"]["coordinates"]:
            assert ring[0] == ring[-1]


@pytest.mark.parametrize(
    "box", ["", "x", "1,2,3,4", "-80.0,41.0,-80.0,42.0", "-120.0,20.0,-60.0,50.0"]
)
def test_what_is_no_box_gets_no_outlines(sample_client, box):
    assert sample_client.get("/map-outlines", query_string={"box": box}).status_code == 400


def test_pictures_of_a_map_come_from_the_named_server_only(sample_directory, sample_client):
    assert "http" not in sample_client.get(RESULTS).headers["Content-Security-Policy"]
    settings = replace(
        sample_directory.settings,
        tile_url="https://tiles.example.org/a/{z}/{x}/{y}.png",
        tile_attribution="Map: Example",
    )
    client = inspecting(create_app(settings, sample_directory))
    answer = client.get(RESULTS, unchecked={"csp"})
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["img-src"] == "https://tiles.example.org 'self' data:"
    assert [name for name, value in policy.items() if "http" in value] == ["img-src"]
    assert "Map: Example" in answer.text


# ---------------------------------------------------------------- what pages weigh

KILOBYTE = 1000


def wire_bytes(client, path, language="en"):
    """The client keeps its cookies for other tests, so the language is asked for by a header."""
    headers = {"Accept-Encoding": "gzip", "Accept-Language": language}
    with client.get(path, headers=headers) as answer:
        assert answer.status_code == 200
        return len(answer.get_data())


def files_of(client, path):
    packed = client.get(path, headers={"Accept-Encoding": "gzip"}).get_data()
    page = soup_of(gzip.decompress(packed).decode())
    return [
        tag.get("src") or tag["href"]
        for tag in page.select("script[src], link[rel=stylesheet], link[rel=icon], img")
    ]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", [RESULTS, "/search?q=health"])
def test_a_results_page_weighs_less_than_60_kb(plain_client, path, language):
    assert wire_bytes(plain_client, path, language) < 60 * KILOBYTE


@pytest.mark.parametrize("path", ["/", RESULTS])
def test_a_first_load_weighs_less_than_150_kb(plain_client, path):
    files = files_of(plain_client, path)
    assert not any("leaflet" in each for each in files)
    assert sum(wire_bytes(plain_client, each) for each in [path, *files]) < 150 * KILOBYTE


def test_even_a_drawn_map_is_light(plain_client):
    assert wire_bytes(plain_client, f"{RESULTS}&map=yes") < 60 * KILOBYTE
