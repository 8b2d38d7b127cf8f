"""The page on which people say what the columns of a spreadsheet hold."""

from copy import copy

import pytest
from flask import g

from referral.app.job_kinds import do_work
from referral.formats.spreadsheet.targets import TARGETS
from referral.imports.columns import read_columns
from referral.imports.records import BatchState, ChangeGroup
from referral.imports.review import read_batch
from referral.imports.sources import read_saved_mapping
from referral.imports.web.column_forms import columns_form, mapping_from_form
from referral.store.stored_files import delete_files
from tests.imports.test_pages import send
from tests.support.column_lists import PROGRAMS, messy_list
from tests.support.inspector import soup_of
from tests.support.staff import form_of, post

A_PIECE = {"lang", "one-h1", "title", "valid-html"}
COLUMNS_FORM = "#columns-form"
ONE = "Name,Phone,Shoe size\nHope,814-555-0101,9\nHelp,814-555-0102,\n"


@pytest.fixture
def messy(admin, instance, tmp_path):
    """Give the address of the page of columns of the messy list."""
    return f"{send(admin, instance, messy_list(tmp_path))}/columns"


def named(text, heading):
    """The name of the select of a column."""
    for row in soup_of(text).select(".column"):
        label = copy(row.select_one("label"))
        label.select_one(".visually-hidden").decompose()
        if label.get_text().strip() == heading:
            return row.select_one("select")["name"]
    raise AssertionError(f"no column {heading}")


def shown(text, selector):
    return " ".join(soup_of(text).select_one(selector).get_text(" ").split())


def batch_id_of(address):
    return address.removesuffix("/columns").rpartition("/")[2]


def test_a_spreadsheet_leads_to_the_page_of_its_columns(admin, messy):
    answer = admin.get(messy.removesuffix("/columns"))
    assert answer.location == messy
    text = admin.get(messy).text
    soup = soup_of(text)
    assert [title.get_text() for title in soup.select(".columns-sheet > h2")] == [
        "Sheet “agencies”", "Sheet “programs”",
    ]  # fmt: skip
    assert "Café Esperanza" in shown(text, ".columns-sheets")
    assert "3 of 4 rows" in text or "2 of 2 rows" in text
    assert "The cells look like it." in text
    assert "Please look at " in shown(text, ".columns-sheets")
    assert "Blurb" in soup.select("main section")[1].select_one(".columns-list").get_text()
    select = soup.find("select", attrs={"name": named(text, "Blurb")})
    assert select.select_one("option[selected]")["value"] == ""
    assert "What it does" in [option.get_text() for option in select.select("option")]
    assert "service.description" not in select.get_text()
    assert "Noon table" in shown(text, "#preview-body")
    assert "Soup and bread" not in shown(text, "#preview-body")
    assert "Blurb. These cells are kept" in shown(text, "#preview-body")


@pytest.mark.slow
def test_without_a_script_a_button_shows_the_preview(admin, instance, messy):
    text = admin.get(messy).text
    fields = {
        **form_of(text, COLUMNS_FORM),
        named(text, "Blurb"): "service.description",
        "do": "preview",
    }
    answer = admin.post(messy, data=fields)
    assert answer.status_code == 200
    assert "Soup and bread" in shown(answer.text, "#preview-body")
    assert "You chose this." in answer.text
    assert read_batch(instance, batch_id_of(messy)).state is BatchState.MAPPING
    assert read_saved_mapping(instance, "pantries") is None


def test_a_list_without_towns_is_given_its_town(admin, tmp_path, instance):
    path = tmp_path / "one.csv"
    path.write_text("Name,Phone,Street\nHope,814-555-0101,12 Elm St\nHelp,,9 Oak St\n")
    page = f"{send(admin, instance, path)}/columns"
    fields = form_of(admin.get(page), COLUMNS_FORM) | {"sheets-0-town": "Meadville"}
    text = admin.post(page, data={**fields, "do": "preview"}).text
    assert "12 Elm St, Meadville" in shown(text, "#preview-body").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.slow
