"""Staff make a guide by its form without losing what they typed; the public reads it."""

import re
from dataclasses import replace

import pytest

from referral.app import create_app
from referral.curation.save import retire_record
from referral.directory.browse import list_headings
from referral.directory.instance import opened_instance
from referral.guides import editing
from referral.guides.records import GuideContent, GuideSection
from referral.imports.seed_lists import load_base
from referral.records.accounts import Role
from referral.records.visibility import Audience
from tests.support.databases import database_filled
from tests.support.editing import PANTRY, PAT, SHELTER, the_county
from tests.support.inspector import inspecting, soup_of
from tests.support.pages import terminal_settings
from tests.support.staff import add_account, form_of, post, signed_in_client, submit

STAFF = "/curation/guides"
FIRE = GuideContent(
    title="After a fire",
    title_es="Después de un incendio",
    summary="What to do first when your home has burned.",
    text="# The first night\nSleep **somewhere safe**.\n\n- Call the [Red Cross](https://example.org).\n- See [all guides](/guides).\n\n<b>No HTML</b> here",
    sections=(
        GuideSection(title="Food", note="No papers needed.", service_ids=(PANTRY,)),
        GuideSection(title="A safe place", title_es="Un lugar seguro", service_ids=(SHELTER,)),
    ),
)

directory_url = database_filled(the_county)


@pytest.fixture
def curator(searchable, app):
    add_account(searchable, [Role.CURATION])
    return signed_in_client(app)


@pytest.fixture
def fire(searchable):
    """Publish a guide."""
    guide = editing.add_guide(searchable, PAT, "00000000-0000-4000-8000-00000000000f", FIRE)
    editing.publish_guide(searchable, PAT, guide.id)
    return editing.read_guide(searchable, guide.id)


def button(soup, words):
    return next(each["value"] for each in soup.select("button[name=do]") if words in each.text)


def test_from_an_empty_form_to_a_published_page(curator, searchable, client):
    sent = form_of(curator.get(f"{STAFF}/new"))
    soup = soup_of(
        submit(curator, f"{STAFF}/new", sent, "section", title="New here", text="Welcome.")
    )
    assert "Not saved yet." in soup.text
    sent = form_of(soup)
    assert (sent["title"], sent["text"]) == ("New here", "Welcome.")
    soup = soup_of(submit(curator, f"{STAFF}/new", sent, "find", **{"sections-0-find": "pantry"}))
    soup = soup_of(submit(curator, f"{STAFF}/new", form_of(soup), button(soup, "Add –")))
    sent = form_of(soup)
    assert sent["sections-0-services"] == PANTRY
    refused = submit(curator, f"{STAFF}/new", sent, "save")
    assert refused.status_code == 422
    assert "Give this part a title." in soup_of(refused).select_one(".error-summary").text
    assert form_of(refused)["sections-0-services"] == PANTRY
    sent = form_of(refused) | {"sections-0-title": "Food"}
    shown = soup_of(submit(curator, f"{STAFF}/new", sent, "preview"))
    assert shown.select_one(".preview-bar")
    assert shown.select(".service-card")
    assert not editing.list_guides(searchable)
    saved = submit(curator, f"{STAFF}/new", sent, "save")
    assert saved.status_code == 302
    (guide,) = editing.list_guides(searchable)
    assert (guide.content.slug, guide.content.service_ids, guide.looked_by) == (
        "new-here", (PANTRY,), "Pat",
    )  # fmt: skip
    assert client.get("/guides/new-here").status_code == 404
    page = f"{STAFF}/{guide.id}"
    assert "Draft" in soup_of(curator.get(page)).text
    assert post(curator, f"{page}/publish", page).status_code == 302
    assert client.get("/guides/new-here").status_code == 200


