"""A service is shown at the place that its card showed, on every page and paper that follows."""

from urllib.parse import urlsplit

import pytest

from referral.app import create_app
from referral.slips.slips import read_slip
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.support.provider_lists import write_hsds
from tests.support.staff import post
from tests.test_held_back import take_in

NEAR = "/search?q=soup&near=15201"
STREETS = {"16335": "1 First Street", "15201": "2 Second Street", "19102": "3 Third Street"}
PHONES = {"16335": "814-555-0131", "15201": "412-555-0132", "19102": "215-555-0133"}


@pytest.fixture
def client(instance, tmp_path):
    """Give a client of a site with a service at three places, each with its phone and hours."""
    codes = list(STREETS)
    take_in(instance, write_hsds(
        tmp_path / "list",
        services=[{"id": "s1", "name": "Soup", "status": "active", "description": "Soup for all."}],
        locations=[{"id": code, "name": f"Hall {code}", "location_type": "physical"}
                   for code in codes],
        addresses=[{"id": code, "location_id": code, "address_1": street, "city": "Town",
                    "state_province": "PA", "postal_code": code, "address_type": "physical"}
                   for code, street in STREETS.items()],
        service_at_locations=[{"id": code, "service_id": "s1", "location_id": code}
                              for code in codes],
        phones=[{"id": code, "location_id": code, "number": number, "type": "voice"}
                for code, number in PHONES.items()],
        schedules=[{"id": code, "service_at_location_id": code, "freq": "WEEKLY", "byday": day,
                    "opens_at": "09:00", "closes_at": "17:00"}
                   for code, day in zip(codes, ("MO", "TU", "WE"), strict=True)],
    ), "soup")  # fmt: skip
    return inspecting(create_app(instance.settings, instance))


def place_first(text):
    """Assert that of the streets in a text that of the chosen place comes first."""
    found = sorted((text.find(street), street) for street in STREETS.values() if street in text)
    assert found, text[:300]
    return found[0][1]


def test_page_list_paper_slip_and_files_begin_with_the_place_of_the_card(client, instance):
    card = soup_of(client.get(NEAR)).select_one(".service-card")
    assert STREETS["15201"] in card.text
    link, button = card.select_one("h2 a, h3 a")["href"], card.select_one("button[name=add]")
    page = client.get(link)
    assert place_first(soup_of(page).select_one("main").text) == STREETS["15201"]
    assert (
        PHONES["15201"].replace("412-", "(412) ") in soup_of(page).select_one(".start-phone").text
    )
    for selector in ("a[href*='/print']", "a[href*='/contact']", "a[href*='/hours']"):
        (found,) = soup_of(page).select(selector)
        text = client.get(found["href"]).text.replace("\\r\\n ", "")
        assert place_first(text) == STREETS["15201"], selector
    assert text.count("DTSTART;") == 1, "the hours of one place"

    client.post(button["formaction"], data={"add": button["value"], "back": NEAR})
    listed = client.get("/my-list")
    assert place_first(soup_of(listed).select_one("ol.my-list").text) == STREETS["15201"]
    assert "and 2 more places" in soup_of(listed).select_one("ol.my-list").text
    post(client, "/my-list/print", "/my-list")
    paper = client.get("/my-list/print")
    assert place_first(paper.text) == STREETS["15201"]
    assert "and 2 more places" in paper.text
    code = urlsplit(soup_of(paper).select_one(".slip-code").text).path.rpartition("/")[2]
    (slip,) = read_slip(instance, code).services
    assert slip.sites[0].address.address_1 == STREETS["15201"]
    assert slip.hours == slip.sites[0].hours
    shown = client.get(f"/l/{code}")
    assert place_first(soup_of(shown).select_one("main").text) == STREETS["15201"]
    assert PHONES["15201"].replace("412-", "(412) ") in shown.text


def test_a_place_that_a_service_does_not_have_changes_nothing(client):
    link = soup_of(client.get(NEAR)).select_one(".service-card a[href*='/services/']")["href"]
    path = urlsplit(link).path
    usual = client.get(path).text
    other = client.get(f"{path}?at=nowhere&near=x").text
    shown = [place_first(soup_of(text).select_one("main").text) for text in (usual, other)]
    assert shown[0] == shown[1]


def test_the_page_at_a_shared_computer_shows_the_distance_of_the_card(instance, client):
    app = create_app(terminal_settings(instance), instance)
    terminal = app.test_client()  # titles say nothing there
    card = soup_of(terminal.get(NEAR, follow_redirects=True).text).select_one(".service-card")
    link = card.select_one("h2 a, h3 a")["href"]
    assert "15201" not in link
    page = soup_of(terminal.get(link, follow_redirects=True).text)
    assert card.select_one(".distance").text in page.select_one(".start").text
