"""The pages of curators: the whole story of a record, by forms alone, without a script."""

import re

import pytest

from referral.curation.drafts import read_draft
from referral.curation.editable_fields import LANGUAGE, SHAPES
from referral.curation.save import retire_record, save_draft
from referral.directory import search
from referral.directory.instance import opened_instance
from referral.directory.search import complete_words, find_services
from referral.imports.seed_lists import load_base
from referral.records.accounts import Role
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import Program
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.rows import ProgramRow, ServiceRow
from tests.conftest import settings_for
from tests.support.databases import database_filled
from tests.support.editing import (
    HALL,
    ORGANIZATION,
    PANTRY,
    PAT,
    SAFE_HOUSE,
    SHELTER,
    the_county,
    typed,
)
from tests.support.inspector import inspecting, soup_of
from tests.support.pairs import store
from tests.support.small_disk import fill, small_disk
from tests.support.staff import add_account, form_of, signed_in_client, submit

RECORDS = "/curation/records"
EDIT = f"{RECORDS}/service/{PANTRY}/edit"

directory_url = database_filled(the_county)


@pytest.fixture
def pat(searchable, app):
    add_account(searchable, [Role.CURATION])
    return signed_in_client(app)


def plain(answer):
    """Return the page with all spaces alike."""
    return " ".join(answer.text.split())


def notes(answer):
    return soup_of(answer).select_one("[role=status]").text


def test_desk_may_not_edit(searchable, app):
    add_account(searchable, [Role.DESK])
    client = signed_in_client(app)
    assert client.get(EDIT).status_code == 403
    assert "/edit" not in client.get(f"/services/{PANTRY}").text


@pytest.mark.slow
def test_public_pages_lead_curators_to_the_form_and_nobody_else(pat, app):
    for path in (f"/services/{PANTRY}", f"/organizations/{ORGANIZATION}"):
        assert "/edit" in pat.get(path).text
        assert "/edit" not in inspecting(app).get(path).text


@pytest.mark.slow
def test_records_are_found_whatever_their_visibility(pat, searchable):
    found = pat.get(f"{RECORDS}?q=safe+house").text
    assert f"/location/{SAFE_HOUSE}" in found
    assert "Withheld" in found
    assert PANTRY in pat.get(f"{RECORDS}?q=555-0101").text
    assert HALL in pat.get(f"{RECORDS}?q=elm&kind=location").text
    assert "could not find" in pat.get(f"{RECORDS}?q=zzzz").text
    assert pat.get(f"{RECORDS}/taxonomy_term/{PANTRY}").status_code == 404
    assert pat.get(f"{RECORDS}/service/{HALL}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "record"), [("service", PANTRY), ("organization", ORGANIZATION), ("location", HALL)]
)
def test_a_form_sent_as_it_came_changes_nothing(pat, searchable, kind, record):
    path = f"{RECORDS}/{kind}/{record}/edit"
    before = read_draft(searchable, kind, record)
    answer = submit(pat, path, form_of(pat.get(path)), "save")
    assert answer.location.endswith("note=same"), answer.text
    assert read_draft(searchable, kind, record) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "record"), [("service", PANTRY), ("organization", ORGANIZATION), ("location", HALL)]
)
def test_each_field_that_can_be_edited_is_on_the_form(pat, kind, record):
    """A field without a control would be emptied by each save."""
    form = soup_of(pat.get(f"{RECORDS}/{kind}/{record}/edit")).select_one(".edit-form")
    names = {control.get("name") for control in form.select("input, select, textarea")}
    shape = SHAPES[kind]
    wanted = {*shape.fields, *(f"{LANGUAGE}_{name}" for name in shape.translated)}
    assert not wanted - names, "Add these fields to templates/curation/edit.html"


@pytest.mark.slow
def test_a_service_is_edited_from_end_to_end(pat, searchable, app):
    load_base(searchable)
    fields = form_of(pat.get(EDIT))
    added = submit(pat, EDIT, fields, "add:phone", name="Larder")
    fields = form_of(added)
    assert fields["name"] == "Larder"
    fields |= {"phone-1-number": "814 555 0777 x 5", "hours": "Mon-Fri 9-5; 1st Sat 10-2"}
    read = submit(pat, EDIT, fields, "check")
    assert "First Saturday of the month: 10 am to 2 pm" in plain(read)
    found = submit(pat, EDIT, fields, "find", term_search="food pantries")
    boxes = soup_of(found).select("input[name=attribute]")
    fields["attribute"] = [box["value"] for box in boxes][:1]
    saved = submit(pat, EDIT, fields, "save")
    assert saved.status_code == 302, saved.text
    assert "Saved" in notes(pat.get(saved.location))
    page = inspecting(app).get(f"/services/{PANTRY}").text
    assert "Larder" in page
    assert "(814)" in page
    assert "Food pantries" in page