@pytest.mark.slow
def test_parts_and_services_are_put_in_order(curator, fire):
    page = f"{STAFF}/{fire.id}"
    sent = form_of(curator.get(page))
    sent |= {"sections-0-services": f"{PANTRY} {SHELTER}", "sections-1-note": "Typed"}
    for do, orders in (
        (f"sink:0:{PANTRY}", [f"{SHELTER} {PANTRY}", SHELTER]),
        (f"rise:0:{PANTRY}", [f"{PANTRY} {SHELTER}", SHELTER]),
        (f"drop:0:{PANTRY}", [SHELTER, SHELTER]),
        (f"take:0:{PANTRY}", [f"{SHELTER} {PANTRY}", SHELTER]),
        ("up:1", [SHELTER, f"{SHELTER} {PANTRY}"]),
        ("down:0", [f"{SHELTER} {PANTRY}", SHELTER]),
        ("remove:0", [SHELTER]),
    ):
        sent = form_of(submit(curator, page, sent, do))
        assert [sent[f"sections-{place}-services"] for place in range(len(orders))] == orders, do
    assert (sent["sections-0-title"], sent["sections-0-note"]) == ("A safe place", "Typed")
    for odd in ("up:9", "remove:x", "rise:0:nothing", "take", "", "drop:0:"):
        assert form_of(submit(curator, page, sent, odd))["sections-0-services"] == SHELTER


@pytest.mark.slow
def test_a_fault_is_said_at_its_field_and_nothing_is_lost(curator, fire):
    page = f"{STAFF}/{fire.id}"
    sent = form_of(curator.get(page)) | {
        "title": "", "summary": "x" * 300, "text": "[a](b)", "slug": "¡!", "sections-0-note": "y" * 700,
    }  # fmt: skip
    answer = submit(curator, page, sent, "save")
    assert answer.status_code == 422
    soup = soup_of(answer)
    for name in ("title", "summary", "text", "sections-0-note"):
        assert soup.select_one(f"[name={name}]")["aria-invalid"] == "true"
        assert soup.select_one(f".error-summary a[href='#{name}']")
    again = form_of(soup)
    assert (again["summary"], again["text"], again["sections-0-note"]) == (
        "x" * 300,
        "[a](b)",
        "y" * 700,
    )


@pytest.mark.slow
def test_two_people_at_one_guide(curator, searchable, fire):
    page = f"{STAFF}/{fire.id}"
    sent = form_of(curator.get(page)) | {"text": "Mine", "title_es": "Mío"}
    theirs = replace(FIRE, slug="after-a-fire", text="Theirs", sections=())
    editing.save_guide(searchable, replace(PAT, name="Kim"), fire.id, fire.number, theirs)
    answer = submit(curator, page, sent, "save")
    assert answer.status_code == 409
    soup = soup_of(answer)
    assert "You and Kim both changed: Text." in soup.select_one(".error-summary").text
    assert soup.select_one(".their-value pre").text == "Theirs"
    again = form_of(soup)
    assert again["text"] == "Mine"
    assert "sections-0-title" not in again
    assert submit(curator, page, again, "save").status_code == 302
    saved = editing.read_guide(searchable, fire.id).content
    assert (saved.text, saved.title_es, saved.sections) == ("Mine", "Mío", ())


@pytest.mark.slow
def test_a_guide_that_somebody_deleted_is_not_lost(curator, searchable, fire):
    page = f"{STAFF}/{fire.id}"
    sent = form_of(curator.get(page)) | {"text": "Mine"}
    assert post(curator, f"{page}/delete", page).status_code == 302
    assert "Bring it back" in soup_of(curator.get(STAFF)).text
    answer = submit(curator, page, sent, "save")
    assert answer.status_code == 409
    assert form_of(answer)["text"] == "Mine"
    assert post(curator, f"{page}/restore", STAFF).status_code == 302
    assert submit(curator, page, sent, "save").status_code == 302
    assert editing.read_guide(searchable, fire.id).content.text == "Mine"


