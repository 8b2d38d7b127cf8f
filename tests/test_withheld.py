"""Nothing withheld is in any page, answer, log or index file of the demo.

The seed data plants addresses, numbers and names that stand nowhere but in withheld records.
"""

import json
import logging
import re
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from referral.cli import main
from referral.open_data.ledger.changes_feed import read_changes
from tests.support.plants import county_rows, planted


@pytest.fixture(scope="module")
def plants():
    found = planted()
    assert "417 Hidden Hollow Lane" in found
    assert len(found) > 15
    return found


def shown_in(text, plants):
    """Give the plants that stand in a text; phone numbers in any spelling."""
    digits = _digits(text)
    numbers = {plant for plant in plants if _is_number(plant) and _digits(plant) in digits}
    return numbers | {plant for plant in plants if plant in text}


def _is_number(plant):
    return re.fullmatch(r"[\d\s().-]{10,}", plant)


def _digits(text):
    return "".join(re.findall("[0-9]+", text))


def with_withheld_parts():
    """Give the ids of services and organizations that have a part that is held back.

    A service has those of its organization too.
    """
    hidden = {
        row[column]
        for name in ("locations", "phones", "contacts")
        for row in county_rows(name)
        if row["visibility"] in {"withheld", "staff"}
        for column in ("id", "service_id", "organization_id")
        if row.get(column)
    }
    at_places = county_rows("service_at_location")
    hidden |= {row["service_id"] for row in at_places if row["location_id"] in hidden}
    return hidden | {
        row["id"] for row in county_rows("services") if row["organization_id"] in hidden
    }


def some_of_each(every, *, withheld=1):
    """Give the ids of every so many services and organizations, and of those with such a part."""
    rows = [row for name in ("services", "organizations") for row in county_rows(name)[::every]]
    return {*sorted(with_withheld_parts())[::withheld], *(row["id"] for row in rows)}


@pytest.mark.slow
def test_no_page_shows_anything_withheld(sample_app, plants, caplog):
    """Follow every link from the home page to the end, but for searches, which have no end.

    Links that only change the look of a page, or its language to that it has, are followed from
    the home page. No choice is kept for the next page. The page of a service is fetched
    for one in four and for all that have something held back; what hangs on it or an organization,
    such as a calendar, for one in ten, and for one in three of those.
    """
    caplog.set_level(logging.DEBUG)
    client = sample_app.test_client(use_cookies=False)
    searches = [f"/search?q={words}&near=16335&page={page}" for page in (1, 2, 3)
                for words in ("", "shelter", "safe+house")]  # fmt: skip
    printed = [f"/services/{row['id']}/print" for row in county_rows("services")[::10]]
    waiting, seen = ["/", *searches, *printed], set()
    with_pages, with_parts = some_of_each(4), some_of_each(10, withheld=3)
    while waiting:
        address = waiting.pop()
        found = re.match(r"/(services|organizations)/([0-9a-f-]{36})(/?)", address)
        if found is None or (found[1] == "organizations" and not found[3]):
            is_chosen = True
        else:
            is_chosen = found[2] in (with_parts if found[3] else with_pages)
        if address in seen or not is_chosen:
            continue
        seen.add(address)
        text = client.get(address).get_data(as_text=True)
        assert shown_in(text, plants) == set(), address
        waiting += [
            link
            for link in map(unescape, re.findall(r'href="(/[^"#]*)"', text))
            if not link.startswith(("/static/", "/search")) and not link.endswith("/print")
            if address == "/" or not re.search(r"[?&](text=|contrast=|lang=en)", link)
        ]
    services = {
        found[0] for each in seen if (found := re.match(r"/services/[0-9a-f-]+(?!/)", each))
    }
    assert len(services) > 150
    assert shown_in(caplog.text, plants) == set()


def test_an_extension_for_staff_leaves_the_main_number_public(sample_instance, sample_client):
    """On page, card and paper, in the API and the feed; the extension is in none of these."""
    council, crisis = "49d4031c-b861-5369-b13d-bd4566312253", "6524e7a4-8ec1-50df-9752-e32bd36fabda"
    (name,) = (row["name"] for row in county_rows("services") if row["id"] == crisis)
    addresses = (
        f"/services/{crisis}",
        f"/services/{crisis}/print",
        f"/organizations/{council}",
        f"/search?q={name}&near=16335",
        f"/hsds/3.1/services/{crisis}",
        f"/hsds/3.1/organizations/{council}",
    )
    said = [sample_client.get(address).get_data(as_text=True) for address in addresses]
    cursor = "0"
    while lines := read_changes(sample_instance, cursor, 1000).lines:
        said += [line.decode() for line in lines.splitlines() if council in line.decode()]
        cursor = json.loads(lines.splitlines()[-1])["cursor"]
    assert len(said) > len(addresses)
    for text in said:
        assert not re.search(r"0107\W{1,9}(?:ext\w*|x)?\W{0,3}99|back line", text, re.IGNORECASE)
    assert all("8145550107" in _digits(text) for text in said[: len(addresses)])
    assert any("8145550107" in _digits(text) for text in said[len(addresses) :])


def test_no_withheld_service_or_organization_has_a_page(sample_client):
    for name in ("services", "organizations"):
        hidden = [
            row["id"] for row in county_rows(name) if row["visibility"] in {"withheld", "staff"}
        ]
        for record_id in hidden:
            assert sample_client.get(f"/{name}/{record_id}").status_code == 404


def test_no_index_file_has_anything_withheld(sample_instance, plants):
    files = [path for path in sample_instance.settings.index_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes().decode("latin-1").lower()
        for plant in plants:
            assert plant.lower() not in content, path.name


@pytest.mark.slow
@pytest.mark.parametrize("words", ["hidden hollow", "safe house", "shelter", ""])
def test_no_answer_of_the_command_has_anything_withheld(sample_instance, plants, words):
    instance_path = str(Path(sample_instance.settings.instance_path))
    result = CliRunner().invoke(
        main, ["--instance", instance_path, "search", words, "--limit", "200", "--json"]
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["total"] >= 0
    assert shown_in(result.stdout, plants) == set()