@pytest.mark.slow
def test_an_edit_is_saved_although_the_index_cannot_be_written(pat, searchable, app, caplog):
    """As on a full disk: what is saved is said to be saved, and the index follows later."""
    anybody = inspecting(app)
    assert "Food pantry" in anybody.get("/suggest?q=food+pan").text
    index = searchable.settings.index_path
    (index / "writer.lock").unlink(missing_ok=True)
    (index / "writer.lock").mkdir()
    fields = form_of(pat.get(EDIT))
    saved = submit(pat, EDIT, fields, "save", name="Larder")
    assert saved.status_code == 302, saved.text
    assert notes(pat.get(saved.location)).strip() == "Saved. It can be found soon."
    assert [each.getMessage() for each in caplog.records if each.name == "referral.search.index"]
    assert "Food pantry" not in anybody.get("/suggest?q=food+pan").text
    (index / "writer.lock").rmdir()
    searchable.index.sync()
    assert notes(pat.get(saved.location)).strip() == "Saved. The change can be found at once."
    assert "Larder" in anybody.get("/suggest?q=lard").text


@pytest.fixture
def on_small_disk(directory_url, tmp_path):
    """Give a directory whose index has a disk of its own, and that disk."""
    with small_disk(tmp_path / "disk", 2) as disk:
        settings = settings_for(tmp_path, directory_url)
        settings.index_path.symlink_to(disk)
        with opened_instance(settings) as instance:
            yield instance, disk


@pytest.mark.slow
def test_a_withheld_name_is_not_suggested_while_the_disk_of_the_index_is_full(on_small_disk):
    instance, disk = on_small_disk
    instance.index.sync()
    assert suggested(instance, "food pan") == ["Food pantry"]
    filler = fill(disk)
    retire_record(instance, "service", PANTRY, PAT)
    assert instance.index.status().lag
    assert not suggested(instance, "food pan")
    filler.unlink()
    instance.index.sync()
    assert not instance.index.status().lag


@pytest.mark.slow
@pytest.mark.parametrize("fewest", [0, search._MOST_COMPARED])
def test_a_withheld_street_finds_nothing_while_the_disk_of_the_index_is_full(
    on_small_disk, monkeypatch, fewest
):
    """Where most of the list has changed since, only the results of the page are compared."""
    monkeypatch.setattr(search, "_MOST_COMPARED", fewest)
    instance, disk = on_small_disk
    words = "We moved from 1 Elm St to the shore"
    save_draft(instance, typed(instance, "service", SHELTER, description=words).draft, PAT)
    assert found(instance, "elm") == {PANTRY, SHELTER}
    assert found(instance, "shepherd") == {PANTRY, SHELTER}
    fill(disk)
    hidden = typed(instance, "location", HALL, visibility="withheld")
    save_draft(instance, hidden.draft, PAT)
    assert instance.index.status().lag
    assert not found(instance, "elm")
    retire_record(instance, "service", PANTRY, PAT)
    assert not found(instance, "shepherd")


def found(instance, words):
    """Return the services that pages and API find, in totals that agree."""
    results = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
    ids = {each.service.id for each in results.cards}
    assert results.total == len(ids)
    return ids


def suggested(instance, text):
    return [each.text for each in complete_words(instance, text)]


@pytest.mark.slow
def test_what_cannot_be_read_is_told_at_its_field_and_stays_typed(pat, searchable):
    fields = form_of(pat.get(EDIT))
    answer = submit(pat, EDIT, fields, "save", name="", minimum_age="young")
    assert answer.status_code == 422
    soup = soup_of(answer)
    assert soup.select_one("#minimum_age")["value"] == "young"
    assert soup.select_one("#minimum_age")["aria-invalid"] == "true"
    assert {link["href"] for link in soup.select(".error-summary a")} == {"#name", "#minimum_age"}
    assert read_draft(searchable, "service", PANTRY).name == "Food pantry"


