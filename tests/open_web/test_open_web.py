"""What search engines, browsers and other sites get: only public records, and only if switched on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
import time_machine

from referral.app import create_app
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.open_web import sitemap
from referral.store.rows import ServiceRow
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings

TOWN = "https://www.town.example"
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
FILES = (
    "/sitemap.xml",
    "/sitemap/pages",
    "/sitemap/services/1",
    "/opensearch",
    "/embed",
)


def site_client(instance, settings, **switches):
    """Make a client of a site with real listings and these switches."""
    settings = replace(
        settings,
        sample_data=False,
        library_name="Elm Library",
        public_url="http://localhost",
        embed_hosts=(TOWN,),
        **switches,
    )
    return inspecting(create_app(settings, instance))


@pytest.fixture
def new_client(sample_instance):
    """Make such clients of the demo."""

    def make(**switches):
        return site_client(sample_instance, sample_instance.settings, **switches)

    return make


def addresses(answer):
    """The addresses in a file of the sitemap."""
    return [each.text for each in ET.fromstring(answer.data).iterfind(".//s:loc", NAMES)]


def structured_data(client, path):
    """What a page says in JSON-LD; None where it has none."""
    tag = soup_of(client.get(path)).select_one('script[type="application/ld+json"]')
    return json.loads(tag.string) if tag else None


def test_the_sitemap_leads_to_every_public_page(new_client, sample_instance):
    client = new_client()
    files = addresses(client.get("/sitemap.xml"))
    listed = [each for file in files for each in addresses(client.get(path_of(file)))]
    assert len(listed) == len(set(listed))
    assert (
        sum("/services/" in each for each in listed) == client.get("/health/ready").json["services"]
    )
    for kind in ("services", "organizations", "headings"):
        page = next(each for each in listed if f"/{kind}/" in each)
        assert client.get(path_of(page)).status_code == 200
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text
    assert client.get("/sitemap/services/2").status_code == 404
    assert client.get("/sitemap/services/0").status_code == 404


def test_the_sitemap_says_when_pages_changed_for_everybody(instance, services):
    client = site_client(instance, instance.settings)
    times = lambda: dict(told_times(client.get("/sitemap/services/1")))  # noqa: E731
    assert set(times().values()) == {None}  # the ledger was not filled yet
    update_ledger(instance)
    before = times()
    with instance.store.write() as session:
        session.get(ServiceRow, services[0]).name = "Food shelf"
    with time_machine.travel(datetime(2031, 3, 5, 17, tzinfo=UTC)):
        update_ledger(instance)
    after = times()
    changed = [each for each in after if after[each] != before[each]]
    assert changed == [f"http://localhost/services/{services[0]}"]
    assert after[changed[0]].startswith("2031-03-05T17:")
    assert datetime.fromisoformat(after[changed[0]]).tzinfo is not None


def told_times(answer):
    """The addresses in a file of the sitemap, with their times."""
    for each in ET.fromstring(answer.data).iterfind("s:url", NAMES):
        yield each.findtext("s:loc", None, NAMES), each.findtext("s:lastmod", None, NAMES)


def path_of(address):
    """The path of an address of this site."""
    assert address.startswith("http://localhost/")
    return address.removeprefix("http://localhost")


def test_a_long_sitemap_is_several_files(new_client, monkeypatch):
    whole = addresses(new_client().get("/sitemap/services/1"))
    monkeypatch.setattr(sitemap, "PER_FILE", 150)
    client = new_client()
    files = [each for each in addresses(client.get("/sitemap.xml")) if "/sitemap/services/" in each]
    parts = [each for file in files for each in addresses(client.get(path_of(file)))]
    assert (len(files), parts) == (-(-len(whole) // 150), whole)


def test_structured_data_says_what_the_page_says(new_client, sample_service):
    listing = sample_service(
        lambda each: each.sites and each.phone and each.sites[0].hours.week and each.areas
    )
    client = new_client()
    path = f"/services/{listing.service.id}"
    data = structured_data(client, path)
    assert (data["@type"], data["url"]) == ("Service", f"http://localhost{path}")
    assert data["name"] == listing.service.name
    assert data["provider"]["name"] == listing.organization.name
    place = data["availableChannel"][0]["serviceLocation"]
    address = listing.sites[0].address
    assert place["address"]["postalCode"] == address.postal_code
    assert place["address"]["streetAddress"].startswith(address.address_1)
    opened = {
        (day, each["opens"], each["closes"])
        for each in place["openingHoursSpecification"]
        for day in each["dayOfWeek"]
    }
    week = listing.sites[0].hours.week
    assert len(opened) == sum(len(day.spans) for day in week)
    assert data["areaServed"]
    agency = structured_data(client, f"/organizations/{listing.organization.id}")
    assert (agency["@type"], agency["name"]) == ("Organization", listing.organization.name)


def test_nothing_withheld_is_in_structured_data(new_client, sample_service):
    listing = sample_service(lambda each: each.place_withheld)
    text = json.dumps(structured_data(new_client(), f"/services/{listing.service.id}"))
    assert "streetAddress" not in text
    assert "latitude" not in text


def test_a_text_cannot_end_the_script(instance, services):
    with instance.store.write() as session:
        name = "Food</script><script>alert(1)</script>"
        session.get(ServiceRow, services[0]).name = name
    data = structured_data(site_client(instance, instance.settings), f"/services/{services[0]}")
    assert data["name"] == name


@pytest.mark.parametrize("is_on", [True, False])
def test_one_switch_keeps_search_engines_away(new_client, sample_service, is_on):
    client = new_client(search_engines=is_on)
    path = f"/services/{sample_service(lambda each: each.sites).service.id}"
    page = soup_of(client.get(path))
    assert (client.get("/sitemap.xml").status_code == 200) is is_on
    assert ("Sitemap:" in client.get("/robots.txt").text) is is_on
    assert ("Allow" in client.get("/robots.txt").text) is is_on
    assert (page.select_one("link[rel=canonical]") is not None) is is_on
    assert (structured_data(client, path) is not None) is is_on
    assert client.get("/opensearch").status_code == 200


def test_the_description_of_the_search_leads_to_it(new_client):
    client = new_client()
    tag = soup_of(client.get("/")).select_one("link[rel=search]")
    answer = client.get(tag["href"])
    assert answer.mimetype == "application/opensearchdescription+xml"
    root = ET.fromstring(answer.data)
    address = root.find("{*}Url").attrib["template"].replace("{searchTerms}", "food")
    assert client.get(path_of(address)).status_code == 200


def test_only_named_sites_may_show_the_search_in_a_frame(new_client):
    client = new_client()
    for address in ("/embed", "/embed/es"):
        answer = client.get(address)
        assert f"frame-ancestors {TOWN}" in answer.headers["Content-Security-Policy"]
        assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    page = soup_of(client.get("/embed/es"))
    assert page.html["lang"] == "es"
    assert page.form["target"] == "_blank"
    for other in ("/", "/embed/xx", "/search?q=food"):
        headers = client.get(other).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


def test_without_named_sites_there_is_no_frame(sample_client):
    assert sample_client.get("/embed").status_code == 404


def test_a_terminal_has_none_of_it(sample_instance):
    client = site_client(sample_instance, terminal_settings(sample_instance))
    for path in FILES:
        assert client.get(path, follow_redirects=True).status_code == 404, path
