"""A shared computer: what it is told, what stays, and what one visit leaves for the next."""

import json
import re
import time
from base64 import urlsafe_b64decode
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.app import create_app
from referral.terminal.seal_cipher import seal, unseal
from referral.terminal.visits import new_visit
from referral.web import terminal_device as device
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings

SECRETS = ("food", "16335")


@pytest.fixture
def terminal_app(sample_instance):
    return create_app(terminal_settings(sample_instance), sample_instance)


@pytest.fixture
def at_terminal(terminal_app):
    client = inspecting(terminal_app)
    client._unchecked = frozenset({"title"})  # it is not to say what the page says
    return client


def searched(client, **fields):
    """Search as a browser does at a terminal and return the page of results."""
    form = soup_of(client.get("/")).select_one("main form")
    assert form["method"] == "post"
    sent = client.post(form["action"], data={"q": "food", "near": "16335", **fields})
    assert sent.status_code == 303
    return client.get(sent.location)


# ---------------------------------------------------------------- sealed addresses


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_sealed_address_opens_for_its_visit_only(text):
    key, other = new_visit().key, new_visit().key
    token = seal(key, "/" + text)
    assert re.fullmatch(r"[\w-]+", token, re.ASCII)
    assert token == seal(key, "/" + text)
    assert unseal(key, token) == "/" + text
    assert unseal(other, token) is None
    assert unseal(key, token[:-2] + ("AA" if token[-2:] != "AA" else "BB")) is None


def test_a_seal_does_not_tell_how_much_was_typed():
    key = new_visit().key
    assert len(seal(key, "/search?q=a")) == len(seal(key, "/search?q=" + "a" * 40))


@pytest.mark.parametrize("token", ["x", "AAAA", "no such thing", "é", "A" * 999], ids=len)
def test_what_is_no_seal_leads_to_the_start(at_terminal, token):
    at_terminal.get("/")
    response = at_terminal.get(f"/at/{token}")
    assert (response.status_code, urlsplit(response.location).path) == (303, "/")


def test_no_address_says_what_was_asked(at_terminal):
    page = searched(at_terminal)
    assert "Food, near Meadville 16335" in page.text
    assert page.request.path.startswith("/at/") or "at/" in page.request.environ["REQUEST_URI"]
    addresses = [
        tag[name]
        for tag in soup_of(page).select("[href], [action], [data-suggest]")
        for name in ("href", "action", "data-suggest")
        if tag.has_attr(name)
    ]
    allowed = re.compile(r"/at/[\w-]+(#.*)?$|/static/|/exit$|/start-over$|/$|#")
    assert [each for each in addresses if not allowed.match(each)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/about",
        "/safety",
        "/help-now",
        "/my-list",
        "/search?q=food&near=16335",
        "/search?q=zzzyqq",
    ],
)
def test_no_form_puts_what_is_typed_into_an_address(at_terminal, path):
    page = soup_of(at_terminal.get(path, follow_redirects=True))
    assert page.select("form input[name=q]")
    open_forms = [form for form in page.select("form[method=get]") if form.select("[name]")]
    assert [str(form)[:200] for form in open_forms] == []


@pytest.mark.slow
def test_a_service_leads_back_to_the_results_it_was_opened_from(at_terminal):
    results = searched(at_terminal)
    service = at_terminal.get(soup_of(results).select_one(".result-name a")["href"])
    back = soup_of(service).select_one(".back-link")["href"]
    assert back.startswith("/at/")
    assert soup_of(at_terminal.get(back)).h1 == soup_of(results).h1
    assert not [word for word in SECRETS if word in back]


@pytest.mark.parametrize(
    "back", ["//elsewhere.example/search", "/about", "https://a.example/search"]
)
def test_a_service_leads_back_to_results_only(at_terminal, sample_cards, back):
    address = f"/services/{sample_cards[0].service.id}?back={back}"
    page = at_terminal.get(address, follow_redirects=True)
    assert not soup_of(page).select(".back-link")


def test_the_title_says_the_kind_of_page_only(at_terminal):
    title = soup_of(searched(at_terminal)).title.text
    assert not any(secret in title for secret in SECRETS)
    assert title.startswith("What we found")


def test_an_address_typed_in_the_open_is_sealed_before_it_is_shown(at_terminal):
    response = at_terminal.get("/search?q=food&near=16335")
    assert response.status_code == 303
    assert not any(secret in response.location for secret in SECRETS)
    assert "Food, near Meadville 16335" in at_terminal.get(response.location).text