@pytest.mark.slow
def test_what_is_doubtful_is_asked_once_and_can_be_saved_all_the_same(pat, searchable):
    fields = form_of(pat.get(EDIT))
    asked = submit(pat, EDIT, fields, "save", email="not an address")
    assert asked.status_code == 422
    assert "Save all the same" in asked.text
    fields = form_of(asked)
    assert submit(pat, EDIT, fields, "save", url="also none").status_code == 422
    assert submit(pat, EDIT, fields, "save").status_code == 302
    assert read_draft(searchable, "service", PANTRY).record.email == "not an address"
    again = form_of(pat.get(EDIT))
    assert submit(pat, EDIT, again, "save", fees_description="None").status_code == 302


@pytest.mark.slow
def test_rows_are_removed_by_their_own_button(pat, searchable):
    fields = form_of(pat.get(EDIT))
    fewer = form_of(submit(pat, EDIT, fields, "remove:phone:0"))
    assert not [name for name in fewer if name.startswith("phone-")]
    assert submit(pat, EDIT, fewer, "save").status_code == 302
    assert not read_draft(searchable, "service", PANTRY).of_kind("phone")


@pytest.mark.slow
@pytest.mark.parametrize("do", ["add:x", "remove:phone:99", "remove:x:y", "add:attribute", "", "?"])
def test_odd_buttons_do_no_harm(pat, searchable, do):
    assert submit(pat, EDIT, form_of(pat.get(EDIT)), do).status_code == 200


@pytest.mark.slow
def test_two_people_choose_and_nothing_is_lost(pat, searchable):
    mine, theirs = form_of(pat.get(EDIT)), form_of(pat.get(EDIT))
    submit(pat, EDIT, theirs, "save", name="Theirs", email="they@example.org")
    conflict = submit(pat, EDIT, mine, "save", name="Mine <b>", url="http://mine.example.org")
    assert conflict.status_code == 409
    for text in ("Theirs", "Mine &lt;b&gt;", "they@example.org", "http://mine.example.org"):
        assert text in conflict.text
    fields = form_of(conflict)
    assert fields["name"] == "Mine <b>"
    assert submit(pat, EDIT, fields, "resolve").status_code == 409
    back = submit(pat, EDIT, fields, "back")
    assert form_of(back)["name"] == "Mine <b>"
    saved = submit(pat, EDIT, fields, "resolve", **{"choose:name": "yours"})
    assert saved.status_code == 302
    record = read_draft(searchable, "service", PANTRY).record
    assert (record.email, record.url) == ("they@example.org", "http://mine.example.org")
    assert record.name.startswith("Mine")


@pytest.mark.slow
def test_a_third_change_shows_the_conflict_again(pat, searchable):
    mine, theirs = form_of(pat.get(EDIT)), form_of(pat.get(EDIT))
    submit(pat, EDIT, theirs, "save", name="Theirs")
    fields = form_of(submit(pat, EDIT, mine, "save", name="Mine"))
    submit(pat, EDIT, form_of(pat.get(EDIT)), "save", name="Third")
    again = submit(pat, EDIT, fields, "resolve", **{"choose:name": "yours"})
    assert again.status_code == 409
    assert "Third" in again.text


@pytest.mark.slow
def test_a_preview_is_the_public_page_and_keeps_what_was_typed(pat, searchable, app):
    fields = form_of(pat.get(EDIT))
    shown = submit(pat, EDIT, fields, "preview", name="Not yet")
    assert "Not saved yet" in shown.text
    assert soup_of(shown).select_one("h1").text == "Not yet"
    assert "Not yet" not in inspecting(app).get(f"/services/{PANTRY}").text
    kept = form_of(shown, ".preview-bar form")
    assert form_of(submit(pat, EDIT, kept, "back"))["name"] == "Not yet"
    assert submit(pat, EDIT, kept, "save").status_code == 302


@pytest.mark.slow
def test_a_preview_never_shows_a_withheld_address(pat, searchable):
    path = f"{RECORDS}/service/{SHELTER}"
    assert "Secret Way" not in pat.get(f"{path}/preview").text
    edit = f"{path}/edit"
    assert "Secret Way" not in submit(pat, edit, form_of(pat.get(edit)), "preview").text
    hall = f"{RECORDS}/location/{HALL}/edit"
    fields = form_of(pat.get(hall))
    assert "1 Elm" in submit(pat, hall, fields, "preview").text
    hidden = {"address-0-visibility": "withheld"}
    shown = submit(pat, hall, fields, "preview", **hidden).text
    main = soup_of(shown).select_one("main").text
    assert "1 Elm" not in main
    assert "sees nothing" in main


