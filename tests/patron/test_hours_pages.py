"""Hours on pages, paper and in sheets: of the service where it states any, else the building's."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from referral.directory.search import find_services
from referral.open_data.records import ExportFormat
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.conversion import row_from
from tests.open_data.files.random_lists import exported
from tests.support.inspector import soup_of

_AGENCY, CHOIR, TALK, CLINIC = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(4))
_ALWAYS = {
    "freq": "WEEKLY",
    "byday": "MO,TU,WE,TH,FR,SA,SU",
    "opens_at": "00:00",
    "closes_at": "23:59",
}
_OF_BUILDING = "The building’s hours. Ask if this service has the same."


def place(key, street):
    yield Location(id=key, organization_id=_AGENCY, name=f"{key} hall", location_type="physical")
    yield Address(id=key, location_id=key, address_1=street, city="Meadville", state_province="PA",
                  postal_code="16335", address_type="physical")  # fmt: skip


def given_at(service, *places):
    for number, key in enumerate(places):
        yield ServiceAtLocation(id=f"{service[-1]}-{number}", service_id=service, location_id=key)


@pytest.fixture
def filled(instance):
    """Store a choir in an open building, a talk by appointment there, a clinic at two places."""
    records = [
        Organization(id=_AGENCY, name="Agency"),
        Service(id=CHOIR, organization_id=_AGENCY, name="choir"),
        Service(id=TALK, organization_id=_AGENCY, name="talk"),
        Service(id=CLINIC, organization_id=_AGENCY, name="clinic"),
        *place("open", "1 Elm St"),
        *place("quiet", "2 Oak St"),
        *given_at(CHOIR, "open"),
        *given_at(TALK, "open"),
        *given_at(CLINIC, "quiet", "open"),
        Schedule(id="h1", location_id="open", **_ALWAYS),
        Schedule(id="h2", service_id=TALK, description="By appointment"),
        Schedule(id="h3", location_id="quiet", description="Ring the bell"),
        # Older lists name the service and the location, not the link of both.
        Schedule(id="h4", service_id=CLINIC, location_id="open", **_ALWAYS),
    ]
    with instance.store.write() as session:
        session.add_all([row_from(record) for record in records])
    instance.index.sync()
    return instance


def lines(soup, selector):
    return [" ".join(found.text.split()) for found in soup.select(selector)]


def test_the_buildings_hours_are_called_so(filled, client):
    page = soup_of(client.get(f"/services/{CHOIR}"))
    assert lines(page, ".start .open-state") == ["Open day and night"]
    assert _OF_BUILDING in " ".join(page.select_one("#places").text.split())
    card = soup_of(client.get("/search?q=choir")).select_one(f".result:has([value='{CHOIR}'])")
    assert "Open day and night (the building’s hours)" in " ".join(card.text.split())
    assert _OF_BUILDING in client.get(f"/services/{CHOIR}/print").text
    organization = client.get(f"/organizations/{_AGENCY}").text
    assert _OF_BUILDING not in organization  # there they are simply those of the place


def test_words_of_the_service_stand_against_an_open_building(filled, client):
    page = soup_of(client.get(f"/services/{TALK}"))
    assert lines(page, ".start .open-state") == ["By appointment"]
    assert _OF_BUILDING not in page.text
    card = soup_of(client.get("/search?q=talk")).select_one(f".result:has([value='{TALK}'])")
    assert lines(card, ".open-state") == ["By appointment"]
    found = find_services(filled, SearchQuery(open_at=filled.now()), Audience.PUBLIC)
    assert {each.service.id for each in found.cards} == {CHOIR, CLINIC}


@pytest.mark.slow
def test_each_place_has_its_hours_and_the_open_one_is_shown(filled, client):
    page = soup_of(client.get(f"/services/{CLINIC}"))
    assert lines(page, ".start .open-state") == ["Ring the bell"]
    assert "See the hours of each place" in page.text
    quiet, open_ = lines(page, ".site")
    assert f"{_OF_BUILDING} Ring the bell" in quiet
    assert "Open day and night" in open_
    assert _OF_BUILDING not in open_
    found = find_services(filled, SearchQuery(open_at=filled.now()), Audience.PUBLIC)
    [card] = [each for each in found.cards if each.service.id == CLINIC]
    assert (card.site.location.id, card.hours.always) == ("open", True)
    paper = soup_of(client.get(f"/services/{CLINIC}/print"))
    [hours] = [one.text for one in paper.select("dl > div") if one.dt.text == "Hours"]
    assert hours.index("2 Oak St") < hours.index("Ring the bell") < hours.index("1 Elm St")


def test_a_sheet_has_the_same_hours(filled):
    book = CalamineWorkbook.from_filelike(BytesIO(exported(filled, ExportFormat.XLSX)))
    header, *rows = book.get_sheet_by_index(0).to_python()
    at = header.index("Hours")
    hours = {row[0]: row[at] for row in rows}
    assert hours["choir"] == "The building's hours: Mon-Sun 24 hours"
    assert hours["talk"] == "By appointment"
    assert hours["clinic"].split("\n") == [
        "quiet hall: 2 Oak St, Meadville, PA 16335: The building's hours: Ring the bell",
        "open hall: 1 Elm St, Meadville, PA 16335: Mon-Sun 24 hours",
    ]
