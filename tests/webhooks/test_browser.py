"""Pages of what goes to partners and comes from them in a real browser, in all their states."""

from datetime import UTC, datetime

import pytest

from referral.app import create_app
from referral.capacity.capacity_links import make_capacity_link
from referral.directory.context import opened_directory
from referral.following.followed_sources import save_followed
from referral.following.records import PullOutcome, SourceForm, SourceKind
from referral.following.rows import FollowedSourceRow
from referral.message import message
from referral.records.accounts import COMMAND_LINE
from referral.webhooks.records import CallOutcome
from referral.webhooks.registered_webhooks import add_webhook
from referral.webhooks.rows import WebhookRow
from tests.accounts.test_browser import sign_in
from tests.conftest import settings_for
from tests.support.browser import follow, page_faults
from tests.support.editing import PANTRY, the_county_for_staff
from tests.support.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.release]
NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


@pytest.fixture
def site(sqlite_databases, tmp_path):
    """Give the address of a site with a small list, and its directory."""
    url = sqlite_databases.filled(the_county_for_staff)
    with opened_directory(settings_for(tmp_path, url)) as directory:
        with serving(create_app(directory.settings, directory)) as address:
            yield address, directory


def add_webhooks(directory):
    """Add one for each way in which a call ends."""
    paths = ["/admin/webhooks"]
    for outcome in CallOutcome:
        url = f"https://hooks.example.org/{outcome.value}"
        webhook_id, _ = add_webhook(directory, COMMAND_LINE, f"Partner {outcome.value}", url)
        with directory.store.write() as session:
            row = session.get_one(WebhookRow, webhook_id)
            row.outcome, row.tried_at, row.is_on = outcome.value, NOW, outcome != CallOutcome.GONE
            row.ended_at = NOW if outcome == CallOutcome.GONE else None
            row.failing_since = row.next_at = NOW
        paths.append(f"/admin/webhooks/{webhook_id}")
    return paths


def follow_sources(directory):
    """Follow one source for each way in which a pull ends."""
    paths = ["/admin/following", "/admin/following/new"]
    for outcome in PullOutcome:
        said = SourceForm(
            name=f"List {outcome.value}",
            kind=SourceKind.FILE,
            address="https://lists.example.org/a",
        )
        source_id = save_followed(directory, said)
        with directory.store.write() as session:
            row = session.get_one(FollowedSourceRow, source_id)
            row.outcome, row.pulled_at, row.is_on, row.failures = outcome.value, NOW, True, 2
            row.message = message("The answer was cut short. We try again later.")
        paths.append(f"/admin/following/{source_id}")
    return paths


def test_axe_finds_nothing(visit, site):
    address, directory = site
    link = make_capacity_link(directory, COMMAND_LINE, PANTRY, "Meals")
    paths = [
        *add_webhooks(directory), *follow_sources(directory),
        "/curation/local", f"/curation/local/{PANTRY}",
        f"/staff/room/{PANTRY}", f"/room/{link.token}",
    ]  # fmt: skip
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    faults = {}
    for path in paths:
        answer = page.goto(address + path)
        assert answer.status == 200, path
        faults[path] = page_faults(page)
    page.goto(f"{address}/admin/webhooks")
    page.fill("#name", "Another")
    page.fill("#address", "https://hooks.example.org/new")
    follow(page, "main form button[type=submit]")
    page.wait_for_selector("code.secret")
    faults["secret"] = page_faults(page)
    assert not any(faults.values()), faults
