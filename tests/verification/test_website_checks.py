"""Which websites are asked, how often, and what is kept and shown of it."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from sqlalchemy import select

from referral.outgoing_requests import Network
from referral.records.accounts import Role
from referral.records.hsds import Address, Location, Organization, Service
from referral.records.visibility import Visibility
from referral.store.conversion import row_from
from referral.store.rows import OrganizationRow, ServiceRow
from referral.verification.rows import WebsiteCheckRow
from referral.verification.website_checks import (
    check_websites,
    count_failing_websites,
    listed_websites,
    read_websites,
    website_state,
)
from tests.support.pairs import id_of, pantry, store
from tests.support.staff import add_account, signed_in_client
from tests.support.websites import website_server


@pytest.fixture(scope="module")
def server():
    with website_server() as server:
        yield server


@pytest.fixture
def asking(instance):
    """Give a directory whose settings allow it."""
    return allowed(instance)


def allowed(instance):
    return replace(instance, given=replace(instance.settings, check_websites=True))


def check(instance, network):
    return check_websites(instance, Event(), network, pause_seconds=0)


def hosts(instance):
    with instance.store.read() as session:
        return {each.host for each in listed_websites(session)}


def unreachable(host, _port):
    raise AssertionError(f"{host} was looked up")


def test_nothing_is_asked_while_it_is_off(instance):
    store(instance, *pantry(1, url="https://pantry.example"))
    assert check(instance, Network(unreachable)) == 0
    with instance.store.read() as session:
        assert session.scalars(select(WebsiteCheckRow)).all() == []


def test_each_is_asked_once_a_week_and_shown_when_it_fails_twice(asking, server):
    store(asking, *pantry(1, url=server.url("good.example")))
    store(asking, *pantry(2, url=server.url("gone.example", "404")))
    network = server.network()
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        assert check(asking, network) == 2
        assert check(asking, network) == 0
        assert count_failing_websites(asking) == 0
        clock.shift(timedelta(days=1))
        server.requests.clear()
        assert check(asking, network) == 1  # only what failed is asked again so soon
        assert {each[1] for each in server.requests} >= {f"gone.example:{server.port}"}
        page = read_websites(asking)
        assert [each.listed.url for each in page.failing] == [server.url("gone.example", "404")]
        assert page.failing[0].state.since.isoformat() == "2026-11-02"
        assert (page.listed, page.asked) == (2, 2)
        clock.shift(timedelta(days=6))
        assert check(asking, network) == 2


def test_one_that_answers_again_is_off_the_list(asking, server):
    records = pantry(1, url=server.url("gone.example", "404"))
    store(asking, *records, *pantry(2, url=server.url("good.example")))
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        check(asking, server.network())
        clock.shift(timedelta(days=1))
        check(asking, server.network())
        assert website_state(asking, server.url("gone.example", "404"))
        with asking.store.write() as session:
            session.get_one(ServiceRow, id_of(records, Service)).url = server.url("gone.example")
        assert read_websites(asking).failing == ()
        check(asking, server.network())
        with asking.store.read() as session:
            rows = session.scalars(select(WebsiteCheckRow)).all()
        assert sorted(row.result for row in rows) == ["answers", "answers"]  # the old row is gone


def test_no_website_is_blamed_while_none_answers(asking, server):
    store(asking, *pantry(1, url=server.url("one.example")))
    store(asking, *pantry(2, url=server.url("two.example")))
    nowhere = Network(lambda *_: ("127.0.0.1",), allowed=frozenset({("127.0.0.1", 1)}))
    dead = replace(nowhere, allowed=server.network().allowed, resolve=unresolved)
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        assert check(asking, dead) == 1
        clock.shift(timedelta(hours=2))
        assert check(asking, server.network()) == 2
        for _ in range(3):
            clock.shift(timedelta(days=8))
            check(asking, dead)
        assert count_failing_websites(asking) == 0
        clock.shift(timedelta(hours=2))
        assert check(asking, server.network()) == 2


def unresolved(_host, _port):
    raise OSError("the network is down")


def test_a_host_is_asked_once_a_round(asking, server):
    records = pantry(1, url=server.url("same.example", "one"))
    store(asking, *records, *pantry(2, url=server.url("same.example", "two")))
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        assert check(asking, server.network()) == 1
        assert check(asking, server.network()) == 0
        clock.shift(timedelta(minutes=1))
        assert check(asking, server.network()) == 1


def test_confidential_listings_are_not_asked(instance):
    """Neither what is held back, nor whoever shares its host, whichever record it stands on."""
    store(instance, *pantry(1, url="https://open.example"))
    store(instance, *pantry(2, url="https://staff.example", visibility=Visibility.STAFF))
    shelter = pantry(3, url="https://www.shelter.example/help", agency="Haven")
    store(instance, *shelter, *pantry(4, url="http://shelter.example/shop", agency="Shop"))
    with instance.store.write() as session:
        agency = session.get_one(OrganizationRow, id_of(shelter, Organization))
        agency.website = "haven.example"
        place = id_of(shelter, Location)
        session.add(
            row_from(
                Address(
                    id="99999999-0000-4000-8000-000000000001", location_id=place,
                    address_1="1 Secret St", city="Nowhere", state_province="PA",
                    postal_code="16335", country="US", visibility=Visibility.WITHHELD,
                )
            )
        )  # fmt: skip
    assert hosts(instance) == {"open.example"}


@pytest.mark.slow
def test_pages_say_since_when(instance, app, server):
    add_account(instance, [Role.CURATION])
    gone = pantry(1, url=server.url("gone.example", "404"))
    store(instance, *gone, *pantry(2, url=server.url("good.example")))
    staff = signed_in_client(app)
    assert "Websites are not checked now" in staff.get("/curation/quality/websites").text
    asking = allowed(instance)
    app.config["REFERRAL_SETTINGS"] = asking.settings
    with time_machine.travel("2026-11-02 12:00Z", tick=False) as clock:
        check(asking, server.network())
        clock.shift(timedelta(days=1))
        check(asking, server.network())
    page = staff.get("/curation/quality/websites").text
    assert "The page is not there" in page
    assert "2 of 2 web addresses were asked." in page
    service_id = id_of(gone, Service)
    for path in (
        f"/curation/records/service/{service_id}/edit",
        f"/curation/verification/services/{service_id}",
    ):
        assert "The page is not there since 2 November 2026." in staff.get(path).text
    assert "/curation/quality/websites" in staff.get("/curation/quality").text
