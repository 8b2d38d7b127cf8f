"""Reports in a real browser: accessible, narrow, and one sheet of paper for the board."""

import re

import pytest

from referral.records.accounts import COMMAND_LINE, Role
from referral.reports.territory import switch_public_page
from tests.support.browser import page_faults, sign_in
from tests.support.databases import database_filled
from tests.support.inquiries import add_unmet, closed_month
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

PAGES = (
    "/desk/reports", "/desk/reports/table?what=needs&by=heading", "/desk/reports/board",
    "/desk/reports/map", "/desk/reports/table?what=needs&by=term", "/desk/reports/branches",
    "/desk/ledger", "/admin/reports", "/needs/en", "/needs/es",
)  # fmt: skip


def needs_to_read(instance):
    """Fill a directory with unmet needs and the public page, and somebody who reads reports."""
    add_account(instance, [Role.DESK, Role.ADMIN])
    add_unmet(instance, 23, "basic-needs", term_code="food")
    add_unmet(instance, 9, "legal", zip_code="16316")
    for heading in ("families", "seniors", "employment-support", "emergency"):
        add_unmet(instance, 8, heading, term_code=f"{heading}-topic")
    add_unmet(instance, 3, "health", zip_code="16354")
    add_unmet(instance, 12, month=f"{int(closed_month(instance)[:4]) - 1}-11")
    switch_public_page(instance, COMMAND_LINE, on=True)


directory_url = database_filled(needs_to_read)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    faults = {}
    for path in PAGES:
        page.goto(site + path)
        faults[path] = page_faults(page)
    assert not any(faults.values()), faults


def test_the_page_for_the_board_is_one_sheet(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(f"{site}/desk/reports/board")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert b"[0 0 612 792]" in printed
