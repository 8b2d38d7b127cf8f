"""While the database is away help lines answer, all else says when to try again, nothing is a 500."""

import logging
import threading

import pytest

from referral.accounts.rows import AccountRow
from referral.app import create_app
from referral.directory.instance import opened_instance, wait_for_database
from referral.errors import DatabaseUnavailableError
from referral.records.accounts import Role
from referral.store.rows import ServiceRow
from tests.conftest import settings_for
from tests.support.desk import PANTRY, stock
from tests.support.inspector import inspecting, soup_of
from tests.support.network_relay import relayed
from tests.support.server import until
from tests.support.staff import add_account, signed_in_client

HELP = ("/help-now", "/not-sure?who=me&soon=now", "/health/live")
REFUSED = (
    "/", "/search?q=pantry", "/search?q=i+want+to+die", "/headings/basic-needs",
    f"/services/{PANTRY}", f"/services/{PANTRY}/print", "/organizations", "/l/ABCDEF23", "/guides",
)  # fmt: skip


@pytest.fixture(scope="module")
def away(postgresql_databases, tmp_path_factory):
    """Give a site on PostgreSQL behind a relay, with its background threads that watch."""
    with relayed(postgresql_databases.filled()) as (relay, url):
        settings = settings_for(tmp_path_factory.mktemp("away"), url)
        with opened_instance(settings) as instance:
            stock(instance)
            add_account(instance, [Role.DESK, Role.ADMIN], "dee@example.org", "Dee")
            app = create_app(settings, instance)
            app.testing = False
            app.config["PROPAGATE_EXCEPTIONS"] = False
            yield relay, instance, app
            relay.mend()


@pytest.fixture
def reachable(away, monkeypatch):
    """Give the same, reachable."""
    monkeypatch.setattr("referral.store.availability._RETRY_SECONDS", 0.05)
    relay, instance, app = away
    relay.mend()
    until(instance.store.availability.answers)
    yield relay, instance, app
    relay.mend()


def test_help_lines_answer_and_other_pages_say_when_to_try_again(reachable):
    relay, _, app = reachable
    client = inspecting(app)
    assert PANTRY in client.get("/search?q=pantry").text  # which is in memory now
    relay.cut()
    for page in HELP:
        assert client.get(page).status_code == 200, page
    for page in REFUSED:
        response = client.get(page)
        assert response.status_code == 503, page
        assert response.headers["Retry-After"] == "60"
        soup = soup_of(response)
        assert soup.select_one(".crisis-strip a[href='tel:988']")
        assert soup.h1.get_text() == "We cannot show this page right now"
        assert "Try again in a minute" in soup.main.get_text()
    assert client.get("/suggest?q=pan").json == {"suggestions": []}


def test_staff_are_told_and_work_on_afterwards(reachable):
    relay, _, app = reachable
    client = signed_in_client(app, "dee@example.org")
    relay.cut()
    for page in ("/staff", "/staff/inquiries", "/staff/listings"):
        response = client.get(page)
        if response.status_code != 404:
            assert response.status_code == 503, page
            assert "The database does not answer" in response.text
    assert "The database does not answer" in inspecting(app).get("/staff/sign-in").text
    relay.mend()
    until(lambda: client.get("/staff").status_code == 200)


def test_it_comes_back_by_itself_with_what_changed(reachable):
    relay, instance, app = reachable
    client = inspecting(app)
    relay.cut()
    assert client.get(f"/services/{PANTRY}").status_code == 503
    relay.mend()
    until(instance.store.availability.answers)
    with instance.store.write() as session:
        session.get(ServiceRow, PANTRY).status = "inactive"
    assert client.get(f"/services/{PANTRY}").status_code == 404
    with instance.store.write() as session:
        session.get(ServiceRow, PANTRY).status = "active"
    assert client.get(f"/services/{PANTRY}").status_code == 200


def test_a_server_that_keeps_silent_holds_nobody_for_long(reachable, caplog, monkeypatch):
    """Real seconds, shortened: the watch gives it one."""
    relay, instance, app = reachable
    monkeypatch.setattr("referral.store.availability.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(instance.store.availability, "_outage_logged_at", 0.0)
    caplog.set_level(logging.WARNING)
    stop = threading.Event()
    watch = threading.Thread(
        target=instance.store.availability.watch_until, args=(stop, 0.05), daemon=True
    )
    watch.start()
    client = inspecting(app)
    try:
        relay.keep_silent()
        for page in REFUSED:
            assert client.get(page).status_code == 503, page
        for page in HELP:
            assert client.get(page).status_code == 200, page
        relay.mend()
        until(lambda: not instance.store.availability.is_away)
    finally:
        stop.set()
        watch.join()
    said = [each.getMessage() for each in caplog.records]
    assert len([each for each in said if "does not answer" in each]) == 1
    assert len([each for each in said if "answers again" in each]) == 1
    assert len(said) == 2, said


def test_a_write_that_meets_the_outage_is_not_said_to_be_saved(reachable):
    relay, instance, _ = reachable
    with pytest.raises(DatabaseUnavailableError), instance.store.write() as session:
        session.get_one(AccountRow, session.query(AccountRow.id).limit(1).scalar()).name = "Di"
        relay.cut()
    relay.mend()
    until(instance.store.availability.answers)
    with instance.store.read() as session:
        assert session.query(AccountRow.name).limit(1).scalar() == "Dee"


def test_a_node_that_is_started_meanwhile_waits(reachable, caplog):
    relay, instance, _ = reachable
    relay.cut()
    waiting = threading.Thread(target=wait_for_database, args=(instance.settings, 0.05))
    with caplog.at_level(logging.WARNING, "referral.database"):
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        relay.mend()
        waiting.join(10)
    assert not waiting.is_alive()
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if "does not answer" in line]) == 1
    assert "answers again" in said[-1]
