"""Patron pages write nothing to the database: they answer while somebody else holds its lock."""

import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, inspect, select, text
from sqlalchemy.engine import make_url

from referral.accounts.rows import AccountSessionRow
from referral.app.background import write_counts
from referral.records.accounts import Role
from referral.slips.records import SlipItem
from referral.slips.slips import make_slip
from referral.store.rows_log import MissedSearchRow, ViewCountRow
from tests.support.desk import PANTRY, stock
from tests.support.inspector import inspecting
from tests.support.staff import add_account, signed_in_client

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE", "LOCK")
PAGES = (
    "/", "/search?q=pantry", "/search?q=zwieback", "/search?q=zwieback&near=16335&open=now",
    "/search?q=i+want+to+die", "/search?near=16335", "/search", "/suggest?q=pan", "/suggest?q=zwi",
    f"/services/{PANTRY}", f"/services/{PANTRY}/print", "/organizations", "/headings/basic-needs",
    "/my-list", "/help-now", "/about", "/about/what-we-list", "/safety", "/accessibility",
    "/health/live", "/health/ready", "/nothing",
)  # fmt: skip


@contextmanager
def statements(engine):
    """Collect what is executed inside the block."""
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement.strip().upper())

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def stocked_app(instance, app):
    """A site with a service, whose background has looked once."""
    stock(instance)
    write_counts(instance)
    return app


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.parametrize("who", ["anybody", "terminal", "staff"])
def test_no_patron_page_writes(instance, stocked_app, time_machine, who):
    client = inspecting(stocked_app)
    if who == "staff":
        add_account(instance, [Role.DESK], "dee2@example.org", "Dee")
        client = signed_in_client(stocked_app, "dee2@example.org")
        time_machine.move_to(datetime.now(UTC) + timedelta(minutes=5))  # a new time is due
    if who == "terminal":
        client = stocked_app.test_client()  # titles say nothing there
        object.__setattr__(instance.settings, "terminal", True)
    with statements(instance.store.engine) as seen:
        for page in PAGES:
            assert client.get(page, follow_redirects=True).status_code in {200, 404}, page
    assert len(seen) > len(PAGES)
    assert [each for each in seen if each.startswith(WRITES) or "FOR UPDATE" in each] == []


@pytest.mark.both_databases
def test_opening_a_slip_writes_nothing_and_neither_does_a_wrong_code(instance, stocked_app):
    code = make_slip(instance, [SlipItem(service_id=PANTRY)])
    client = inspecting(stocked_app)
    with statements(instance.store.engine) as seen:
        assert client.get(f"/l/{code}").status_code == 200
        assert client.get("/l/ZZZZZZ22").status_code == 404
    assert [each for each in seen if each.startswith(WRITES) or "FOR UPDATE" in each] == []


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_background_writes_what_pages_counted(instance, stocked_app, time_machine):
    add_account(instance, [Role.DESK], "dee2@example.org", "Dee")
    client = signed_in_client(stocked_app, "dee2@example.org")
    before = datetime.now(UTC)
    time_machine.move_to(before + timedelta(minutes=5))
    for page in ("/search?q=zwieback", f"/services/{PANTRY}"):
        client.get(page)
    write_counts(instance)
    with instance.store.read() as session:
        assert [row.count for row in session.scalars(select(MissedSearchRow))] == [1]
        assert [row.count for row in session.scalars(select(ViewCountRow))] == [1]
        assert max(session.scalars(select(AccountSessionRow.seen_at))) > before + timedelta(
            minutes=4
        )
    assert instance.sessions_seen == {}


@pytest.mark.slow
def test_at_a_terminal_in_training_and_in_danger_nothing_is_gathered(instance, stocked_app):
    """The directory has the danger words that are shipped."""
    client = inspecting(stocked_app)
    client.get("/search?q=i+want+to+die")
    with client.session_transaction() as session:
        session["training"] = True
    client.get("/search?q=zwieback")
    object.__setattr__(instance.settings, "terminal", True)
    inspecting(stocked_app).get("/search?q=zwieback", follow_redirects=True)
    assert instance.missed_searches.take() == {}


@pytest.mark.slow
def test_pages_answer_while_another_connection_holds_the_lock(instance, stocked_app):
    """So it was an import that made three searches at once wait for half a minute."""
    file = make_url(instance.settings.database_url).database
    client = inspecting(stocked_app)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for page in PAGES:
            assert client.get(page).status_code in {200, 404}, page
        other.execute("ROLLBACK")
    write_counts(instance)
    with instance.store.read() as session:
        assert [row.count for row in session.scalars(select(MissedSearchRow))] == [1, 1]


@pytest.mark.postgresql
def test_pages_answer_while_a_writer_locks_every_table(instance, stocked_app):
    """No other writer could do anything; whoever only reads is not in its way."""
    client = inspecting(stocked_app)
    names = ", ".join(f'"{name}"' for name in inspect(instance.store.engine).get_table_names())
    with instance.store.engine.connect() as other:
        other.execute(text("SET LOCAL lock_timeout = '5s'"))
        other.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        for page in PAGES:
            assert client.get(page).status_code in {200, 404}, page
        other.rollback()


@pytest.mark.both_databases
def test_help_lines_and_liveness_ask_the_database_nothing(instance, stocked_app):
    add_account(instance, [Role.DESK], "dee2@example.org", "Dee")
    clients = (inspecting(stocked_app), signed_in_client(stocked_app, "dee2@example.org"))
    for client in clients:
        client.get("/")  # what is kept for all pages is read
    with statements(instance.store.engine) as seen:
        for client in clients:
            for page in ("/help-now", "/health/live"):
                assert client.get(page).status_code == 200
    assert seen == []


@pytest.mark.slow
def test_addresses_that_are_kept_have_nothing_that_was_typed(stocked_app):
    client = inspecting(stocked_app)
    for page in PAGES:
        client.get(page)
    kept = stocked_app._address_cache.values()
    assert f"/services/{PANTRY}" in kept
    assert not [each for each in kept if "zwi" in each or "16335" in each]
