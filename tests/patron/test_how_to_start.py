"""How a service's page leads: the next step as far as the listing gives the means for it."""

from __future__ import annotations

import pytest

from referral.directory.view_models import HoursBlock, ServicePage, Site
from referral.patron.web.how_to_start import next_step
from referral.records.hsds import (
    Address,
    CostOption,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.store.conversion import row_from
from tests.support.inspector import soup_of

_AGENCY, HELP = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(2))
_LONG = "We give food to all who come. " * 20
PHONE = Phone(id="p", service_id=HELP, number="814-555-0100", tel="+18145550100")


def placed():
    yield Location(id="hall", organization_id=_AGENCY, name="Hall", location_type="physical")
    yield Address(id="hall", location_id="hall", address_1="1 Elm St", city="Meadville",
                  state_province="PA", postal_code="16335", address_type="physical")  # fmt: skip
    yield ServiceAtLocation(id="at", service_id=HELP, location_id="hall")


@pytest.fixture
def start_of(instance, client):
    """Give the page of one service that has this."""

    def page(*parts, **service):
        records = [
            Organization(id=_AGENCY, name="Agency", website="https://agency.example/"),
            Service(id=HELP, organization_id=_AGENCY, name="help", **service),
            *parts,
        ]
        with instance.store.write() as session:
            session.add_all([row_from(record) for record in records])
        return soup_of(client.get(f"/services/{HELP}"))

    return page


def words(soup, selector):
    return [" ".join(found.text.split()) for found in soup.select(selector)]


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ("None.", "Cost Free"),
        (
            "Free. Your phone plan may charge for texts.",
            "Cost Free Your phone plan may charge for texts.",
        ),
        ("None, except for copies.", "Cost None, except for copies."),
    ],
)
def test_what_is_free_is_said_once(start_of, fees, said):
    facts = start_of(fees_description=fees).select(".start-facts div")
    texts = [" ".join(fact.stripped_strings) for fact in facts]
    assert [text for text in texts if text.startswith("Cost")] == [said]


@pytest.mark.parametrize(
    ("process", "step"),
    [
        ("", "Call and ask how to start."),
        ("Make an appointment.", "Call and ask for a time to come."),
        ("Call first.", "Call them."),
        ("By referral only.", "Someone must send you there. Call and ask who can."),
        ("Walk in.", "Call and ask how to start."),  # there is no address to go to
        ("Apply online.", "Call and ask how to start."),  # and no website
    ],
)
def test_the_step_uses_the_phone_there_is(start_of, process, step):
    page = start_of(PHONE, application_process=process)
    assert words(page, ".start-step") == [step]
    assert words(page, ".start-phone") == ["(814) 555-0100"]


@pytest.mark.parametrize(
    ("means", "step"),
    [
        ({"url": "https://example.org"}, "Start on their website."),
        ({"email": "a@example.org"}, "Write them an e-mail and ask how to start."),
        ({}, "We do not know how to start. Ask a librarian."),
    ],
)
def test_without_a_phone_it_names_what_there_is(start_of, means, step):
    page = start_of(**means)
    assert words(page, ".start-step") == [step]
    assert not page.select(".start-phone")
    assert "Call" not in words(page, "main")[0]
    if not means:
        assert "By phone or online" not in page.text


def test_no_step_needs_means_that_are_not_there(app):
    """Each way to apply, by telephone and without one."""
    web, mail = {"url": "https://example.org"}, {"email": "a@example.org"}
    site = Site(
        location=Location(id="l"), address=Address(id="a", location_id="l", address_1="1 Elm St")
    )
    hours = HoursBlock(always=True)
    cases = (
        ("Apply online.", web, True, "Sign up on their website, or call and ask."),
        ("Apply online.", {}, True, "Call and ask how to start."),
        ("E-mail us.", mail, True, "Write them an e-mail, or call and ask."),
        ("E-mail us.", web, True, "Call and ask how to start."),
        ("E-mail us.", {**web, **mail}, False, "Write them an e-mail."),
        ("E-mail us.", web, False, "Start on their website."),
        ("By referral only.", web, False, "Someone must send you there. Ask a librarian who can."),
        ("Walk in.", {"sites": (site,), "hours": hours}, False, "Go there when they are open."),
        ("Walk in.", {"sites": (site,)}, False, "Go there and ask how to start."),
        ("Walk in.", {"sites": (site,)}, True, "Call and ask when you can come."),
        ("Walk in.", web, False, "Start on their website."),
        ("", {"sites": (site,)}, False, "Go there and ask how to start."),
        ("", {"place_withheld": True}, True, "Call. They will tell you where to go."),
        ("", {"place_withheld": True, "sites": (site,)}, True, "Call and ask how to start."),
        ("", {**web, "status": "temporarily closed"}, False, "Ask a librarian."),
    )
    with app.test_request_context():
        for process, means, has_phone, step in cases:
            own = {name: means[name] for name in means if name in ("url", "email", "status")}
            rest = {name: means[name] for name in means if name not in own}
            service = Service(
                id=HELP, organization_id=_AGENCY, name="help", application_process=process, **own
            )
            phone = PHONE if has_phone else None
            listing = ServicePage(service=service, organization=None, phone=phone, **rest)
            assert next_step(listing) == step, (process, means)


@pytest.mark.parametrize(
    ("other_name", "says"), [("", "Address not listed."), ("Hotline", "By phone or online")]
)
def test_a_card_says_by_phone_only_where_the_service_does(
    start_of, instance, client, other_name, says
):
    start_of(PHONE, alternate_name=other_name)
    instance.index.sync()
    [card] = words(soup_of(client.get("/search?q=help")), ".result")
    assert says in card


def test_people_walk_in_where_there_is_an_address(start_of):
    page = start_of(*placed(), PHONE, application_process="Walk in.")
    assert words(page, ".start-step") == ["Call and ask when you can come."]  # hours not known


def test_what_limits_intake_stands_first_and_long_texts_are_folded(start_of):
    page = start_of(
        PHONE,
        CostOption(id="c", service_id=HELP, amount=5.0, currency="USD"),
        description=f"{_LONG} Currently not accepting new clients. {_LONG}",
        alert="No visits in May.",
    )
    limits = ["No visits in May.", "Currently not accepting new clients."]
    assert words(page, ".start-limits li") == limits
    [missing] = words(page, ".start-missing")
    assert missing == (
        "Not listed here: what to bring and what languages they speak. Ask when you call."
    )
    [fold] = page.select("#what-title ~ details.fold")
    before = " ".join(each.text for each in page.select("#what-title ~ p"))
    assert len(before.split()) <= 60
    assert "Currently not accepting" in fold.text


def test_closed_for_now_leads(start_of):
    page = start_of(PHONE, status="temporarily closed")
    assert words(page, ".start-limits li") == ["Closed for now."]
    assert words(page, ".start-step") == ["Call before you go."]
    assert not page.select(".start .open-state")


def test_without_a_website_of_its_own_it_has_that_of_the_organization(start_of):
    assert "Website of the organization" in start_of().select_one(".service-side").text


def test_its_own_website_comes_first(start_of):
    facts = start_of(url="https://help.example/").select_one(".service-side").text
    assert "help.example" in facts
    assert "agency.example" not in facts
