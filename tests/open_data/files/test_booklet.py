"""Booklets: only what is public, numbered, with an index that refers to the numbers."""

import re

import pytest

from referral.app import create_app
from referral.open_data.files import booklet as booklets
from referral.open_data.files.booklet import read_booklet
from referral.records.accounts import Role
from tests.support.browser import accessibility_faults, follow
from tests.support.databases import database_filled
from tests.support.editing import the_county
from tests.support.inspector import soup_of
from tests.support.paper import printed_sheets
from tests.support.plants import planted
from tests.support.server import serving
from tests.support.staff import add_account, signed_in_client

PAGE = "/admin/exports/booklet"

directory_url = database_filled(the_county)


def entries_of(booklet):
    return [entry for group in booklet.groups for entry in group.entries]


@pytest.fixture
def desk_app(demo):
    """Give the demo with an account of the desk."""
    add_account(demo, [Role.DESK])
    return create_app(demo.settings, demo)


@pytest.fixture
def librarian(desk_app):
    """Give a client in which a librarian is signed in."""
    return signed_in_client(desk_app)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["", "heading=basic-needs", "town=Meadville&language=es"])
def test_contents_and_index_refer_to_the_numbers(librarian, words):
    page = librarian.get(f"{PAGE}/print?{words}")
    soup = soup_of(page)
    articles = [article.text for article in soup.select("article")]
    titles = [title.text for title in soup.select("article h3")]
    assert [int(title.split(".")[0]) for title in titles] == list(range(1, len(titles) + 1))
    for line in soup.select(".booklet-index li"):
        name, numbers = (part.text for part in line.select(":scope > span"))
        for number in numbers.split(", "):
            assert name in articles[int(number) - 1]
    ranges = [part.text for part in soup.select(".booklet-contents .number")]
    assert ranges[0].split("–")[0] == "1"
    assert ranges[-1].split("–")[-1] == str(len(titles))
    assert soup.html["lang"] == ("es" if "=es" in words else "en")
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", page.text), "an id is in the booklet"


@pytest.mark.slow
def test_no_withheld_place_is_in_a_booklet(librarian):
    text = librarian.get(f"{PAGE}/print").text
    assert not [each for each in planted() if each in text]


@pytest.mark.slow
def test_a_town_has_the_services_with_a_place_there(sample_instance):
    everywhere, there = (
        read_booklet(sample_instance),
        read_booklet(sample_instance, town="MEADVILLE"),
    )
    assert 0 < there.total < everywhere.total
    assert {entry.card.site.address.city for entry in entries_of(there)} == {"Meadville"}


@pytest.mark.slow
def test_a_booklet_has_an_end(sample_instance, monkeypatch):
    whole = read_booklet(sample_instance)
    monkeypatch.setattr(booklets, "MOST_ENTRIES", 10)
    some = read_booklet(sample_instance)
    assert (some.total, some.left_out) == (10, whole.total - 10)
    assert len(entries_of(some)) == 10


@pytest.mark.slow
def test_what_fits_nothing_is_said(librarian):
    assert "No listing fits." in librarian.get(f"{PAGE}/print?town=Nowhere").text
    assert librarian.get(f"{PAGE}/print?heading=nothing").status_code == 422


@pytest.mark.browser
def test_a_booklet_in_a_browser_and_on_paper(visit, desk_app, librarian):
    with serving(desk_app) as address:
        page = visit(address)
        page.context.add_cookies(
            [{"name": each.key, "value": each.value, "url": address}
             for each in librarian._cookies.values()]
        )  # fmt: skip
        page.goto(address + PAGE)
        faults = accessibility_faults(page)
        page.select_option("#heading", "basic-needs")
        follow(page, "main form button")
        assert "/print?" in page.url
        faults += accessibility_faults(page)
        titles = page.locator("article h3").all_inner_texts()
        sheets = printed_sheets(page)
    assert not faults
    assert "988" in sheets[0]
    assert "Contents" in sheets[1]
    for title in titles:
        assert any(" ".join(title.split()) in sheet for sheet in sheets), title


@pytest.mark.both_databases
def test_a_booklet_of_a_small_county(instance):
    found = read_booklet(instance)
    assert [entry.number for entry in entries_of(found)] == list(range(1, found.total + 1))
    assert not any(entry.card.site and not entry.card.site.address for entry in entries_of(found))
