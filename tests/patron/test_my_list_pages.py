"""My list: chosen, ordered, printed, taken to a phone, mailed, and forgotten."""

import re
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from referral.app import create_app
from referral.patron.my_list import MOST_CHOSEN
from referral.slips.slips import read_slip
from tests.support.inspector import inspecting, soup_of
from tests.support.mail_host import mail_host
from tests.support.pages import terminal_settings
from tests.support.staff import post

RESULTS = "/search?q=food&near=16335"


def ids_on(client, page=RESULTS):
    buttons = soup_of(client.get(page)).select("button[name=add]")
    return [button["value"].split()[0] for button in buttons]


def change_list(client, verb, value, **fields):
    return client.post("/my-list/change", data={verb: value, "back": RESULTS, **fields})


def listed(client):
    return [
        button["value"]
        for button in soup_of(client.get("/my-list")).select(".my-list button[name=out]")
    ]


def test_a_card_puts_its_service_on_the_list_and_leads_back_to_it(own_client):
    first, second, *_ = ids_on(own_client)
    button = soup_of(own_client.get(RESULTS)).select_one(f"button[value^='{first}']")
    answer = own_client.post(button["formaction"], data={"add": first, "back": RESULTS})
    place = button.find_parent("li")["id"]
    assert (answer.status_code, answer.location) == (303, f"{RESULTS}#{place}")
    assert re.fullmatch(r"place-\d+", place)
    page = soup_of(own_client.get(RESULTS))
    assert page.select_one(".list-count").text == "1"
    assert page.select_one(f"button[name=out][value^='{first}']")
    assert soup_of(own_client.get(f"/services/{second}")).select_one("button[name=add]")
    change_list(own_client, "add", second)
    assert listed(own_client) == [first, second]


@pytest.mark.slow
def test_order_taking_out_and_clearing(own_client):
    a, b, c, *_ = ids_on(own_client)
    for each in (a, b, c):
        change_list(own_client, "add", each)
    change_list(own_client, "up", c)
    assert listed(own_client) == [a, c, b]
    change_list(own_client, "down", a)
    assert listed(own_client) == [c, a, b]
    change_list(own_client, "out", a)
    assert listed(own_client) == [c, b]
    change_list(own_client, "clear", "yes")
    assert listed(own_client) == []
    assert "There is nothing on it yet" in own_client.get("/my-list").text


def test_no_cookie_before_something_is_chosen(own_client):
    assert "Set-Cookie" not in own_client.get(RESULTS).headers
    assert "Set-Cookie" not in own_client.get("/my-list").headers
    change_list(own_client, "add", ids_on(own_client)[0])
    assert own_client.get_cookie("referral")


@pytest.mark.slow
def test_the_list_holds_as_much_as_a_slip(own_client, own_instance):
    from referral.slips.slips import MOST_ON_A_SLIP

    assert MOST_CHOSEN == MOST_ON_A_SLIP
    found = (
        ids_on(own_client)
        + ids_on(own_client, "/search?q=food&page=2")
        + ids_on(own_client, "/search?q=health")
    )
    found = list(dict.fromkeys(found))
    for each in found[: MOST_CHOSEN + 3]:
        change_list(own_client, "add", each)
    assert listed(own_client) == found[:MOST_CHOSEN]
    assert "Your list is full." in own_client.get("/search?q=job").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_another_site_cannot_change_the_list(own_client, headers):
    first = ids_on(own_client)[0]
    answer = own_client.post("/my-list/change", data={"add": first}, headers=headers)
    assert answer.status_code == 400
    assert listed(own_client) == []


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_it_leads_back_to_our_own_pages_only(own_client, back):
    answer = change_list(own_client, "add", ids_on(own_client)[0], back=back)
    assert urlsplit(answer.location).path == "/my-list"


def test_what_is_no_service_is_not_kept(own_client):
    assert change_list(own_client, "add", "x").status_code == 303
    change_list(own_client, "add", "5cc552b2-0000-0000-0000-40b509e5f526")
    assert listed(own_client) == []
    assert own_client.post("/my-list/change", data={}).status_code == 400


def taken(client, path):
    led = post(client, path, page="/my-list")
    assert led.status_code == 303
    return client.get(led.location)


def test_the_short_link_opens_the_list_on_a_phone_and_carries_no_identity(
    own_client, own_app, own_instance
):
    chosen = ids_on(own_client)[:3]
    for each in chosen:
        change_list(own_client, "add", each)
    page = taken(own_client, "/my-list/phone")
    code = re.search(r"/l/([A-Z0-9]{10})", page.text)[1]
    assert soup_of(page).select_one("svg.qr")
    assert (
        soup_of(page).select_one("a[href^='sms:']")["href"].endswith(f"%2Fl%2F{code}")
        or code in page.text
    )
    slip = read_slip(own_instance, code)
    assert [each.service.id for each in slip.services] == chosen
    assert inspecting(own_app).get(f"/l/{code}").status_code == 200
    assert code in taken(own_client, "/my-list/phone").text  # the same list, the same code
    change_list(own_client, "out", chosen[0])
    assert code not in taken(own_client, "/my-list/phone").text