@pytest.mark.slow
def test_the_list_counts_what_guides_leave_out(curator, searchable, fire):
    assert not soup_of(curator.get(STAFF)).select(".call-first")
    retire_record(searchable, "service", PANTRY, PAT)
    assert "1 chosen service is off the list now." in soup_of(curator.get(STAFF)).text
    assert "Off the list now." in soup_of(curator.get(f"{STAFF}/{fire.id}")).text


@pytest.mark.slow
def test_an_empty_guide_cannot_be_published(curator, searchable):
    editing.add_guide(
        searchable, PAT, "00000000-0000-4000-8000-00000000000e", GuideContent(title="Empty")
    )
    page = f"{STAFF}/00000000-0000-4000-8000-00000000000e"
    answer = post(curator, f"{page}/publish", page)
    assert answer.status_code == 409
    assert "Write a text or choose a service first." in soup_of(answer).text


@pytest.mark.slow
def test_versions_order_and_reading_again(curator, searchable, fire):
    page = f"{STAFF}/{fire.id}"
    other = editing.add_guide(
        searchable, PAT, "00000000-0000-4000-8000-00000000000e", replace(FIRE, title="B")
    )
    assert post(curator, f"{STAFF}/{other.id}/up", STAFF).status_code == 302
    assert [each.content.title for each in editing.list_guides(searchable)] == ["B", "After a fire"]
    assert post(curator, f"{page}/confirm", page).status_code == 302
    editing.save_guide(searchable, PAT, fire.id, 3, replace(fire.content, text="Changed"))
    soup = soup_of(curator.get(f"{page}/versions"))
    assert len(soup.select(".guide-versions > li")) == 4
    assert "Changed: Text" in soup.text
    assert post(curator, f"{page}/versions/1", f"{page}/versions").status_code == 302
    assert editing.read_guide(searchable, fire.id).content.text == fire.content.text
    assert "The earlier version is back." in soup_of(curator.get(f"{page}?note=went-back")).text


@pytest.mark.slow
def test_who_may_make_guides(searchable, app, fire):
    add_account(searchable, [Role.DESK], email="desk@example.org")
    add_account(searchable, [Role.ADMIN], email="admin@example.org")
    assert signed_in_client(app, "admin@example.org").get(STAFF).status_code == 200
    desk = signed_in_client(app, "desk@example.org")
    assert desk.get(STAFF).status_code == 403
    assert not soup_of(desk.get("/guides/after-a-fire")).select(f"main a[href='{STAFF}/{fire.id}']")
    assert inspecting(app).get(STAFF).status_code == 302


# ---------------------------------------------------------------- the public


@pytest.mark.both_databases
def test_the_page_of_a_guide(client, fire):
    soup = soup_of(client.get("/guides/after-a-fire"))
    main = soup.select_one("main")
    assert main.h1.text == "After a fire"
    assert [each.text for each in main.select(".guide-text h2")] == ["The first night"]
    assert main.select_one(".guide-text strong").text == "somewhere safe"
    assert main.select_one("a[href='https://example.org']")["rel"] == ["noopener", "noreferrer"]
    assert main.select(".guide > .guide-text p")[-1].decode_contents() == "No HTML here"
    assert [each.text for each in main.select(".guide-part h2")] == ["Food", "A safe place"]
    assert len(main.select(".service-card")) == 2
    assert re.search(r"Last looked at \d+ \w+ \d{4}", main.text)
    assert soup.select_one("meta[name=description]")["content"] == FIRE.summary
    assert "Allow: /guides" in client.get("/robots.txt").text


def test_in_spanish_each_text_says_its_language(client, fire):
    soup = soup_of(client.get("/guides/after-a-fire?lang=es"))
    assert (soup.h1.text, soup.h1.get("lang")) == ("Después de un incendio", None)
    assert soup.select_one(".lead-words")["lang"] == "en"
    food, place = soup.select(".guide-part > h2")
    assert (food["lang"], place.get("lang"), place.text) == ("en", None, "Un lugar seguro")


