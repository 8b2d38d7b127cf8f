"""Names that occur more than once: what is put behind them, on small lists and on real ones."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.directory.instance import Instance
from referral.directory.listings import read_services
from referral.directory.search import find_services
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services
from referral.web.translated_text import full_name_text, organization_beside
from tests.support.imported import import_list
from tests.support.inspector import inspecting, soup_of
from tests.support.provider_lists import write_hsds
from tests.support.real_lists import DISTRICT


def two_pantries(folder: Path, *, second: str = "o2", name: str = "food pantry ") -> Path:
    """Write a list of two services of one name, by default of two organizations."""
    places = (("l1", "1 Elm St", "Meadville"), ("l2", "2 Oak St", "Titusville"))
    return write_hsds(
        folder,
        organizations=[{"id": "o1", "name": "Helping Hands"}, {"id": "o2", "name": "Loaves"}],
        services=[
            {"id": "s1", "organization_id": "o1", "name": "Food Pantry", "status": "active"},
            {"id": "s2", "organization_id": second, "name": name, "status": "active"},
        ],
        locations=[{"id": each, "name": "", "location_type": "physical"} for each, *_ in places],
        service_at_location=[
            {"id": f"a{each[1]}", "service_id": f"s{each[1]}", "location_id": each}
            for each, *_ in places
        ],
        addresses=[
            {"id": f"d{each}", "location_id": each, "address_1": street, "city": town,
             "state_province": "PA", "country": "US", "address_type": "physical"}
            for each, street, town in places
        ],
    )  # fmt: skip


def names_in(instance: Instance, tmp_path: Path, **changes: str) -> dict[str, str]:
    """Import the two pantries; give their full names by what stands beside them."""
    import_list(instance, two_pantries(tmp_path / "list", **changes), source="one")
    with instance.store.read() as session:
        ids = session.scalars(select(ServiceRow.id)).all()
    app = create_app(instance.settings, instance)
    with app.test_request_context("/"):
        return {
            full_name_text(page): organization_beside(page)
            for page in read_services(instance, ids, Audience.PUBLIC)
        }


def test_the_organization_tells_two_of_one_name_apart(instance, tmp_path):
    assert names_in(instance, tmp_path) == {
        "Food Pantry, Helping Hands": "",
        "food pantry, Loaves": "",
    }


def test_the_place_tells_two_of_one_organization_apart(instance, tmp_path):
    assert names_in(instance, tmp_path, second="o1") == {
        "Food Pantry, Helping Hands, 1 Elm St, Meadville": "",
        "food pantry, Helping Hands, 2 Oak St, Titusville": "",
    }


def test_a_name_that_is_the_only_one_stays_as_it_is(instance, tmp_path):
    assert names_in(instance, tmp_path, name="Free lunch") == {
        "Food Pantry": "Helping Hands",
        "Free lunch": "Loaves",
    }


@pytest.mark.slow
def test_cards_buttons_list_and_paper_say_the_whole_name(instance, tmp_path):
    names = set(names_in(instance, tmp_path))
    instance.index.sync()
    client = inspecting(create_app(instance.settings, instance))
    page = soup_of(client.get("/search?q=pantry"))
    assert {each.get_text() for each in page.select(".result-name")} == names
    buttons = page.select(".btn-list")
    assert {each.get_text().partition(" – ")[2].strip() for each in buttons} == names
    for button in buttons:
        client.post("/my-list/change", data={"add": button["value"], "back": "/"})
    for address, where in (("/my-list", ".result-name a"), ("/my-list/print", "h2 > span")):
        text = soup_of(client.get(address)).get_text()
        assert all(name in text for name in names), (address, where)
    one = page.select_one(".result-name a")
    service = soup_of(client.get(one["href"]))
    assert service.title.get_text().startswith(one.get_text())
    paper = soup_of(client.get(f"{one['href']}/print"))
    assert paper.h1.get_text() == one.get_text()


@pytest.mark.slow
def test_a_name_is_alone_again_when_the_other_one_goes(instance, tmp_path):
    names_in(instance, tmp_path)
    other = two_pantries(tmp_path / "again", name="Free lunch")
    import_list(instance, other, source="one")
    instance.index.sync()
    cards = find_services(instance, SearchQuery(), Audience.PUBLIC).cards.items
    assert [card.name_additions for card in cards] == [(), ()]


@pytest.mark.slow
def test_no_two_services_of_a_real_list_have_the_same_full_name(listed_instance):
    district = listed_instance(DISTRICT)
    with district.store.read() as session:
        ids = session.scalars(select(ServiceRow.id).where(shown_services(Audience.PUBLIC))).all()
    app = create_app(district.settings, district)
    places = defaultdict(list)
    with app.test_request_context("/"):
        for page in read_services(district, ids, Audience.PUBLIC):
            addresses = tuple(site.address and site.address.address_1 for site in page.sites)
            owner = page.organization.id if page.organization else ""
            places[full_name_text(page).casefold()].append((owner, addresses[:1]))
    alike = {name: found for name, found in places.items() if len(found) > 1}
    # What one organization lists twice at one place, no title can tell apart.
    assert all(len(set(found)) == 1 for found in alike.values()), alike
    assert len(alike) <= 2
