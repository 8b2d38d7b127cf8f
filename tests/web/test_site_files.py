"""Icons, manifest, robots.txt and what search engines and shared links show of a page."""

import re
import struct
from dataclasses import replace

import pytest

from referral.app import create_app
from referral.theme import parse_color
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.web.test_tokens import SCHEMES

RESULTS = "/search?q=food&near=16335"


@pytest.fixture
def real_client(sample_instance):
    """Give a client of a site whose listings are no samples, with a name and color of its own."""
    settings = replace(
        sample_instance.settings,
        sample_data=False,
        library_name="Elm Library",
        color_primary=parse_color("#5a2a6e"),
    )
    return inspecting(create_app(settings, sample_instance))


def may_fetch(rules, path):
    """Whether robots.txt lets a path be fetched: the longest rule counts, as RFC 9309 has it."""
    found = []
    for line in rules.splitlines()[1:]:
        verb, _, pattern = line.partition(": ")
        expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\$", "$")
        if re.match(expression, path):
            found.append((len(pattern), verb == "Allow"))
    return max(found)[1]


def test_icons_are_there_in_their_sizes(sample_client):
    page = soup_of(sample_client.get("/"))
    icons = [(tag["href"], None) for tag in page.select("link[rel*=icon]")]
    manifest = sample_client.get(page.select_one("link[rel=manifest]")["href"])
    assert manifest.mimetype == "application/manifest+json"
    icons += [(each["src"], each["sizes"]) for each in manifest.json["icons"]]
    assert "maskable" in {each["purpose"] for each in manifest.json["icons"]}
    for address, sizes in icons:
        with sample_client.get(address) as answer:
            assert answer.status_code == 200
            if sizes and sizes != "any":
                assert "{}x{}".format(*struct.unpack(">II", answer.data[16:24])) == sizes


def test_the_manifest_has_the_librarys_name_and_color(real_client):
    manifest = real_client.get("/manifest.webmanifest").json
    assert (manifest["name"], manifest["theme_color"]) == ("Elm Library", "#5a2a6e")
    color = soup_of(real_client.get("/")).select_one("meta[name=theme-color]")
    assert color["content"] == "#5a2a6e"


def test_browsers_color_their_bar_as_the_header(sample_client):
    colors = soup_of(sample_client.get("/")).select("meta[name=theme-color]")
    assert [each["content"] for each in colors] == [
        SCHEMES[scheme]["header"] for scheme in ("light", "dark")
    ]


def test_search_engines_list_places_and_no_person(real_client, sample_client):
    rules = real_client.get("/robots.txt").text
    for path in ("/", "/services/1", "/organizations", "/topics/food", "/about", "/help-now"):
        assert may_fetch(rules, path), path
    for path in (RESULTS, "/my-list", "/my-list/print", "/services/1/print", "/services/1/wrong",
                 "/s/abc", "/at/x", "/staff", "/desk", "/suggest", "/exit", "/?lang=es"):  # fmt: skip
        assert not may_fetch(rules, path), path
    assert "Allow" not in sample_client.get("/robots.txt").text  # invented places


def test_a_shared_page_says_what_it_is(real_client, sample_service):
    listing = sample_service(lambda each: each.sites and each.service.description)
    page = soup_of(real_client.get(f"/services/{listing.service.id}"))
    told = page.select_one("meta[name=description]")["content"]
    assert listing.service.description.startswith(told.rstrip("…")[:40])
    assert len(told) <= 160
    assert page.select_one("meta[property='og:title']")["content"].endswith("Elm Library")
    assert page.select_one("link[rel=canonical]")["href"].endswith(listing.service.id)
    picture = page.select_one("meta[property='og:image']")["content"]
    with real_client.get(picture) as answer:
        assert answer.mimetype == "image/png"


def test_searches_lists_and_terminals_describe_nothing(real_client, sample_instance):
    at_terminal = inspecting(create_app(terminal_settings(sample_instance), sample_instance))
    for client, path in (
        (real_client, RESULTS),
        (real_client, "/my-list"),
        (real_client, "/nowhere"),
        (at_terminal, "/"),
        (at_terminal, "/about"),
    ):
        page = soup_of(client.get(path, follow_redirects=True, unchecked={"title"}))
        assert not page.select("meta[name=description], meta[property^='og:'], link[rel=canonical]")
    assert not soup_of(at_terminal.get("/")).select("link[rel=manifest]")


def test_who_finds_a_hole_is_told_whom_to_tell(sample_instance, time_machine):
    time_machine.move_to("2026-11-27T15:00:00Z", tick=False)
    settings = replace(
        sample_instance.settings,
        security_contact="mailto:it@example.org",
        public_url="https://help.example.org",
    )
    answer = create_app(settings, sample_instance).test_client().get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    assert answer.text == (
        "Contact: mailto:it@example.org\n"
        "Expires: 2027-02-25T00:00:00Z\n"
        "Preferred-Languages: en, es\n"
        "Canonical: https://help.example.org/.well-known/security.txt\n"
    )


def test_without_a_contact_there_is_no_such_file(sample_client):
    assert sample_client.get("/.well-known/security.txt").status_code == 404
