"""A visit at a terminal ends by the server's clock, whatever the browser does."""

import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from referral.app import create_app
from referral.patron.my_list import MOST_CHOSEN
from referral.terminal.rows import EndedVisitRow
from referral.terminal.visits import Visits, new_visit
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.support.staff import PASSWORD, add_account, token_of

OVER = 120 + 30 + 20  # seconds: asked, answered, and the reports of the page
COOKIES = ("visit", "choices", "referral", "referral_staff")


@pytest.fixture
def clock():
    with time_machine.travel(time.time(), tick=False) as clock:
        yield clock


@pytest.fixture
def terminal_app(sample_instance):
    return create_app(terminal_settings(sample_instance), sample_instance)


@pytest.fixture
def at_terminal(terminal_app):
    return terminal_client(terminal_app)


def terminal_client(app):
    client = inspecting(app)
    client._unchecked = frozenset({"title"})  # it is not to say what the page says
    return client


def follow(client, path, **options):
    return client.get(path, follow_redirects=True, **options)


def sealed_address(client, path):
    """Open a page as its plain address leads to it, and return the address it has here."""
    answer = client.get(path)
    assert answer.status_code == 303
    address = urlsplit(answer.location).path
    assert client.get(address).status_code == 200
    return address


def leads_to_start(client, address):
    answer = client.get(address)
    return (answer.status_code, urlsplit(answer.location or "").path) == (303, "/")


def choose(client, service_id):
    form = soup_of(follow(client, f"/services/{service_id}")).select_one("#list-form")
    answer = client.post(form["action"], data={"add": service_id, "back": "/my-list"})
    assert answer.status_code == 303


def count_on_list(client):
    return len(soup_of(follow(client, "/my-list")).select(".my-list > li"))


def kept_cookies(client):
    """What somebody has who copied the browser's cookies."""
    found = {name: client.get_cookie(name) for name in COOKIES}
    return {name: cookie.value for name, cookie in found.items() if cookie}


def with_cookies(app, cookies):
    client = terminal_client(app)
    for name, value in cookies.items():
        client.set_cookie(name, value)
    return client


# ---------------------------------------------------------------- the clock


def test_a_visit_ends_by_the_clock_with_list_and_language(at_terminal, clock, sample_cards):
    follow(at_terminal, "/?lang=es")
    choose(at_terminal, sample_cards[0].service.id)
    address = sealed_address(at_terminal, "/search?q=food")
    clock.shift(OVER - 1)
    assert at_terminal.get(address).status_code == 200
    clock.shift(OVER)
    assert leads_to_start(at_terminal, address)
    start = soup_of(at_terminal.get("/"))
    assert start.html["lang"] == "en"
    assert not start.select(".list-count")
    assert count_on_list(at_terminal) == 0


def test_what_an_ended_visit_left_is_taken_out_of_the_browser(at_terminal, clock, sample_cards):
    follow(at_terminal, "/?lang=es")
    choose(at_terminal, sample_cards[0].service.id)
    assert set(kept_cookies(at_terminal)) == {"visit", "choices", "referral"}
    clock.shift(OVER)
    answer = at_terminal.get("/")
    assert set(kept_cookies(at_terminal)) == {"visit"}
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    ("ask", "lengthens"),
    [
        (lambda client: follow(client, "/about"), True),
        (lambda client: client.get("/"), True),
        (lambda client: client.post("/still-here"), True),
        (lambda client: client.get("/still-here"), False),
        (lambda client: client.get("/health/live"), False),
        (lambda client: client.get("/static/icons/favicon.svg"), False),
        (lambda client: client.get("/favicon.ico", headers={"Sec-Fetch-Dest": "image"}), False),
    ],
    ids=["page", "start", "report", "question", "health", "file", "favicon"],
)
def test_only_what_a_person_does_lengthens_it(at_terminal, clock, ask, lengthens):
    address = sealed_address(at_terminal, "/search?q=food")
    for _ in range(3):
        clock.shift(OVER - 10)
        ask(at_terminal).close()
    clock.shift(9)
    assert leads_to_start(at_terminal, address) is not lengthens