def test_the_script_gets_the_preview_alone(admin, messy):
    text = admin.get(messy).text
    fields = {**form_of(text, COLUMNS_FORM), named(text, "Private?"): ""}
    piece = admin.post(f"{messy}/preview", data=fields, unchecked=A_PIECE)
    assert "<html" not in piece.text
    assert "Quiet beds" in piece.text
    assert "not shown to the public" in piece.text, "the header says so, whatever it is used for"
    assert "Hidden Way" not in piece.text
    fields[named(text, "Agency")] = fields[named(text, "Program")] = ""
    for name in list(fields):
        if fields[name] in {"organization.name", "service.name"}:
            fields[name] = ""
    piece = admin.post(f"{messy}/preview", data=fields, unchecked=A_PIECE)
    assert "It cannot be read like this" in piece.text
    assert "“Name of the organization”" in piece.text


@pytest.mark.slow
def test_what_cannot_be_followed_is_said_at_its_field(admin, instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(ONE)
    page = f"{send(admin, instance, path)}/columns"
    text = admin.get(page).text
    answer = admin.post(
        page, data={**form_of(text, COLUMNS_FORM), named(text, "Name"): "", "do": "save"}
    )
    assert answer.status_code == 422
    assert "Say which column is one of these" in shown(answer.text, ".error-summary")
    row = {"sheets-0-row": "organization", named(text, "Name"): "organization.name"}
    fields = {
        **form_of(text, COLUMNS_FORM),
        **row,
        named(text, "Shoe size"): "service.private",
        "do": "save",
    }
    answer = admin.post(page, data=fields)
    assert answer.status_code == 422
    assert "A row here is not a service" in answer.text
    answer = admin.post(
        page, data={**form_of(text, COLUMNS_FORM), "sheets-0-row": "none", "do": "save"}
    )
    assert "Choose at least one sheet to read." in answer.text
    assert read_saved_mapping(instance, "pantries") is None


@pytest.mark.slow
def test_saving_reads_the_list_and_is_remembered(admin, instance, messy, tmp_path):
    text = admin.get(messy).text
    fields = {
        **form_of(text, COLUMNS_FORM),
        named(text, "Blurb"): "service.description",
        "do": "save",
    }
    batch = messy.removesuffix("/columns")
    assert admin.post(messy, data=fields).location == batch
    do_work(instance, "w")
    review = admin.get(batch).text
    assert "Noon table" in review
    assert "Change how columns are read" in review
    assert "This is what was said last time." in admin.get(messy).text
    source = admin.get("/admin/imports/source?name=pantries").text
    assert "What it does" in source
    assert post(admin, f"{batch}/drop", batch).status_code == 302
    changed = messy_list(tmp_path, "june.zip", PROGRAMS.replace("Blurb;Ring", "Blurb;Dial"))
    text = admin.get(f"{send(admin, instance, changed)}/columns").text
    notice = shown(text, "main .notice")
    assert "New: Dial (sheet programs)." in notice
    assert "Gone: Ring (sheet programs)." in notice
    assert "new" in shown(text, ".column-mark")
    forgotten = post(
        admin, "/admin/imports/source/forget-columns?name=pantries",
        "/admin/imports/source?name=pantries",
    )  # fmt: skip
    assert forgotten.status_code == 302
    assert read_saved_mapping(instance, "pantries") is None
    log = admin.get("/admin/audit-log").text
    assert "said what the columns of a list hold" in log
    assert "dropped a list" in log
    assert f'href="{batch}"' in log


@pytest.mark.slow
def test_rows_without_an_organization_are_one_question(admin, instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Program,Phone\nPantry,814-555-0101\nCoats,814-555-0102\n")
    page = f"{send(admin, instance, path)}/columns"
    text = admin.get(page).text
    assert "Which organization is this list of?" in shown(text, ".columns-question")
    fields = {**form_of(text, COLUMNS_FORM), "sheets-0-organization": "Hope House", "do": "preview"}
    assert "Organization Hope House" in shown(admin.post(page, data=fields).text, "#preview-body")
    admin.post(page, data={**fields, "do": "save"})
    do_work(instance, "w")
    review = read_batch(instance, batch_id_of(page))
    assert review.group(ChangeGroup.ORGANIZATION_NEW).count == 1
    assert review.group(ChangeGroup.SERVICE_NEW).count == 2
    assert "Hope House" in admin.get(page).text
    named_list = admin.get(f"{send(admin, instance, messy_list(tmp_path), 'others')}/columns").text
    assert "Which organization is this list of?" not in named_list


@pytest.mark.slow
def test_the_most_used_choices_come_first_and_each_once(admin, messy):
    select = soup_of(admin.get(messy).text).select_one(".column select")
    groups = select.select("optgroup")
    assert [group["label"] for group in groups[:2]] == ["Not used", "Used most"]
    assert len(groups[0].select("option") + groups[1].select("option")) < 20
    codes = [option["value"] for option in select.select("option")]
    assert len(codes) == len(set(codes))
    assert {code.partition("+")[0] for code in codes} == {"", *TARGETS}


@pytest.mark.slow
def test_another_separator_reads_the_file_again_at_once(admin, instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Agency (main, all);Phone (main, all)\nHope, Inc.;814-555-0101, day\n")
    address = f"{send(admin, instance, path)}/columns"
    text = admin.get(address).text
    fields = {**form_of(text, COLUMNS_FORM), "sheets-0-separator": ";", "do": "save"}
    answer = admin.post(address, data=fields)
    assert answer.status_code == 200  # shown again, and not saved as it was
    assert read_saved_mapping(instance, "pantries") is None
    assert named(answer.text, "Phone (main, all)")
    admin.post(address, data={**form_of(answer.text, COLUMNS_FORM), "do": "save"})
    (sheet,) = read_saved_mapping(instance, "pantries").sheets
    assert sheet.separator == ";"


@pytest.mark.slow
def test_headings_below_a_title_can_be_pointed_out(admin, instance, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Our list,of,help\nWho,Dial,Size\nHope,814-555-0101,9\n")
    page = f"{send(admin, instance, path)}/columns"
    text = admin.get(page).text
    fields = {**form_of(text, COLUMNS_FORM), "sheets-0-header_line": "2", "do": "headings"}
    later = admin.post(page, data=fields).text
    assert named(later, "Who")
    stale = admin.post(page, data={**form_of(text, COLUMNS_FORM), "do": "save"})
    assert stale.location == page
    assert "The columns are other ones now" in admin.get(page).text
    assert read_saved_mapping(instance, "pantries") is None


@pytest.mark.slow
def test_a_page_shows_so_many_columns_and_forgets_none(admin, instance, tmp_path):
    path = tmp_path / "list.csv"
    headings = [f"Extra {number}" for number in range(320)]
    path.write_text(",".join(["Name", "Phone", *headings]) + "\nHope,988" + ",x" * 320 + "\n")
    page = f"{send(admin, instance, path)}/columns"
    text = admin.get(page).text
    assert "There are too many columns for one page." in text
    assert admin.post(page, data={**form_of(text, COLUMNS_FORM), "do": "save"}).status_code == 302
    (sheet,) = read_saved_mapping(instance, "pantries").sheets
    assert len(sheet.columns) == 322


def test_the_form_says_what_the_mapping_says(app, instance, admin, messy):
    with app.test_request_context():
        page = read_columns(instance, batch_id_of(messy))
        g.pop("column_targets", None)
        kept = [(rule.target, rule.marks, rule.split, rule.fill_down) for rule in rules_of(page)]
        again = mapping_from_form(columns_form(page), page)
        assert [
            (rule.target, rule.marks, rule.split, rule.fill_down)
            for sheet in again.sheets
            for rule in sheet.columns
        ] == kept


def rules_of(page):
    return [rule for sheet in page.mapping.sheets for rule in sheet.columns]


def test_an_upload_that_is_gone_is_said(admin, instance, messy):
    delete_files(instance.store, batch_id_of(messy))
    answer = admin.get(messy, follow_redirects=True)
    assert "Upload it again" in answer.text