def test_the_sheet_has_what_a_person_needs(own_client, sample_service):
    listing = sample_service(lambda each: each.documents and each.sites)
    withheld = sample_service(lambda each: each.place_withheld)
    for each in (listing, withheld):
        change_list(own_client, "add", each.service.id)
    page = taken(own_client, "/my-list/print")
    text = page.text
    assert "This address works on this computer only." in text
    assert listing.service.name in text
    assert "Bring" in text
    assert "The address is private" in text
    soup = soup_of(page)
    assert soup.select_one("svg.qr")
    assert [each.text for each in soup.select(".locator-map .map-marker text")] == ["1"]
    assert not soup.select("form")


def test_an_empty_list_prints_nothing(own_client):
    for path in ("/my-list/print", "/my-list/phone"):
        assert own_client.get(path).status_code == 303


def test_leaving_fast_forgets_the_list(own_client):
    change_list(own_client, "add", ids_on(own_client)[0])
    own_client.get("/exit")
    assert listed(own_client) == []


@contextmanager
def mailing(instance, *, terminal=False, **options):
    with mail_host(**options) as host:
        settings = replace(instance.settings, smtp_url=host.url, mail_from="desk@example.org",
                           public_url="https://help.example.org", terminal=terminal)  # fmt: skip
        instance = replace(instance, given=settings)
        yield inspecting(create_app(settings, instance)), host


def test_mail_goes_out_with_names_numbers_and_the_link(own_instance):
    with mailing(own_instance) as (client, host):
        change_list(client, "add", ids_on(client)[0])
        assert "Or by e-mail" in taken(client, "/my-list/phone").text
        refused = post(client, "/my-list/mail", page="/my-list/phone", to="nobody")
        assert "Type a whole e-mail address" in refused.text
        sent = post(client, "/my-list/mail", page="/my-list/phone", to="someone@example.org")
        assert "someone" not in sent.location
        assert "on its way" in client.get(sent.location).text
        letter = host.letters[0]
        assert "https://help.example.org/l/" in letter.get_content()
        assert letter["To"] == "someone@example.org"
        for _ in range(2):
            post(client, "/my-list/mail", page="/my-list/phone", to="someone@example.org")
        again = post(client, "/my-list/mail", page="/my-list/phone", to="Someone@example.org")
        assert again.status_code == 429


def test_mail_that_does_not_go_out_is_said(own_instance):
    with mailing(own_instance, refusing=True) as (client, _):
        change_list(client, "add", ids_on(client)[0])
        taken(client, "/my-list/phone")
        answer = post(client, "/my-list/mail", page="/my-list/phone", to="other@example.org")
        assert "did not go out" in answer.text
        assert "other@example.org" in answer.text  # what was typed is still there


@pytest.mark.slow
def test_at_a_terminal_no_page_answers_the_form_with_the_mail_address(own_instance):
    """A browser keeps a form in the file of its session with the page that answers it."""
    with mailing(own_instance, terminal=True, refusing=True) as (client, _):
        client._unchecked = frozenset({"title"})
        cards = soup_of(client.get(RESULTS, follow_redirects=True))
        add = cards.select_one("button[name=add]")
        client.post(add["formaction"], data={"add": add["value"]})
        page = soup_of(client.get("/my-list", follow_redirects=True))
        form, button = page.select_one(".list-actions"), page.select_one("[formaction]")
        token = form.select_one("[name=csrf_token]")["value"]
        led = client.post(button["formaction"], data={"csrf_token": token})
        address = soup_of(client.get(led.location)).select_one("form:has([name=to])")["action"]
        for to, words in (("nobody", "Type a whole e-mail"), ("a@example.org", "did not go out")):
            answer = client.post(address, data={"csrf_token": token, "to": to})
            assert answer.status_code == 303
            assert words in client.get(answer.location).text


def test_without_a_mail_host_no_mail_is_offered(own_client):
    change_list(own_client, "add", ids_on(own_client)[0])
    assert "e-mail" not in taken(own_client, "/my-list/phone").text


@pytest.mark.slow
def test_at_a_terminal_the_list_is_of_the_visit(own_instance):
    client = inspecting(create_app(terminal_settings(own_instance), own_instance))
    client._unchecked = frozenset({"title"})
    client.get("/")
    page = client.get(RESULTS, follow_redirects=True)
    form = soup_of(page).select_one("#list-form")
    assert form["action"].startswith("/at/")
    button = soup_of(page).select_one("button[name=add]")
    back = form.select_one("[name=back]")["value"]
    led = client.post(form["action"], data={"add": button["value"], "back": back})
    assert led.location.startswith("/at/")
    shown = soup_of(client.get(led.location))
    assert shown.select_one(".list-count").text == "1"
    mine = soup_of(client.get(shown.select_one(".list-link")["href"]))
    token = mine.select_one("input[name=csrf_token]")["value"]
    action = mine.select_one("button[formaction]")["formaction"]
    phone = client.get(client.post(action, data={"csrf_token": token}).location)
    assert "/l/" in phone.text
    assert "sms:" not in phone.text
    client.get("/start-over")
    assert client.get_cookie("referral") is None
    assert soup_of(client.get(RESULTS, follow_redirects=True)).select_one(".list-count") is None


def test_a_script_is_told_what_to_show_and_say(sample_client, sample_cards):
    chosen = sample_cards[0].service.id
    answers = [
        sample_client.post(
            "/my-list/change", data={verb: chosen}, headers={"Accept": "application/json"}
        ).json
        for verb in ("add", "out")
    ]
    assert answers == [
        {"listed": True, "count": 1, "words": "On your list. 1 place is on it."},
        {"listed": False, "count": 0, "words": "Taken out. 0 places are on your list."},
    ]
