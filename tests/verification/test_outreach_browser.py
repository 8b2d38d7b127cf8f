"""Mails to providers, websites that fail and summaries by mail, by keyboard in a real browser."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from playwright.sync_api import expect

from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.directory.instance import opened_instance
from referral.records.accounts import Role
from referral.records.hsds import Organization
from referral.store.rows import OrganizationRow
from referral.verification.website_checks import check_websites
from tests.conftest import settings_for
from tests.support.browser import accessibility_faults, next_page, press, sign_in, tab_to
from tests.support.mail_host import mail_host, mail_settings
from tests.support.pairs import id_of, pantry, store
from tests.support.server import serving
from tests.support.staff import add_account
from tests.support.websites import website_server

pytestmark = pytest.mark.browser


@pytest.fixture
def site_with_mail(sqlite_databases, tmp_path):
    """Serve a directory that can mail, with one provider to ask."""
    with mail_host() as host:
        settings = mail_settings(settings_for(tmp_path, sqlite_databases.migrated()), host)
        settings = replace(settings, check_websites=True, run_jobs=False)
        with opened_instance(settings) as instance:
            add_account(instance, Role)
            with serving(create_app(settings, instance)) as address:
                yield address, instance, host


def test_whoever_is_due_is_mailed_and_what_came_back_is_shown(visit, site_with_mail):
    address, instance, host = site_with_mail
    records = pantry(1, agency="Table 1")
    store(instance, *records)
    with instance.store.write() as session:
        session.get_one(OrganizationRow, id_of(records, Organization)).email = "one@table.example"
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address, "/curation/verification")
    press(page, page.get_by_role("link", name="Ask all providers that are due by mail"))
    tab_to(page, page.get_by_role("button", name="Mail 1 provider"))
    tab_to(page, page.locator("summary", has_text="What the mail says"))
    page.keyboard.press("Enter")
    expect(page.locator("main pre")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    with next_page(page):
        page.keyboard.press("Enter")
    do_work(instance, "a worker")
    page.reload()
    expect(page.locator("main")).to_contain_text("Table 1")
    assert [letter["To"] for letter in host.letters] == ["one@table.example"]
    assert accessibility_faults(page) == []


def test_a_website_that_fails_twice_leads_to_its_listing(visit, site_with_mail):
    address, instance, _ = site_with_mail
    with website_server() as server:
        store(instance, *pantry(1, name="Pantry 1", url=server.url("gone.example", "404")))
        store(instance, *pantry(2, url=server.url("good.example")))
        with time_machine.travel(instance.now() - timedelta(days=3)) as clock:
            check_websites(instance, Event(), server.network(), pause_seconds=0)
            clock.shift(timedelta(days=1))
            check_websites(instance, Event(), server.network(), pause_seconds=0)
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address, "/curation/quality")
    press(page, page.get_by_role("link", name="Websites that do not answer"))
    assert accessibility_faults(page) == []
    press(page, page.get_by_role("link", name="Pantry 1"))
    expect(page.locator("h1")).to_contain_text("Pantry 1")


def test_a_summary_by_mail_is_chosen_with_the_arrow_keys(visit, site_with_mail):
    address, _, _ = site_with_mail
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address, "/staff/account")
    pace = page.locator("#pace")
    tab_to(page, pace)
    page.keyboard.press("ArrowDown")
    chosen = pace.input_value()
    page.keyboard.press("Tab")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator("main [role=status]")).to_be_visible()
    expect(pace).to_have_value(chosen)
    assert chosen != ""