@pytest.mark.slow
def test_history_is_told_in_words_and_taken_back(pat, searchable):
    submit(pat, EDIT, form_of(pat.get(EDIT)), "save", name="Larder")
    path = f"{RECORDS}/service/{PANTRY}"
    page = pat.get(f"{path}/history")
    text = " ".join(soup_of(page).select_one("main").text.split())
    assert "Name: from Food pantry to Larder" in text
    assert re.search(r"By Pat on \d+ \w+ 20\d\d", text)
    assert "By import of list county on" in text
    back = pat.post(f"{path}/restore", data=form_of(page, ".field-change form"))
    assert "Taken back" in notes(pat.get(back.location))
    assert read_draft(searchable, "service", PANTRY).name == "Food pantry"
    last = form_of(pat.get(f"{path}/history"), ".history > li > form")
    pat.post(f"{path}/restore", data=last)
    assert read_draft(searchable, "service", PANTRY).name == "Larder"
    csrf = {"csrf_token": last["csrf_token"]}
    assert pat.post(f"{path}/restore", data={**csrf, "group": "none"}).status_code == 404


@pytest.mark.slow
def test_a_record_is_added_retired_and_brought_back(pat, searchable, app):
    new = f"{RECORDS}/service/new?organization={ORGANIZATION}"
    fields = form_of(pat.get(new))
    refused = submit(pat, new, fields, "save")
    assert refused.status_code == 422
    fields = form_of(submit(pat, new, form_of(refused), "add:service_at_location", name="Tools"))
    fields["service_at_location-0-location_id"] = HALL
    fields["service_at_location-0-hours"] = "Sat 9-12"
    saved = submit(pat, new, fields, "save")
    assert saved.status_code == 302, saved.text
    path = saved.location.partition("?")[0]
    public = path.replace(f"{RECORDS}/service", "/services")
    anybody = inspecting(app)
    page = plain(anybody.get(public))
    assert "1 Elm St" in page
    assert "9 am to noon" in page
    token = fields["csrf_token"]
    for do, status in (("retire", 404), ("bring-back", 200)):
        pat.post(f"{path}/retire", data={"csrf_token": token, "do": do})
        assert anybody.get(public).status_code == status
    assert pat.get(f"{path}/preview").status_code == 200


@pytest.mark.slow
def test_each_error_leads_to_its_field(pat, searchable):
    new = f"{RECORDS}/service/new"
    refused = submit(pat, new, form_of(pat.get(new)), "save")
    assert refused.status_code == 422
    page = soup_of(refused)
    links = {link["href"] for link in page.select("a[href^='#organization_id']")}
    assert links
    assert all(page.select_one(link) for link in links)


@pytest.mark.slow
def test_what_is_there_already_is_said_before_it_is_added_again(pat, searchable):
    new = f"{RECORDS}/service/new?organization={ORGANIZATION}"
    fields = form_of(pat.get(new))
    asked = submit(pat, new, fields, "save", name="Food pantry")
    assert asked.status_code == 422
    [link] = soup_of(asked).select("#already-there ~ ul a")
    assert link["href"] == f"{RECORDS}/service/{PANTRY}"
    saved = submit(pat, new, form_of(asked), "save")
    assert saved.status_code == 302, saved.text
    assert "already-there" not in pat.get(EDIT).text
    edited = submit(pat, EDIT, form_of(pat.get(EDIT)), "save", alert="Closed today")
    assert edited.status_code == 302, "only what is new is compared"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["organization", "location"])
def test_other_records_are_added_too(pat, searchable, kind):
    new = f"{RECORDS}/{kind}/new"
    saved = submit(pat, new, form_of(pat.get(new)), "save", name="Harbor")
    assert saved.status_code == 302, saved.text
    assert "Harbor" in pat.get(saved.location).text


