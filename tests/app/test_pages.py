"""Each kind of page, through a client that inspects what it fetches."""

import csv

import pytest

from referral.directory import listings
from referral.records.headings import Heading
from referral.resources import resource_path
from tests.support.inspector import soup_of, text_of

HEADINGS = (
    "basic-needs", "health", "employment", "seniors", "families", "volunteers", "legal",
    "emergency",
)  # fmt: skip


def address_of(listing, suffix=""):
    return f"/services/{listing.service.id}{suffix}"


def test_home_asks_and_offers_eight_headings(sample_client):
    response = sample_client.get("/")
    assert response.status_code == 200
    words = text_of(response)
    assert "What do you need help with?" in words
    for slug in HEADINGS:
        assert f'href="/headings/{slug}"' in response.text
    assert "food, rent, light bill" in words


@pytest.mark.parametrize("slug", HEADINGS)
def test_a_heading_leads_to_its_results(sample_client, slug):
    response = sample_client.get(f"/headings/{slug}")
    assert response.status_code == 200
    assert f'href="/search?heading={slug}"' in response.text
    assert sample_client.get(f"/search?heading={slug}").status_code == 200


def test_a_topic_shows_the_way_up_and_down(sample_client):
    assert "/search?topic=food" in sample_client.get("/topics/food").text
    below = sample_client.get("/topics/food-pantries")
    assert 'href="/topics/food"' in below.text
    assert 'aria-current="page"' in below.text


@pytest.mark.parametrize("path", ["/headings/nowhere", "/topics/nowhere"])
def test_what_is_not_there_is_said_so(sample_client, path):
    response = sample_client.get(path)
    assert response.status_code == 404
    assert "We could not find that page" in text_of(response)


@pytest.mark.slow
def test_a_service_answers_first_what_a_person_needs_first(sample_client, sample_service):
    listing = sample_service(
        lambda each: each.sites and each.phones and each.documents
        and each.service.eligibility_description and each.service.application_process
        and each.areas and (each.is_free or each.costs)
    )  # fmt: skip
    response = sample_client.get(address_of(listing))
    order = (
        "start-title", "what-title", "who-title", "places-title", "facts-title", "wrong-title",
    )  # fmt: skip
    places = [response.text.index(f'id="{name}"') for name in order]
    assert places == sorted(places)
    assert 'href="tel:+1' in response.text
    start = " ".join(soup_of(response).select_one(".start").text.split())
    assert listing.documents[0].document in start
    assert "Cost" in start


def test_a_private_address_is_said_to_be_private(sample_client, sample_service):
    listing = sample_service(lambda each: each.place_withheld)
    assert "The address is private. Call for the location." in text_of(
        sample_client.get(address_of(listing))
    )
    assert "The address is private." in text_of(sample_client.get(address_of(listing, "/print")))


def test_spanish_text_is_marked_as_spanish(sample_client, sample_service):
    listing = sample_service(lambda each: "description" in each.translations.get("es", {}))
    response = sample_client.get(address_of(listing))
    assert 'lang="es"' in response.text
    assert listing.translations["es"]["description"][:40] in text_of(response)


def test_long_unchecked_says_call_first(sample_client, sample_service):
    listing = sample_service(lambda each: each.call_first and each.service.assured_date)
    assert "Call first. Last checked" in text_of(sample_client.get(address_of(listing)))


def test_never_checked_says_so(sample_client, sample_service):
    listing = sample_service(lambda each: each.service.assured_date is None)
    assert "We have not checked this listing yet." in text_of(
        sample_client.get(address_of(listing))
    )


def test_freshly_checked_does_not(sample_client, sample_service):
    listing = sample_service(lambda each: not each.call_first)
    words = soup_of(sample_client.get(address_of(listing))).select_one("main").get_text()
    assert "Last checked" in words
    assert "Call first." not in words  # as the footer says of the whole list


def test_a_service_without_a_place_says_how_to_get_it(sample_client, sample_service):
    listing = sample_service(lambda each: not each.sites and not each.place_withheld)
    assert "By phone or online." in text_of(sample_client.get(address_of(listing)))


def test_print_is_one_sheet_without_the_site_around_it(sample_client, sample_service):
    listing = sample_service(lambda each: each.sites and each.phones)
    response = sample_client.get(address_of(listing, "/print"))
    assert "top-bar" not in response.text
    assert "<form" not in response.text
    assert "988" in text_of(response)


def test_an_organization_lists_its_services(sample_client, sample_service):
    listing = sample_service(lambda each: each.organization)
    response = sample_client.get(f"/organizations/{listing.organization.id}")
    assert listing.organization.name in text_of(response)
    assert address_of(listing) in response.text


def test_organizations_from_a_to_z_stand_on_one_page(sample_client):
    soup = soup_of(sample_client.get("/organizations"))
    headings = [heading.get_text(strip=True) for heading in soup.select("main h2")]
    assert headings[0] == "A"
    for link in soup.select(".letters a"):
        assert soup.select_one(link["href"])


def test_many_organizations_have_a_page_for_each_letter(sample_client, monkeypatch):
    monkeypatch.setattr(listings, "_ORGANIZATIONS_ON_A_PAGE", 10)
    assert "<title>Organizations A to Z: A" in sample_client.get("/organizations").text
    under_s = sample_client.get("/organizations?letter=s")
    assert "<title>Organizations A to Z: S" in under_s.text
    assert soup_of(under_s).select_one(".letters a[aria-current]").get_text(strip=True) == "S"


def test_help_lines_have_numbers_to_tap_and_a_date(sample_client):
    response = sample_client.get("/help-now")
    for link in ('href="tel:911"', 'href="tel:988"', 'href="tel:211"', 'href="tel:+18007997233"'):
        assert link in response.text
    assert "Text START to" in text_of(response)
    assert "Last checked" in text_of(response)


def test_about_says_whom_to_ask(sample_client):
    response = sample_client.get("/about")
    assert 'id="ask"' in response.text


@pytest.mark.parametrize(
    "path", ["/", "/search?q=food", "/help-now", "/about", "/organizations", "/nowhere"]
)
def test_every_page_of_the_demo_says_that_it_is_a_sample(sample_client, path):
    assert "These listings are samples. Do not call them." in text_of(sample_client.get(path))


def test_a_real_site_does_not(client):
    assert "samples" not in text_of(client.get("/"))


@pytest.mark.slow
def test_an_empty_directory_has_pages(client):
    for path in ("/", "/organizations", "/headings/health", "/help-now"):
        assert client.get(path).status_code == 200


@pytest.mark.slow
def test_what_is_withheld_is_on_no_page(sample_client, sample_cards):
    """Every service of an organization that hides a place, and its own page; some of the others.

    The client looks for what is withheld.
    """
    hiding = {card.organization.id for card in sample_cards if card.place_withheld}
    assert hiding
    paths = [f"/organizations/{organization_id}" for organization_id in sorted(hiding)]
    for place, card in enumerate(sample_cards):
        if card.organization.id in hiding or place % 12 == 0:
            paths += [f"/services/{card.service.id}", f"/services/{card.service.id}/print"]
    for path in [*paths, "/search", "/search?q=shelter&near=16335", "/search?q=safe+house"]:
        assert sample_client.get(path).status_code == 200, path


def test_heading_icons_exist():
    from referral.web.assets import icon

    with (resource_path("seed_data") / "headings.csv").open(encoding="utf-8") as file:
        headings = [Heading(slug=row["slug"], name=row["name"], icon=row["icon"])
                    for row in csv.DictReader(file)]  # fmt: skip
    assert [heading.slug for heading in headings if not icon(heading.icon)] == []