@pytest.mark.slow
def test_filters_and_pages_work_under_the_seal(at_terminal):
    page = soup_of(searched(at_terminal, cost="free"))
    assert len(page.select("a.chip.is-filter")) == 1
    following = page.select_one("a[rel=next]") or page.select_one(".sorts a")
    assert at_terminal.get(following["href"]).status_code == 200


@pytest.mark.slow
def test_what_was_said_is_taken_off_under_the_seal(at_terminal):
    page = soup_of(searched(at_terminal, q="food tonight", near=""))
    (chip,) = page.select("a.chip.is-preference")
    assert urlsplit(chip["href"]).path.startswith("/at/")
    assert not any(told in chip["href"] for told in ("tonight", "without", "open_now"))
    without = soup_of(at_terminal.get(chip["href"]))
    assert not without.select("a.chip.is-preference")
    form = {field["name"]: field["value"] for field in without.select("#search [type=hidden]")}
    filtered = soup_of(searched(at_terminal, q="food tonight", near="", cost="free", **form))
    assert [chip["class"] for chip in filtered.select("a.chip:not(.is-need)")] == [
        ["chip", "is-filter"]
    ]


def test_suggestions_are_asked_by_post(at_terminal):
    box = soup_of(at_terminal.get("/")).select_one("main input[data-suggest]")
    answer = at_terminal.post(box["data-suggest"], data={"q": "foo"})
    assert answer.json["suggestions"]


def test_another_visit_cannot_open_what_the_first_saw(at_terminal):
    seen = searched(at_terminal).request.environ["REQUEST_URI"]
    over = at_terminal.get("/start-over")
    assert over.status_code == 303
    back = at_terminal.get(seen)
    assert (back.status_code, urlsplit(back.location).path) == (303, "/")


# ---------------------------------------------------------------- what a browser may keep


def cookies_of(response):
    return {
        name: morsel
        for line in response.headers.getlist("Set-Cookie")
        for name, morsel in SimpleCookie(line).items()
    }


def test_the_only_cookie_ends_with_the_session_and_has_no_word(at_terminal):
    for response in (at_terminal.get("/"), searched(at_terminal)):
        cookies = cookies_of(response)
        assert set(cookies) == {"visit"}
        assert not cookies["visit"]["max-age"]
        assert not cookies["visit"]["expires"]
        key, _is_used, _is_first, seen = json.loads(
            urlsafe_b64decode(cookies["visit"].value.split(".")[0] + "==")
        )
        assert re.fullmatch(r"[\w-]{43}", key)
        assert abs(seen - time.time()) < 60


def test_nothing_is_stored_and_nothing_is_filled_in(at_terminal):
    for response in (at_terminal.get("/"), searched(at_terminal)):
        assert response.headers["Cache-Control"] == "no-store"
        page = soup_of(response)
        assert page.html["spellcheck"] == "false"
        for form in page.select("form"):
            assert form["autocomplete"] == "off"


def test_starting_over_clears_the_browser(at_terminal):
    at_terminal.get("/")
    response = at_terminal.get("/start-over")
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert at_terminal.get_cookie("visit") is None


@pytest.mark.slow
def test_every_page_offers_to_start_over(at_terminal, sample_cards):
    results = soup_of(searched(at_terminal))
    service = results.select_one(".result-name a")["href"]
    for path in ("/", service, results.select_one("footer a")["href"]):
        assert soup_of(at_terminal.get(path)).select_one("a.start-over[href='/start-over']")


def test_ways_out_are_words_and_codes(at_terminal, sample_service):
    service = sample_service(lambda each: each.service.url).service
    page = soup_of(at_terminal.get(f"/services/{service.id}", follow_redirects=True))
    assert not page.select("a[href^=http], a[href^=mailto], a[href^=tel], a[href^=sms]")
    assert page.select_one("svg.qr")
    assert page.select_one("[role=img][aria-label^='Code for your phone']")


def test_nothing_on_a_page_needs_the_internet(at_terminal):
    """The inspecting client refuses foreign files; the policy refuses foreign requests."""
    response = searched(at_terminal)
    assert "http:" not in response.headers["Content-Security-Policy"]
    for tag in soup_of(response).select("[src], link[href]"):
        address = tag.get("src") or tag["href"]
        assert address.startswith("/static/")
        with at_terminal.get(address) as file:
            assert file.status_code == 200


# ---------------------------------------------------------------- without a script


def refresh_of(page):
    tag = page.select_one("meta[http-equiv=refresh]")
    seconds, _, address = tag["content"].partition("; url=")
    return int(seconds), address