@pytest.mark.slow
def test_where_it_shows_and_what_nothing_reaches(pat, searchable):
    submit(pat, EDIT, form_of(pat.get(EDIT)), "save", name="Qwertz")
    shown = pat.get(f"{RECORDS}/service/{PANTRY}/shows").text
    assert "under no heading" in shown
    assert "no topic" in shown
    for kind, record in (("organization", ORGANIZATION), ("location", SAFE_HOUSE)):
        assert pat.get(f"{RECORDS}/{kind}/{record}/shows").status_code == 200
    assert "sees nothing" in pat.get(f"{RECORDS}/location/{SAFE_HOUSE}/shows").text
    listed = pat.get("/curation/unreached").text
    assert EDIT in listed
    assert "no topic" in listed


@pytest.mark.slow
def test_a_shelter_is_not_put_on_the_map_by_a_slip(pat, searchable):
    path = f"{RECORDS}/location/{SAFE_HOUSE}/edit"
    fields = form_of(pat.get(path))
    shown = {"visibility": "public", "address-0-visibility": "public"}
    asked = submit(pat, path, fields, "save", **shown)
    assert asked.status_code == 422
    assert "shelter for survivors" in asked.text
    assert read_draft(searchable, "location", SAFE_HOUSE).record.visibility == "withheld"
    edit = f"{RECORDS}/service/{SHELTER}/edit"
    fields = form_of(submit(pat, edit, form_of(pat.get(edit)), "add:service_at_location"))
    asked = submit(pat, edit, fields, "save", **{"service_at_location-1-location_id": HALL})
    assert asked.status_code == 422
    assert "shelter for survivors" in asked.text
    assert submit(pat, edit, form_of(pat.get(edit)), "save").location.endswith("note=same")


@pytest.mark.slow
def test_a_place_that_is_called_secret_is_shown_only_on_purpose(pat, searchable):
    path = f"{RECORDS}/location/{HALL}/edit"
    fields = form_of(pat.get(path))
    typed = {"address-0-attention": "Confidential - do not publish"}
    asked = submit(pat, path, fields, "save", **typed)
    assert asked.status_code == 422
    assert "must not be given out" in asked.text
    hidden = submit(pat, path, fields, "save", **typed, visibility="withheld")
    assert hidden.status_code in {302, 303}
    edit = f"{RECORDS}/service/{PANTRY}/edit"
    said = {"description": "Meals. Our address is confidential."}
    fields = form_of(pat.get(edit))
    assert submit(pat, edit, fields, "save", **said).status_code in {302, 303}, (
        "its place is withheld"
    )


@pytest.mark.slow
def test_a_program_that_is_gone_is_called_by_its_name(searchable, pat):
    program = Program(id="7d2f8a3e-0000-4000-8000-000000000001", name="Harvest help",
                      organization_id=ORGANIZATION)  # fmt: skip
    store(searchable, program)
    with searchable.store.write() as session:
        session.get_one(ServiceRow, PANTRY).program_id = program.id
        session.get_one(ProgramRow, program.id).retired_at = searchable.now()
    for path in (EDIT, f"{RECORDS}/service/{PANTRY}"):
        page = pat.get(path)
        assert "Harvest help" in soup_of(page).get_text()
        assert program.id not in soup_of(page).get_text()
    chosen = soup_of(pat.get(EDIT)).select_one("#program_id option[selected]")
    assert (chosen["value"], chosen.text) == (program.id, "Harvest help")


@pytest.mark.slow
def test_a_place_that_was_looked_for_can_be_chosen_where_there_is_none_yet(pat):
    page = f"{RECORDS}/service/new"
    fields = form_of(pat.get(page))
    fields = {name: value for name, value in fields.items() if "service_at_location" not in name}
    found = soup_of(submit(pat, page, fields, "find", place_search="hall"))
    (chosen,) = found.select('select[name$="-location_id"]')
    assert chosen.find("option", value=HALL)
    assert not any("()" in option.text for option in chosen.select("option"))


@pytest.mark.slow
def test_topics_of_a_list_are_marked_beside_our_own(searchable, pat):
    load_base(searchable)
    store(searchable, TaxonomyTerm(id="t-list", name="Food pantries for youth", taxonomy="1081834"))
    found = submit(pat, EDIT, form_of(pat.get(EDIT)), "find", term_search="food pantries")
    boxes = soup_of(found).select("input[name=attribute]")
    words = {each["value"]: " ".join(each.parent.text.split()) for each in boxes}
    assert words.pop("t-list") == "Food pantries for youth (from a list)"
    assert any(each.endswith("– Food pantries") for each in words.values())
    assert not any("from a list" in each for each in words.values())