def test_a_report_says_when_the_visit_is_over(at_terminal, clock):
    assert at_terminal.post("/still-here").status_code == 410  # there is none
    follow(at_terminal, "/about")
    assert at_terminal.post("/still-here").status_code == 204
    elsewhere = at_terminal.post("/still-here", headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 410
    clock.shift(OVER)
    assert at_terminal.post("/still-here").status_code == 410


def test_a_clock_that_is_far_ahead_makes_no_visit_longer(sample_instance, clock):
    visits = Visits(sample_instance)
    cookie = visits.cookie_of(new_visit(is_used=True))
    assert visits.read(cookie)
    clock.shift(-30)
    assert visits.read(cookie)
    clock.shift(-600)
    assert visits.read(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "WyJ4Iix0cnVlLDBd.AAAA", "é"])
def test_a_cookie_that_is_not_ours_is_no_visit(sample_instance, cookie):
    assert Visits(sample_instance).read(cookie) is None


@pytest.mark.parametrize("content", [["key", True], 5])
def test_a_cookie_of_another_release_is_no_visit(sample_instance, content):
    visits = Visits(sample_instance)
    assert visits.read(visits._cookies.dumps(content)) is None


# ---------------------------------------------------------------- copies of cookies


@pytest.mark.slow
def test_a_copy_of_the_cookies_dies_by_the_clock(at_terminal, terminal_app, clock, sample_cards):
    choose(at_terminal, sample_cards[0].service.id)
    address = sealed_address(at_terminal, "/search?q=food")
    copied = kept_cookies(at_terminal)
    for _ in range(3):  # the visit itself goes on
        clock.shift(OVER - 1)
        assert at_terminal.get(address).status_code == 200
    copy = with_cookies(terminal_app, copied)
    assert leads_to_start(copy, address)
    assert count_on_list(with_cookies(terminal_app, copied)) == 0


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.parametrize("end", ["/start-over", "/exit"])
def test_a_visit_that_was_ended_by_hand_is_over_on_every_node(instance, end):
    settings = terminal_settings(instance)
    here, elsewhere = create_app(settings, instance), create_app(settings, instance)
    client = terminal_client(here)
    address = sealed_address(client, "/about")
    copied = kept_cookies(client)
    assert with_cookies(elsewhere, copied).get(address).status_code == 200
    client.get(end)
    for app in (here, elsewhere):
        assert leads_to_start(with_cookies(app, copied), address)


def test_the_wipe_beside_leaving_fast_ends_it_too(at_terminal, terminal_app):
    address = sealed_address(at_terminal, "/about")
    copied = kept_cookies(at_terminal)
    assert at_terminal.post("/exit").status_code == 204
    assert leads_to_start(with_cookies(terminal_app, copied), address)


def test_an_ended_visit_leaves_one_hash_and_that_for_minutes(instance, clock):
    visits, first, second = Visits(instance), new_visit(is_used=True), new_visit(is_used=True)
    visits.end(first)
    visits.end(second)
    with instance.store.read() as session:
        before = session.scalars(select(EndedVisitRow.visit_hash)).all()
    assert [len(each) for each in before] == [64, 64], "the first has not come back"
    assert first.key not in "".join(before)
    clock.shift(OVER + 1)
    visits.end(new_visit(is_used=True))
    with instance.store.read() as session:
        (left,) = session.scalars(select(EndedVisitRow))
    assert left.visit_hash not in before
    assert len(visits._ended) == 1


def test_with_the_database_away_the_clock_alone_ends_visits(instance, clock, monkeypatch):
    def away():
        raise OperationalError("", {}, Exception())

    visits, *each_visit = Visits(instance), *(new_visit(is_used=True) for _ in range(3))
    ended, ended_later, other = each_visit
    cookies = [visits.cookie_of(each) for each in each_visit]
    monkeypatch.setattr(instance.store, "read", away)
    monkeypatch.setattr(instance.store, "write", away)
    visits.end(ended)
    visits.end(ended_later)
    assert [visits.read(cookie) for cookie in cookies] == [None, None, other]
    clock.shift(OVER)
    assert visits.read(cookies[2]) is None


def test_pages_of_a_visit_write_nothing(at_terminal, sample_instance):
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(sample_instance.store.engine, "before_cursor_execute", note)
    for path in ("/", "/search?q=food", "/about", "/still-here"):
        follow(at_terminal, path)
    at_terminal.post("/still-here")
    event.remove(sample_instance.store.engine, "before_cursor_execute", note)
    writing = [each for each in statements if not each.startswith(("SELECT", "BEGIN", "PRAGMA"))]
    assert not writing
    assert not any("IMMEDIATE" in each for each in statements)


# ---------------------------------------------------------------- what is on the disk