def test_an_earlier_address_redirects(client, searchable, fire):
    editing.save_guide(searchable, PAT, fire.id, fire.number, replace(fire.content, slug="fire"))
    answer = client.get("/guides/after-a-fire")
    assert (answer.status_code, answer.location) == (301, "/guides/fire")
    assert client.get("/guides/nothing").status_code == 404


@pytest.mark.slow
def test_ways_to_a_guide(client, searchable, app):
    load_base(searchable)
    assert list_headings(searchable, Audience.PUBLIC)
    assert not soup_of(client.get("/")).select("a[href^='/guides']")
    assert "There is no guide yet." in client.get("/guides").text
    editing.add_guide(searchable, PAT, "a", FIRE)
    editing.publish_guide(searchable, PAT, "a")
    home = soup_of(client.get("/"))
    assert home.select_one(".home-guides a[href='/guides/after-a-fire']")
    assert home.select_one("footer a[href='/guides']")
    assert soup_of(client.get("/guides")).select_one("main a[href='/guides/after-a-fire']")
    line = soup_of(client.get("/search?q=fires")).select_one(".guide-line a")
    assert line["href"] == "/guides/after-a-fire"
    assert not soup_of(client.get("/search?q=pantry")).select(".guide-line")
    editing.unpublish_guide(searchable, PAT, "a")
    assert not soup_of(client.get("/")).select("a[href^='/guides']")


@pytest.mark.slow
def test_another_process_follows_within_its_next_look(searchable, client):
    with opened_instance(searchable.settings) as other:
        there = inspecting(create_app(searchable.settings, other))
        links = "footer a[href='/guides']"
        assert not soup_of(there.get("/safety")).select(links)
        editing.add_guide(searchable, PAT, "a", FIRE)
        editing.publish_guide(searchable, PAT, "a")
        other.texts.refresh()  # as its background does every second
        assert soup_of(there.get("/safety")).select(links)
        editing.delete_guide(searchable, PAT, "a")
        other.texts.refresh()
        assert not soup_of(there.get("/safety")).select(links)


@pytest.mark.slow
def test_all_services_of_a_guide_go_on_the_list_at_once(client, fire):
    form = soup_of(client.get("/guides/after-a-fire")).select_one("#list-all")
    ids = [each["value"] for each in form.select("[name=add]")]
    assert ids == [PANTRY, SHELTER]
    back = form.select_one("[name=back]")["value"]
    answer = client.post(form["action"], data={"back": back, "add": ids})
    assert (answer.status_code, answer.location) == (303, "/guides/after-a-fire")
    page = soup_of(client.get("/guides/after-a-fire"))
    assert len(page.select("button[name=out]")) == 2
    assert not page.select("button[form=list-all]")
    assert len(soup_of(client.get("/my-list")).select(".my-list > li")) == 2


@pytest.mark.slow
def test_at_a_terminal_addresses_are_sealed_and_links_out_are_read(searchable, fire):
    client = inspecting(create_app(terminal_settings(searchable), searchable))
    client._unchecked = frozenset({"title"})  # it is not to say what the page says
    home = soup_of(client.get("/"))
    foot = next(each["href"] for each in home.select("footer a") if each.text == "Guides")
    guides = soup_of(client.get(foot, follow_redirects=True))
    address = next(each["href"] for each in guides.select("a") if each.text == "After a fire")
    page = soup_of(client.get(address, follow_redirects=True))
    assert "fire" not in address
    assert page.h1.text == "After a fire"
    assert "fire" not in page.title.text.lower()
    main = page.select_one("main")
    assert not main.select("a[href^='http']")
    assert "Red Cross (example.org)" in main.text
    assert all(each["href"].startswith("/at/") for each in main.select("a[href^='/']"))
    answer = client.post(
        main.select_one("#list-all")["action"],
        data={"back": main.select_one("#list-all [name=back]")["value"], "add": [PANTRY, SHELTER]},
    )
    assert answer.location.startswith("/at/")
    assert len(soup_of(client.get(answer.location)).select("button[name=out]")) == 2
