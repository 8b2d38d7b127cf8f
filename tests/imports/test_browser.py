"""Imports in a real browser: upload, read the change, apply, undo; accessible and narrow."""

import pytest

from tests.conftest import settings_for
from tests.support.browser import accessibility_faults, follow
from tests.support.provider_lists import pantry_list, zipped
from tests.support.staff import PASSWORD
from tests.support.working_site import working_site

pytestmark = pytest.mark.browser


@pytest.fixture
def site(sqlite_databases, tmp_path):
    """Give the address of a site with an admin, whose work is done."""
    with working_site(settings_for(tmp_path, sqlite_databases.migrated())) as address:
        yield address


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.long)])
def test_upload_apply_undo(visit, site, tmp_path, width):
    page = visit(f"{site}/staff/sign-in?next=/admin/imports/new", width=width)
    page.set_default_timeout(90_000)
    page.fill("#email", "pat@example.org")
    page.fill("#password", PASSWORD)
    follow(page, "main button[type=submit]")
    faults = {"upload": accessibility_faults(page)}
    page.set_input_files("#list", zipped(pantry_list(tmp_path / "list")))
    page.fill("#source", "pantries")
    follow(page, "text=Upload and read")
    page.wait_for_selector("text=Apply 5 changes")
    faults["review"] = accessibility_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "review.png", full_page=True)
    follow(page, "text=Apply 5 changes")
    page.wait_for_selector("text=Applied. People can find it now.")
    follow(page, "text=Undo this import")
    faults["undo"] = accessibility_faults(page)
    follow(page, "main button:has-text('Undo this import')")
    page.wait_for_selector("text=Undone.")
    page.goto(f"{site}/admin/imports")
    faults["list"] = accessibility_faults(page)
    assert not any(faults.values()), faults
