"""Nothing about a patron is in any address, log, index file, export or error page.

What a person could be known by is planted, and somebody goes once through the desk with it; each
test then looks in one place.
"""

import logging
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, select

from referral.app import create_app
from referral.cli import main
from referral.desk.follow_ups import find_follow_up
from referral.desk.inquiries import read_inquiry
from referral.directory.instance import opened_instance
from referral.store.base import Base
from tests.conftest import settings_for
from tests.support.desk import PANTRY, Desk, stock
from tests.support.inspector import inspecting
from tests.support.staff import post

pytestmark = pytest.mark.both_databases  # what must not be there is looked for in every table

NUMBER, ZIP, WORDS = "814-555-0177", "16407", "zwieback nursery"
PLANTS = (NUMBER, ZIP, WORDS, "zwieback", "with_children")


def planted(text, plants=PLANTS):
    """Which of these a text has; a ZIP code inside a longer number or hash is there by chance."""
    outside = r"(?<![0-9a-f]){}(?![0-9a-f])"
    patterns = {
        each: outside.format(each) if each.isdigit() else re.escape(each) for each in plants
    }
    return [plant for plant, pattern in patterns.items() if re.search(pattern, text)]


class Witness:
    """Keeps every address that pages lead to, the public's pages, and those that refuse."""

    def __init__(self, client):
        self.addresses, self.pages, self.refusals = [], [], []
        client.application.after_request(self._see)

    def _see(self, response):
        from flask import request

        self.addresses += [request.full_path, response.headers.get("Location", "")]
        if response.mimetype == "text/html":
            self.addresses += re.findall(r'(?:href|action|src)="([^"]*)"', response.get_data(True))
        of_desk = ("/desk", "/search", "/services")  # with the column beside it, or part of it
        if response.status_code >= 400:
            self.refusals.append(response.get_data(as_text=True))
        elif not request.path.startswith(of_desk):
            self.pages.append(response.get_data(as_text=True))
        return response


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def walked(request, tmp_path_factory):
    """Go round once with everything planted; give the desk, the witness, the inquiry and the log."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    settings = settings_for(tmp_path_factory.mktemp("walked"), databases.filled(stock))
    with opened_instance(settings) as instance, logged() as records:
        app = create_app(settings, instance)
        witness = Witness(inspecting(app))
        desk = Desk(app, instance)
        inquiry = go_round(desk)
        yield desk, witness, inquiry, "\n".join(record.getMessage() for record in records)


@contextmanager
def logged():
    """Give the list to which goes all that is logged, whatever its level."""
    root, handler, records = logging.getLogger(), logging.Handler(), []
    handler.emit = records.append
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def go_round(desk):
    post(desk.client, "/desk/find-topics", "/desk", words=WORDS)
    desk.press("/desk/give", f"/services/{PANTRY}", service=PANTRY)
    inquiry = desk.inquiry
    path = f"/desk/inquiries/{inquiry.id}"
    desk.press(f"{path}/details", **{"desk-place": ZIP, "desk-household": "with_children"})
    page = f"{path}/follow-up?agreed=1"
    assert post(desk.client, f"{path}/follow-up", page, kind="phone", contact="").status_code == 400
    desk.press(f"{path}/follow-up", page, kind="phone", contact=NUMBER)
    slip = desk.press(f"{path}/slip", language="en")
    inspecting(desk.client.application).get(slip.replace("/desk/slips", "/l"))
    desk.client.get(slip)
    own = f"/desk/follow-ups/{find_follow_up(desk.instance, inquiry.id).id}"
    assert NUMBER in post(desk.client, f"{own}/contact", own).text
    desk.press(f"{path}/close")
    for path_of_nothing in ("/desk/nothing", f"/desk/follow-ups/{PANTRY}", "/l/ZZZZ", "/nothing"):
        desk.client.get(path_of_nothing)
    desk.client.get("/search?q=pantry")
    return inquiry


def test_what_was_planted_is_where_it_belongs(walked):
    desk, _, inquiry, _ = walked
    kept = read_inquiry(desk.instance, inquiry.id)
    assert (kept.details.zip_code, kept.details.household) == (ZIP, "with_children")


def test_it_is_in_no_address(walked):
    _, witness, _, _ = walked
    assert len(witness.addresses) > 100
    assert [each for each in witness.addresses if planted(each)] == []


def test_it_is_in_no_log(walked):
    *_, logged = walked
    assert "/desk/inquiries/<uuid:inquiry_id>/details" in logged
    assert planted(logged) == []


def test_it_is_on_no_page_of_errors_or_of_the_public(walked):
    _, witness, inquiry, _ = walked
    assert len(witness.pages) > 2
    hidden = (*PLANTS, inquiry.id, inquiry.code)
    assert [page for page in witness.pages if planted(page, hidden)] == []
    assert len(witness.refusals) > 3
    assert [page for page in witness.refusals if planted(page)] == []


def test_it_is_in_no_file_but_the_database_and_there_the_contact_is_locked(walked):
    desk, *_ = walked
    folder = desk.instance.settings.instance_path
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    url = make_url(desk.instance.settings.database_url)
    if url.drivername.startswith("sqlite"):
        database = Path(url.database)
        kept = sorted(database.parent.glob(f"{database.name}*"))  # and its log
        assert any(ZIP.encode() in path.read_bytes() for path in kept)
        files += kept
    for path in files:
        content = path.read_bytes().decode("latin-1")
        plants = [NUMBER] if ".sqlite3" in path.name else PLANTS
        assert planted(content, plants) == [], path.name


def test_it_is_in_no_answer_of_the_command(walked):
    desk, *_ = walked
    settings = desk.instance.settings
    for command in (["search", "pantry", "--json"], ["unplaced"], ["tidy"]):
        environment = {
            "DATABASE_URL": settings.database_url,
            "REFERRAL_SECRET_KEY": settings.secret_key,
            "REFERRAL_CONTACT_KEYS": ",".join(settings.contact_keys),
        }
        result = CliRunner().invoke(
            main, ["--instance", str(settings.instance_path), *command], env=environment
        )
        assert result.exit_code == 0, result.output
        if command[0] == "search":
            assert "River Pantry" in result.output  # it is this directory that was asked
        assert planted(result.output) == []


def test_the_audit_log_notes_that_somebody_looked_and_not_what_was_seen(walked):
    from referral.accounts.audit import read_audit_log

    desk, *_ = walked
    entries = read_audit_log(desk.instance).entries
    assert [each.action for each in entries].count("contact-shown") == 1
    assert planted(str(entries)) == []


@pytest.mark.slow
def test_it_is_in_no_file_to_download_and_in_no_table_of_reports(walked):
    """A ZIP code is what the live reports of the desk count by."""
    desk, *_ = walked
    plants = [plant for plant in PLANTS if plant != ZIP]
    for path in ("/desk/reports", "/desk/reports/table?what=needs&by=zip_code", "/desk/ledger"):
        text = desk.client.get(path).text
        assert planted(text, plants) == [], path
    for path in (
        "board",
        "reports.xlsx",
        "map.csv",
        "needs/zip_code.csv",
        "inquiries/zip_code.csv",
    ):
        text = desk.client.get(f"/desk/reports/{path}").text
        assert planted(text) == [], path


def test_once_forgotten_it_is_in_no_row_of_any_table(walked):
    desk, _, inquiry, _ = walked
    before = rows_of(desk.instance)
    assert len(planted(before, (ZIP, "with_children", inquiry.code))) == 3
    path = f"/desk/inquiries/{inquiry.id}"
    desk.press(f"{path}/forget", path, confirmed="yes")
    after = rows_of(desk.instance)
    assert planted(after, (*PLANTS, inquiry.code)) == []
    assert find_follow_up(desk.instance, inquiry.id).contact_kind is None
    assert desk.client.get(path).status_code == 404


def rows_of(instance):
    """Everything in the database as text."""
    with instance.store.read() as session:
        return "\n".join(
            str(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
        )


def test_a_failure_says_nothing_of_it(instance, app, caplog, monkeypatch):
    """The operation is made to fail with the person's own words in its message."""
    stock(instance)
    desk = Desk(app, instance)
    desk.press("/desk/inquiries")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(*_arguments, **_options):
        raise RuntimeError(f"cannot keep {ZIP}")

    monkeypatch.setattr("referral.desk.web.views.update_details", fail)
    path = f"/desk/inquiries/{desk.inquiry.id}/details"
    answer = post(desk.client, path, "/desk", **{"desk-place": ZIP})
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert ZIP not in answer.text + caplog.text