def test_cookies_and_addresses_together_tell_nothing_without_the_server(
    at_terminal, sample_cards, sample_instance
):
    service_id = sample_cards[0].service.id
    choose(at_terminal, service_id)
    session = at_terminal.get_cookie("referral").value
    for text in (session, urlsafe_b64decode(session + "===").decode("latin-1")):
        assert service_id not in text
        assert service_id[:8] not in text
    visits = Visits(sample_instance)
    visit = visits.read(at_terminal.get_cookie("visit").value)
    other = replace(sample_instance, given=replace(sample_instance.settings, secret_key="x"))
    assert visits.secret(visit, "address") != Visits(other).secret(visit, "address")
    assert visits.secret(visit, "address") != visits.secret(visit, "session")


def test_a_list_is_kept_for_its_visit_only(at_terminal, terminal_app, sample_cards):
    choose(at_terminal, sample_cards[0].service.id)
    session = at_terminal.get_cookie("referral").value
    other = terminal_client(terminal_app)
    follow(other, "/about")
    other.set_cookie("referral", session)
    assert count_on_list(other) == 0


@pytest.mark.slow
def test_a_full_list_has_room_in_the_cookie(at_terminal, sample_cards):
    for card in sample_cards[:MOST_CHOSEN]:
        choose(at_terminal, card.service.id)
    assert count_on_list(at_terminal) == min(MOST_CHOSEN, len(sample_cards))
    assert len(at_terminal.get_cookie("referral").value) < 4000


# ---------------------------------------------------------------- the start page


def test_a_start_page_waits_longer_and_its_first_click_works(at_terminal, clock):
    form = soup_of(at_terminal.get("/")).select_one("main form")
    clock.shift(10 * 120 + 49)
    sent = at_terminal.post(form["action"], data={"q": "food"})
    assert urlsplit(sent.location).path != "/"
    assert soup_of(at_terminal.get(sent.location)).select_one("[name=q]")["value"] == "food"


def test_a_start_page_that_waited_too_long_leads_to_a_new_one(at_terminal, clock):
    form = soup_of(at_terminal.get("/")).select_one("main form")
    clock.shift(10 * 120 + 50)
    sent = at_terminal.post(form["action"], data={"q": "food"})
    assert urlsplit(sent.location).path == "/"


def test_the_cookie_of_the_start_page_opens_nothing_of_the_visit(at_terminal, terminal_app):
    tile = soup_of(at_terminal.get("/")).select_one(".tile a")["href"]
    copied = kept_cookies(at_terminal)
    opened = urlsplit(at_terminal.get(tile).location).path
    assert opened != tile
    assert at_terminal.get(opened).status_code == 200
    assert leads_to_start(with_cookies(terminal_app, copied), opened)
    assert leads_to_start(at_terminal, tile)


def test_a_start_page_that_nobody_used_is_not_noted(instance):
    visits = Visits(instance)
    visits.end(new_visit())
    with instance.store.read() as session:
        assert not session.scalars(select(EndedVisitRow)).all()


# ---------------------------------------------------------------- staff at a terminal


@pytest.fixture
def librarian(instance):
    add_account(instance)
    app = create_app(terminal_settings(instance), instance)
    client = terminal_client(app)
    path = sealed_address(client, "/staff/sign-in")
    token = token_of(client, path)
    answer = client.post(
        path, data={"csrf_token": token, "email": "pat@example.org", "password": PASSWORD}
    )
    assert answer.status_code == 302
    return client


def test_staff_are_signed_out_by_the_clock_here_and_on_the_server(librarian, instance, clock):
    address = sealed_address(librarian, "/staff")
    kept = librarian.get_cookie("referral_staff").value
    clock.shift(OVER + 11)
    assert leads_to_start(librarian, address)
    assert librarian.get_cookie("referral_staff") is None
    elsewhere = inspecting(create_app(instance.settings, instance))
    elsewhere.set_cookie("referral_staff", kept)
    assert elsewhere.get("/staff").status_code == 302


def test_a_session_of_staff_ends_on_the_server_though_nobody_comes_back(librarian, instance, clock):
    kept = librarian.get_cookie("referral_staff").value
    clock.shift(OVER + 11)
    elsewhere = inspecting(create_app(instance.settings, instance))
    elsewhere.set_cookie("referral_staff", kept)
    assert elsewhere.get("/staff").status_code == 302


@pytest.mark.slow
def test_staff_who_read_stay_signed_in(librarian, clock):
    address = sealed_address(librarian, "/staff")
    for _ in range(20):
        clock.shift(15)
        assert librarian.post("/still-here").status_code == 204
    assert librarian.get(address).status_code == 200