@pytest.mark.slow
def test_without_a_script_a_page_asks_and_then_forgets(at_terminal):
    page = soup_of(searched(at_terminal).text.replace("noscript", "div"))
    seconds, address = refresh_of(page)
    assert seconds == 120
    assert not any(secret in address for secret in SECRETS)
    asking = soup_of(at_terminal.get(address))
    seconds, address = refresh_of(asking)
    assert seconds >= 20
    assert address == "/start-over"
    back = at_terminal.get(asking.select_one("main a.btn")["href"])
    assert "Food, near Meadville 16335" in back.text


# ---------------------------------------------------------------- which devices


def test_a_mark_that_is_not_ours_counts_for_nothing(sample_client):
    sample_client.set_cookie(device.COOKIE, "this-is-a-terminal.forged")
    assert "is-terminal" not in sample_client.get("/").text


# ---------------------------------------------------------------- every page of a patron

ADDRESS = re.compile(r"(/at/[\w-]+|/static/[\w./-]+(\?v=\w+)?|/exit|/start-over|/still-here"
                     r"|/health/live|tel:211|/)?(#[a-z]+(-[a-z]+)*(-\d{1,3})?)?")  # fmt: skip
PLAIN_TITLES = {"What we found", "One place that helps", "Help right now", "Your list", "Find help"}
CARRYING = ("href", "action", "formaction", "data-suggest", "data-wipe", "src",
            "data-home", "data-alive", "data-report", "ping")  # fmt: skip


@pytest.fixture
def pages_of_a_visit(at_terminal, sample_service):
    """Give every kind of page that a patron sees, as HTML; a list with two services on it."""
    service = sample_service(lambda each: each.organization and each.sites).service
    paths = [f"/services/{service.id}", f"/services/{service.id}/print",
             f"/services/{service.id}/wrong", f"/services/{service.id}/thanks",
             f"/organizations/{service.organization_id}", "/organizations?letter=S",
             "/topics/food", "/headings/basic-needs", "/search?q=food&near=16335&map=yes",
             "/search?q=zzzyqq", "/search?q=i+want+to+die", "/help-now", "/about", "/safety",
             "/staff/sign-in", "/nowhere"]  # fmt: skip
    form = soup_of(at_terminal.get(paths[0], follow_redirects=True)).select_one("#list-form")
    for other in (
        service.id,
        sample_service(lambda each: each.service.id != service.id).service.id,
    ):
        at_terminal.post(form["action"], data={"add": other})
    paths += ["/my-list", "/my-list?map=yes", "/my-list/print"]
    found = {path: soup_of(at_terminal.get(path, follow_redirects=True)) for path in paths}
    assert len(found["/my-list"].select(".my-list > li")) == 2
    return found


@pytest.mark.slow
def test_no_page_of_a_patron_has_an_address_that_tells_anything(pages_of_a_visit):
    told = {
        (path, name, tag[name])
        for path, page in pages_of_a_visit.items()
        for name in CARRYING
        for tag in page.select(f"[{name}]")
        if not ADDRESS.fullmatch(tag[name])
    }
    assert not told


@pytest.mark.slow
def test_no_title_says_more_than_the_kind_of_page(pages_of_a_visit):
    titles = {path: page.title.text.split(" – ")[0] for path, page in pages_of_a_visit.items()}
    assert not {path: title for path, title in titles.items() if title not in PLAIN_TITLES}


# ---------------------------------------------------------------- forms that were refused


def test_a_refused_form_is_shown_at_an_address_that_has_it_sealed(at_terminal, sample_service):
    service = sample_service(lambda each: each.sites).service
    page = soup_of(at_terminal.get(f"/services/{service.id}/wrong", follow_redirects=True))
    form = page.select_one("main form")
    token = form.select_one("[name=csrf_token]")["value"]
    sent = at_terminal.post(form["action"], data={"csrf_token": token, "words": "Ask for Ana é"})
    assert sent.status_code == 303
    assert re.fullmatch(r"/at/[\w-]+", sent.location)
    for _ in range(2):  # reloading does no harm
        shown = at_terminal.get(sent.location)
        assert shown.status_code == 400
        assert soup_of(shown).select_one("textarea").text.strip() == "Ask for Ana é"
        assert soup_of(shown).select("[aria-invalid], .field-error")
    at_terminal.get("/start-over")
    assert urlsplit(at_terminal.get(sent.location).location).path == "/"


def test_a_refused_form_at_home_is_shown_at_once(sample_client, sample_service):
    service = sample_service(lambda each: each.sites).service
    address = f"/services/{service.id}/wrong"
    token = soup_of(sample_client.get(address)).select_one("[name=csrf_token]")["value"]
    assert sample_client.post(address, data={"csrf_token": token}).status_code == 400
