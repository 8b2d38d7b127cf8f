"""Maps: beside the list, of public places only, light until asked for."""

import gzip
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import render_template_string

from referral.app import create_app
from referral.directory.view_models import Site
from referral.fields.places.lookup import find_zip
from referral.records.hsds import Address, Location
from referral.resources import resource_path
from referral.web.maps.directions import directions_to
from referral.web.maps.frame import Frame
from referral.web.maps.map_view import map_request
from referral.web.maps.places_map import card_points
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings

RESULTS = "/search?q=food&near=16335"
TILED = {"csp"}  # it allows one host for images


def markers_on(page, look="is-wide"):
    """Numbers on a map."""
    drawing = page.select_one(f".map-drawing.{look}")
    return sorted(int(link.text) for link in drawing.select(".map-marker a"))


@pytest.mark.parametrize("path", [RESULTS, "/search?q=food&near=16335&page=2"])
def test_the_numbers_of_the_list_are_those_of_the_map_and_of_the_cards(sample_client, path):
    page = soup_of(sample_client.get(f"{path}&map=all"))
    listed = [int(item["value"]) for item in page.select("#places-map .map-list li")]
    assert listed
    assert markers_on(page, "is-wide") == markers_on(page, "is-narrow") == listed
    on_cards = {
        card["id"]: int(card.select_one(".map-number").text)
        for card in page.select(".service-card:has(.map-number)")
    }
    for item in page.select("#places-map .map-list li"):
        assert on_cards[item.a["href"][1:]] == int(item["value"])
    for link in page.select(".map-drawing .map-marker a"):
        assert on_cards[link["href"][1:]] == int(link.text)
        assert link["aria-label"].startswith(f"{link.text}. ")


@pytest.mark.slow
def test_without_being_asked_there_is_a_link_and_no_map(sample_client):
    page = soup_of(sample_client.get(RESULTS))
    assert not page.select("#places-map, .map-number")
    assert page.select_one("a.show-map")["href"].endswith("&map=yes#places-map")
    assert not soup_of(sample_client.get(f"{RESULTS}&map=elsewhere")).select("#places-map")


@pytest.mark.slow
def test_links_of_a_map_lead_to_maps_and_back_to_none(sample_client):
    page = soup_of(sample_client.get(f"{RESULTS}&map=yes"))
    links = page.select(".map-drawing a[data-map]")
    assert len(links) >= 12
    for link in links:
        assert soup_of(sample_client.get(link["href"])).select_one("#places-map")
    hide = page.find("a", string="Hide map")
    assert not soup_of(sample_client.get(hide["href"])).select("#places-map")


def test_you_are_here_is_where_the_search_is_and_no_address_has_it(sample_client):
    page = soup_of(sample_client.get(f"{RESULTS}&map=yes"))
    assert page.select_one(".is-wide .map-here")
    assert "You are near here: Meadville, PA 16335" in page.select_one("#places-map").text
    middle = find_zip("16335")
    views = [re.search(r"map=([\d.,%C-]+)", each["href"]) for each in page.select("a[data-map]")]
    for view in filter(None, views):
        assert f"{middle.latitude:.3f}" not in view[1]
    assert not soup_of(sample_client.get("/search?q=food&map=yes")).select(".map-here")


@pytest.mark.slow
def test_withheld_places_are_on_no_map(sample_client, sample_service, sample_cards):
    """The client refuses any answer with a planted position in it."""
    withheld = {card.service.id for card in sample_cards if card.place_withheld and not card.site}
    assert withheld
    for service_id in withheld:
        page = soup_of(sample_client.get(f"/services/{service_id}?map=yes"))
        assert not page.select("#places-map, .directions")
    for query in ("shelter", "safe", "abuse"):
        page = soup_of(sample_client.get(f"/search?q={query}&map=yes"))
        linked = [page.select_one(a["href"]) for a in page.select(".map-list a[href^='#']")]
        shown = {card.select_one("button[name=add]")["value"] for card in linked}
        assert not shown & withheld


def map_of(app, cards):
    """The map of some cards, as HTML."""
    with app.test_request_context("/search?map=yes"):
        app.preprocess_request()
        return render_template_string(
            "{% from 'macros/places_map.html' import places_map %}{{ places_map(points, asked) }}",
            points=card_points(cards),
            asked=map_request(str),
        )


def test_a_withheld_place_moves_nothing_on_a_map(sample_app, sample_cards):
    """Frame, markers, names and numbers are the same with cards of withheld places and without."""
    withheld = [card for card in sample_cards if card.place_withheld and not card.site]
    public = [card for card in sample_cards if card.site][:20]
    assert withheld
    shown = map_of(sample_app, public)
    assert shown.count('class="locator-map"') == 2
    assert map_of(sample_app, [*public, *withheld]) == shown


# ---------------------------------------------------------------- directions


