"""Proposals of places: the form for anybody, the queue, the editor, and what is left of them."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.curation.drafts import read_draft
from referral.proposals.proposed_places import list_proposals, propose_place, waiting_proposals
from referral.proposals.records import ProposedPlace
from referral.records.accounts import Role
from referral.store.rows import OrganizationRow, ServiceRow
from tests.support.inspector import inspecting, soup_of, text_of
from tests.support.pairs import pantry, store
from tests.support.staff import add_account, form_of, post, signed_in_client

QUEUE = "/curation/proposals"
PLACE = {
    "name": "Zwieback Kitchen",
    "helps_with": "Soup on Sundays",
    "phone": "814-555-0177 or 814-555-0178",
    "web_address": "zwieback.example.org",
    "address": "9 Quokka Lane",
    "contact": "xiomara@example.org",
}


@pytest.fixture
def clients(instance):
    """Give a client of a curator, and one of anybody."""
    add_account(instance, [Role.CURATION])
    app = create_app(instance.settings, instance)
    return signed_in_client(app), inspecting(app)


def bytes_of_database(instance):
    """Every byte of the SQLite file and its log."""
    database = Path(instance.store.engine.url.database)
    return b"\n".join(each.read_bytes() for each in database.parent.glob(f"{database.name}*"))


def test_anybody_may_propose_a_place_and_only_staff_see_it(instance, clients, caplog):
    caplog.set_level(logging.DEBUG)
    staff, anybody = clients
    answer = post(anybody, "/propose", **PLACE)
    assert answer.location == "/propose/thanks"
    assert anybody.get(answer.location).status_code == 200
    page = text_of(staff.get(QUEUE))
    assert [words for words in PLACE.values() if words not in page] == []
    assert "have it already" not in page
    instance.index.sync()
    for path in ("/search?q=zwieback", "/organizations?letter=Z", "/about", "/propose"):
        assert "Zwieback Kitchen" not in anybody.get(path).text
    assert not any(words in caplog.text for words in ("Zwieback", "xiomara", "Quokka"))
    assert anybody.get(QUEUE).status_code == 302
    with instance.store.read() as session:
        assert not session.scalars(select(OrganizationRow.id)).all()


def test_at_a_terminal_no_field_is_filled_in_and_no_title_or_address_tells(instance):
    object.__setattr__(instance.settings, "terminal", True)
    anybody = inspecting(create_app(instance.settings, instance))
    anybody._unchecked = frozenset({"title"})  # it is not to say what the page says
    soup = soup_of(anybody.get("/propose", follow_redirects=True))
    assert "lack" not in soup.title.text
    fields = soup.select(".wrong-form :is(input:not([type=hidden]), textarea)")
    assert {each["autocomplete"] for each in fields} == {"off"}
    token = soup.select_one(".wrong-form [name=csrf_token]")["value"]
    refused = anybody.post(
        soup.select_one(".wrong-form")["action"],
        data={"csrf_token": token, "name": "Zwieback Kitchen", "contact": PLACE["contact"]},
    )
    assert refused.status_code == 303
    assert refused.location.startswith("/at/")
    page = soup_of(anybody.get(refused.location))
    assert page.select_one("#contact")["value"] == PLACE["contact"]
    assert page.select_one(".error-summary")


@pytest.mark.parametrize("lacks", ["name", "helps_with", "phone"])
def test_what_is_missing_is_said_and_the_rest_stays(instance, clients, lacks):
    _, anybody = clients
    typed = PLACE | {lacks: " "} | ({"web_address": "", "address": ""} if lacks == "phone" else {})
    answer = post(anybody, "/propose", **typed)
    assert answer.status_code == 400
    soup = soup_of(answer)
    assert soup.select_one(".error-summary a")["href"] == f"#{lacks}"
    assert soup.select_one("#contact")["value"] == PLACE["contact"]
    assert not list_proposals(instance)


def test_programs_and_floods_are_held_off(instance, clients):
    _, anybody = clients
    filled = {"name": "Soup", "helps_with": "Food", "address": "Elm St"}
    assert post(anybody, "/propose", **filled, website="https://spam.example").status_code == 302
    assert not list_proposals(instance)
    anybody.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    codes = [post(anybody, "/propose", **filled | {"name": f"{n}"}).status_code for n in range(6)]
    assert codes == [302] * 5 + [429]
    assert waiting_proposals(instance).count == 5
    anybody.environ_base["REMOTE_ADDR"] = "192.0.2.8"
    assert post(anybody, "/propose", **filled).status_code == 302, "another address"
    assert anybody.post("/propose", data=filled).status_code == 400, "a form without its token"


def test_the_same_words_wait_once(instance):
    for name in ("Soup", " Soup ", "Bread"):
        propose_place(instance, ProposedPlace(name=name, helps_with="Food", phone="1"))
    assert sorted(each.place.name for each in list_proposals(instance)) == ["Bread", "Soup"]


@pytest.mark.parametrize(
    ("place", "alike"),
    [
        (ProposedPlace(name="The Food Pantry of Table", helps_with="food"), {"name"}),
        (ProposedPlace(name="Suppers", helps_with="food", phone="(814) 555-0101"), {"phone"}),
        (ProposedPlace(name="Suppers", helps_with="food", phone="814-555-0199"), set()),
    ],
)
def test_it_warns_of_what_is_there_already(instance, place, alike):
    store(instance, *pantry(1))
    propose_place(instance, place)
    [proposal] = list_proposals(instance)
    assert {evidence.value for match in proposal.listed for evidence in match.alike} == alike


def test_a_website_that_many_share_says_nothing(instance):
    store(instance, *pantry(1))
    with instance.store.write() as session:
        [row] = session.scalars(select(OrganizationRow))
        row.website = "https://www.facebook.com/table"
    for web in ("facebook.com/suppers", "https://www.table.example.org/here"):
        place = ProposedPlace(name="Suppers", helps_with="food", web_address=web)
        propose_place(instance, place)
        assert not any(each.listed for each in list_proposals(instance))
    with instance.store.write() as session:
        [row] = session.scalars(select(OrganizationRow))
        row.website = "http://table.example.org"
    assert [each.place.web_address for each in list_proposals(instance) if each.listed] == [
        "https://www.table.example.org/here"
    ]


def add_by_editor(staff, link):
    """Open the editor of a new record by a link of the queue, and save what it is filled with."""
    soup = soup_of(staff.get(link))
    assert "9 Quokka Lane" in soup.select_one("details.also-listed").text
    typed = form_of(soup)
    assert PLACE["contact"] not in typed.values()
    path = link.partition("?")[0]
    answer = post(staff, path, link, **typed, do="save")
    if answer.status_code == 422:  # it warns, and asks once
        typed["accepted"] = soup_of(answer).select_one("[name=accepted]")["value"]
        answer = post(staff, path, link, **typed, do="save")
    return answer.location


@pytest.mark.slow
def test_the_editor_opens_filled_in_and_leads_back(instance, clients):
    staff, anybody = clients
    post(anybody, "/propose", **PLACE)
    [proposal] = list_proposals(instance)
    for kind, row in (("organization", OrganizationRow), ("service", ServiceRow)):
        [link] = [
            each["href"]
            for each in soup_of(staff.get(QUEUE)).select("main a")
            if f"{kind}/new" in each["href"] and proposal.id in each["href"]
        ]
        assert add_by_editor(staff, link) == f"{QUEUE}?note=saved#proposal-{proposal.id}"
        with instance.store.read() as session:
            [record_id] = session.scalars(select(row.id))
        draft = read_draft(instance, kind, record_id)
        assert (draft.name, draft.record.description) == (PLACE["name"], "Soup on Sundays")
        tels = sorted(each.tel for each in draft.of_kind("phone"))
        assert tels == ["+18145550177", "+18145550178"]
    page = staff.get(f"{QUEUE}?note=saved").text
    assert "Is all of it listed now?" in page
    assert "We may have it already" in page


@pytest.mark.slow
@pytest.mark.parametrize("decision", ["listed", "dropped"])
def test_nothing_is_left_of_what_was_decided(instance, clients, decision):
    staff, anybody = clients
    post(anybody, "/propose", **PLACE)
    [proposal] = list_proposals(instance)
    plants = [word.encode() for word in ("Zwieback", "Quokka", "xiomara", "0177")]
    is_file = instance.store.engine.dialect.name == "sqlite"
    if is_file:
        assert all(plant in bytes_of_database(instance) for plant in plants)
    address = f"{QUEUE}/{proposal.id}/decide"
    assert post(staff, address, QUEUE, decision="other").status_code == 400
    answer = post(staff, address, QUEUE, decision=decision)
    assert "The proposal is deleted." in staff.get(answer.location).text
    assert not list_proposals(instance)
    assert read_audit_log(instance).entries[0].action == f"proposal-{decision}"
    if is_file:
        assert not any(plant in bytes_of_database(instance) for plant in plants)
    answer = post(staff, address, "/curation/records", decision=decision)
    assert "Somebody has decided this already." in staff.get(answer.location).text


def test_who_may_not_see_reports_sees_no_proposal(instance):
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    staff = signed_in_client(create_app(instance.settings, instance), "dee@example.org")
    assert staff.get(QUEUE).status_code == 403


@pytest.mark.slow
def test_a_search_that_finds_nothing_or_little_asks(sample_client):
    def asks(path):
        links = soup_of(sample_client.get(path)).select("main a[href='/propose']")
        return bool(links)

    assert asks("/search?q=zzzyqq")
    assert asks("/about")
    assert not asks("/search?q=food")
    assert not asks("/search?q=zzzyqq+my+husband+hits+me")
