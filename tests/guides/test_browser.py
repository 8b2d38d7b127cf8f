"""Guides in a real browser: made with and without scripts, read, printed, accessible."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from referral.demo.sample_guides import add_sample_guides
from referral.guides import editing
from tests.support.browser import follow, next_page, page_faults, sign_in
from tests.support.databases import database_filled
from tests.support.editing import PAT, the_county_for_staff
from tests.support.paper import printed_sheets

pytestmark = pytest.mark.browser

STAFF = "/curation/guides"
UUID = re.compile("[0-9a-f-]{36}")
SAVE = ".edit-actions button[value=save]"


def county_with_guides(instance):
    """Fill a directory with a small list and the guides of the demo."""
    the_county_for_staff(instance)
    settings = replace(instance.settings, sample_data=True)
    add_sample_guides(replace(instance, given=settings))


directory_url = database_filled(county_with_guides)


def make_guide(page, address):
    """Make a guide as somebody at a keyboard does, with Enter in the search box."""
    page.goto(f"{address}{STAFF}/new")
    page.fill("#title", "Food tonight")
    page.fill("#text", "# Before you go\n\n- Call first.\n- Bring **bags**.")
    follow(page, "text=Add a part with services")
    page.fill("#sections-0-title", "Pantries")
    page.fill("#sections-0-find", "pantry")
    with next_page(page):
        page.keyboard.press("Enter")
    follow(page, "button[value^='take:0:']")
    expect(page.locator("#sections-0-services")).to_have_value(UUID)
    expect(page.locator("#title")).to_have_value("Food tonight")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_guide_is_made_previewed_published_and_read(visit, site, javascript):
    page = visit(f"{site}/staff/sign-in", javascript=javascript)
    sign_in(page, site)
    make_guide(page, site)
    follow(page, ".edit-actions button[value=preview]")
    expect(page.locator(".preview-bar")).to_contain_text("Not saved yet.")
    expect(page.locator(".service-card")).to_have_count(1)
    follow(page, ".preview-bar button[value=back]")
    follow(page, SAVE)
    expect(page.locator("main [role=status]").first).to_contain_text("Saved.")
    follow(page, "text=Publish")
    expect(page.locator("main [role=status]").first).to_contain_text("The guide is published.")
    page.goto(f"{site}/guides/food-tonight")
    expect(page.locator("main h1")).to_have_text("Food tonight")
    expect(page.locator(".service-card")).to_have_count(1)


def test_axe_finds_nothing_on_staff_pages(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    faults = {}

    guide = editing.list_guides(instance)[0]
    edit = f"{site}{STAFF}/{guide.id}"
    for path in (f"{site}{STAFF}", edit, f"{edit}/versions", f"{edit}/preview"):
        page.goto(path)
        faults[path] = page_faults(page)
    make_guide(page, site)
    faults["typed"] = page_faults(page)
    page.fill("#title", "")
    page.fill("#text", "[here](nowhere)")
    follow(page, SAVE)
    expect(page.locator(".error-summary")).to_be_visible()
    faults["faults"] = page_faults(page)
    page.goto(edit)
    theirs = editing.read_guide(instance, guide.id).content
    editing.save_guide(instance, PAT, guide.id, guide.number, changed(theirs))
    page.fill("#text", "Mine")
    follow(page, "text=Add a part with services")
    page.fill(f"#sections-{len(theirs.sections)}-title", "More")
    follow(page, SAVE)
    expect(page.locator(".their-value")).to_have_count(2)
    faults["conflict"] = page_faults(page)
    assert not any(faults.values()), faults


def changed(content):
    """The content with another text and one part less."""
    return replace(content, text="Theirs", sections=content.sections[:1])


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_guide_prints_with_phones_and_help_lines(visit, sample_address, language):
    page = visit(f"{sample_address}/guides/after-a-fire?lang={language}")
    phones = page.locator(".service-card .result-phone .number").all_inner_texts()
    sheets = printed_sheets(page)
    assert len(sheets) <= 2
    whole = " ".join(sheets)
    title = "After a fire" if language == "en" else "Después de un incendio"
    assert title in sheets[0]
    assert len(phones) >= 6
    assert not [number for number in phones if number not in whole]
    assert "Add all" not in whole
    assert "Agregar los" not in whole
    for sheet in sheets:
        assert "988" in sheet
        assert "…" not in sheet


def test_all_services_go_on_the_list_without_a_script(visit, sample_address):
    page = visit(f"{sample_address}/guides/new-here", javascript=False)
    follow(page, "button[form=list-all]")
    expect(page.locator(".list-link .list-count").first).to_have_text("9")
    expect(page.locator("button[form=list-all]")).to_have_count(0)
    page.goto(f"{sample_address}/my-list")
    expect(page.locator(".my-list > li")).to_have_count(9)