def test_directions_are_a_link_and_at_a_terminal_a_code(sample_instance, sample_service):
    listing = sample_service(lambda each: each.sites and not each.sites[0].is_approximate)
    path = f"/services/{listing.service.id}"
    page = soup_of(inspecting(create_app(sample_instance.settings, sample_instance)).get(path))
    link = page.select_one(".directions a")
    at = listing.sites[0].location
    assert link["href"].endswith(f"/directions?to={at.latitude:.5f},{at.longitude:.5f}")
    assert {"noopener", "noreferrer"} <= set(link["rel"])
    assert "openstreetmap.org" in link.parent.text
    terminal = inspecting(create_app(terminal_settings(sample_instance), sample_instance))
    page = soup_of(terminal.get(path, follow_redirects=True, unchecked={"title"}))
    assert page.select_one("details.directions svg.qr")
    assert not page.select(".directions a")


def test_directions_go_to_the_street_where_the_position_is_that_of_a_zip_code(sample_app):
    location = Location(id="1", organization_id="2", latitude=41.6, longitude=-80.1,
                        position_source="zip")  # fmt: skip
    address = Address(id="3", location_id="1", address_1="12 Water St.", city="Meadville",
                      state_province="PA", postal_code="16335")  # fmt: skip
    with sample_app.test_request_context("/"):
        way = directions_to(Site(location=location, address=address))
        assert way.address.endswith("?to=12%20Water%20St.,%20Meadville,%20PA%2016335")
        assert directions_to(Site(location=location)) is None
        assert directions_to(Site(location=Location(id="1", organization_id="2"))) is None


# ---------------------------------------------------------------- tiles


def tiled(instance, **settings):
    return inspecting(create_app(replace(instance.settings, **settings), instance))


@pytest.mark.slow
def test_tiles_come_from_the_named_server_only(sample_instance, sample_client):
    assert "http" not in sample_client.get(RESULTS).headers["Content-Security-Policy"]
    named = {
        "tile_url": "https://tiles.example.org/a/{z}/{x}/{y}.png",
        "tile_attribution": "Map: Example",
    }
    answer = tiled(sample_instance, **named).get(f"{RESULTS}&map=yes", unchecked=TILED)
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["img-src"] == "https://tiles.example.org 'self'"
    assert [name for name, value in policy.items() if "http" in value] == ["img-src"]
    page = soup_of(answer)
    assert "Map: Example" in page.select_one("#places-map").text
    tiles = page.select(".is-wide .map-tiles image")
    assert 6 <= len(tiles) <= 30
    assert {urlsplit(tile["href"]).hostname for tile in tiles} == {"tiles.example.org"}
    assert not page.select(".is-wide .is-town")  # the names are those of the tiles
    at_terminal = terminal_settings(sample_instance, **named)
    terminal = inspecting(create_app(at_terminal, sample_instance))
    answer = terminal.get(f"{RESULTS}&map=yes", follow_redirects=True, unchecked={"title"})
    assert "http" not in answer.headers["Content-Security-Policy"]
    assert not soup_of(answer).select("image")
    assert soup_of(answer).select(".is-wide .is-town")


@pytest.mark.slow
def test_a_folder_of_tiles_lies_behind_the_map(sample_instance, tmp_path):
    plain = tiled(sample_instance)
    corner = Frame(10, (41.637, -80.151), 2, 2).corner
    column, row = int(corner[0] // 256), int(corner[1] // 256)
    tile = tmp_path / "tiles" / "10" / str(column) / f"{row}.png"
    tile.parent.mkdir(parents=True)
    tile.write_bytes((resource_path("static") / "icons" / "favicon-32.png").read_bytes())
    (tmp_path / "tiles" / "secret.png").write_bytes(tile.read_bytes())
    client = tiled(
        sample_instance, instance_path=tmp_path, tile_zooms=(10,), tile_attribution="Ours"
    )
    page = soup_of(client.get(f"{RESULTS}&map=yes"))
    [image] = page.select(".is-wide .map-tiles image")
    assert image["href"] == f"/map-tiles/10/{column}/{row}.png"
    with client.get(image["href"]) as answer:
        assert answer.mimetype == "image/png"
        assert answer.get_data() == tile.read_bytes()
        assert "max-age" in answer.headers["Cache-Control"]
    assert "Ours" in page.select_one("#places-map").text
    assert plain.get(image["href"]).status_code == 404
    for path in ("10/../secret", "10/1/..%2F..%2Fsecret", f"10/{column}/99", "9/1/1", "10/-1/2",
                 f"10/{column}/{row}.png/..%2f..%2f..%2fsecret_key"):  # fmt: skip
        assert client.get(f"/map-tiles/{path}.png").status_code == 404


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
    assert sum(wire_bytes(plain_client, each) for each in [path, *files]) < 150 * KILOBYTE


def test_even_a_drawn_map_is_light(plain_client):
    assert wire_bytes(plain_client, f"{RESULTS}&map=yes") < 60 * KILOBYTE
