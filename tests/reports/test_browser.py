"""Reports in a real browser: accessible, narrow, and one sheet of paper for the board."""

import re

import pytest

from referral.app import create_app
from referral.directory.context import opened_directory
from referral.records.accounts import COMMAND_LINE, Role
from referral.reports.territory import switch_public_page
from tests.conftest import settings_for
from tests.support.browser import page_faults, sign_in
from tests.support.inquiries import add_unmet, closed_month
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

PAGES = (
    "/desk/reports", "/desk/reports/table?what=needs&by=heading", "/desk/reports/board",
    "/desk/reports/map", "/desk/reports/table?what=needs&by=term", "/desk/reports/branches",
    "/desk/reports/statistics",
    "/desk/ledger", "/desk/ledger/words", "/admin/reports",
)  # fmt: skip


@pytest.fixture
def address(sqlite_databases, tmp_path):
    """Give the address of a site with some needs and a search to read."""
    from referral.directory.seed import load_headings

    with opened_directory(settings_for(tmp_path, sqlite_databases.migrated())) as directory:
        load_headings(directory)
        add_account(directory, [Role.DESK, Role.ADMIN])
        add_unmet(directory, 23, "basic-needs", term_code="food")
        add_unmet(directory, 9, "legal", zip_code="16316")
        for heading in ("families", "seniors", "employment-support", "emergency"):
            add_unmet(directory, 8, heading, term_code=f"{heading}-topic")
        add_unmet(directory, 3, "health", zip_code="16354")
        add_unmet(directory, 12, month=f"{int(closed_month(directory)[:4]) - 1}-11")
        switch_public_page(directory, COMMAND_LINE, on=True)
        with serving(create_app(directory.settings, directory)) as site:
            yield site


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, address):
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    faults = {}
    for path in PAGES:
        page.goto(address + path)
        faults[path] = page_faults(page)
    for path in ("/needs/en", "/needs/es"):
        page.goto(address + path)
        faults[path] = page_faults(page)
    assert not any(faults.values()), faults


def test_the_page_for_the_board_is_one_sheet(visit, address):
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    page.goto(f"{address}/desk/reports/board")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert b"[0 0 612 792]" in printed
